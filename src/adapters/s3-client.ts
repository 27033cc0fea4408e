/** Apart from the other adapters: commands that read a ledger load nothing else of AWS. */
import { S3Client } from '@aws-sdk/client-s3';

export interface S3ClientConfig {
  /** undefined: the SDK's own chain decides (environment, profile). */
  readonly awsRegion?: string;
  /** Whether `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` points S3 somewhere else. */
  readonly customS3Endpoint: boolean;
}

/** S3 is silent for minutes while it copies a large object, but never on a connection that transfers. */
const TRANSFER_LIMITS = {
  connectionTimeout: 5_000,
  socketTimeout: 120_000,
  httpsAgent: { maxSockets: 64 },
  httpAgent: { maxSockets: 64 },
};

export function createS3Client({ awsRegion, customS3Endpoint }: S3ClientConfig): S3Client {
  return new S3Client({
    ...(awsRegion === undefined ? {} : { region: awsRegion }),
    requestHandler: TRANSFER_LIMITS,
    // Bucket names as host names need DNS that only AWS has.
    forcePathStyle: customS3Endpoint,
    followRegionRedirects: true,
  });
}
