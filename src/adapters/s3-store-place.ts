/**
 * Where a bucket is and who asks there. Endpoint, region and credentials are found by the SDK's own providers and rules
 * (environment, profiles, roles, dual-stack, AWS_ENDPOINT_URL_S3, access points), by letting it build one request that is
 * never sent.
 */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { BucketLocation } from '../domain/resources';
import { translateAwsError } from './aws-errors';
import { locationOf } from './s3-listing';
import type { Identity } from './s3-store-sign';

export interface S3PlaceOptions {
  /** `s3://bucket[/prefix]`. */
  readonly url: string;
  /** Another server than AWS, such as `http://127.0.0.1:9000`. Missing: as the SDK's configuration says. */
  readonly endpoint?: string;
  readonly region?: string;
  /** Of the SDK's shared configuration files. */
  readonly profile?: string;
  /** Missing: the SDK's own chain. */
  readonly credentials?: NonNullable<S3ClientConfig['credentials']>;
  /** Where the bucket's name stands. Missing: in the host name for AWS, in the path for other servers. */
  readonly addressing?: 'host' | 'path';
}

export interface S3Place {
  readonly options: S3PlaceOptions;
  readonly location: BucketLocation;
  /** For the operations that are not worth a wire of their own. */
  readonly client: S3Client;
  readonly protocol: 'http:' | 'https:';
  readonly hostname: string;
  readonly port: number | undefined;
  /** As the Host header says it. */
  readonly host: string;
  /** What stands before `/key`: empty, or `/bucket`. */
  readonly basePath: string;
  readonly region: string;
  readonly isAws: boolean;
  /** The same for two places means that the one may copy from the other inside the service. */
  readonly service: string;
  readonly accessKeyId: string;
  /** Renewed before they expire. @param isRefused asks for new ones even though the kept ones seem good. */
  identity(isRefused?: boolean): Promise<Identity>;
}

/** S3 is silent for minutes while it copies or completes a large object. Unit: milliseconds. */
const CLIENT_LIMITS = { connectionTimeout: 5_000, socketTimeout: 300_000 } as const;
const AWS_HOST = /\.(amazonaws\.com(\.cn)?|api\.aws)$/;
/** A key that needs no escaping and is found again at the end of the path. */
const PROBE_KEY = 'k';

/** @throws ConfigInvalid where region or credentials are missing or cannot be had. */
export async function resolvePlace(options: S3PlaceOptions): Promise<S3Place> {
  const location = locationOf(options.url);
  try {
    const asHost = await addressOf(clientFor(options, false), location.bucket);
    const isAws = AWS_HOST.test(asHost.hostname);
    const isPath = options.addressing === undefined ? !isAws : options.addressing === 'path';
    const client = clientFor(options, isPath);
    const address = isPath ? await addressOf(client, location.bucket) : asHost;
    const identity = identityOf(client);
    const { accessKeyId } = await identity();
    const region = await client.config.region();
    const serviceHost = isPath ? address.host : address.host.replace(`${location.bucket}.`, '');
    const service = `${address.protocol}//${serviceHost} ${region}`;
    return { options, location, client, ...address, region, isAws, service, accessKeyId, identity };
  } catch (error) {
    const translated = translateAwsError(error, 's3', options.url);
    if (translated instanceof MigrationError && error !== translated) throw translated;
    throw new MigrationError('ConfigInvalid', `${options.url}: ${(error as Error).message}`, { cause: error });
  }
}

function clientFor(options: S3PlaceOptions, forcePathStyle: boolean): S3Client {
  const { endpoint, region, profile, credentials } = options;
  return new S3Client({
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentials === undefined ? {} : { credentials }),
    forcePathStyle,
    followRegionRedirects: true,
    requestHandler: CLIENT_LIMITS,
  });
}

type Address = Pick<S3Place, 'protocol' | 'hostname' | 'port' | 'host' | 'basePath'>;

interface BuiltRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
}

class Captured extends Error {
  constructor(readonly request: BuiltRequest) {
    super('built');
  }
}

/** What the SDK would send to, up to the key. */
async function addressOf(client: S3Client, bucket: string): Promise<Address> {
  const command = new HeadObjectCommand({ Bucket: bucket, Key: PROBE_KEY });
  command.middlewareStack.add(
    () => (args) => {
      throw new Captured(args.request as BuiltRequest);
    },
    { step: 'build', priority: 'low', name: 'capture' },
  );
  const built = await client.send(command).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(built instanceof Captured)) throw built;
  const { protocol, hostname, port, path } = built.request;
  return {
    protocol: protocol === 'http:' ? 'http:' : 'https:',
    hostname,
    port,
    host: port === undefined ? hostname : `${hostname}:${port}`,
    basePath: path.slice(0, -PROBE_KEY.length - 1),
  };
}

function identityOf(client: S3Client): S3Place['identity'] {
  return (isRefused = false) => client.config.credentials(isRefused ? { forceRefresh: true } : {});
}
