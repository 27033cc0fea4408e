/** Buckets of a test server, and stores over them. */
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Store, S3StoreOptions } from '../../../src/adapters/s3-store';
import { openS3Store } from '../../../src/adapters/s3-store';
import type {
  CheckedBytes,
  ObjectEntry,
  ObjectFacts,
  ObjectSource,
  ObjectTarget,
  ServerSideCopier,
} from '../../../src/ports/object-store';
import type { S3Server } from './servers';

export const NEVER = new AbortController().signal;
export const NO_FACTS: ObjectFacts = { headers: {}, metadata: {}, tags: {} };

export class Places {
  readonly sdk: S3Client;
  private readonly opened: S3Store[] = [];

  constructor(
    readonly server: Pick<S3Server, 'endpoint' | 'region' | 'credentials'>,
    private readonly stopServer: () => Promise<void> = async () => undefined,
  ) {
    this.sdk = new S3Client({ ...connection(server), forcePathStyle: true, maxAttempts: 1 });
  }

  /** On a server of their own, which ends with them. */
  static async on(starting: Promise<S3Server>): Promise<Places> {
    const server = await starting;
    return new Places(server, () => server.stop());
  }

  /** A bucket that no other test uses. */
  async bucket({ isVersioned = false, isLocking = false } = {}): Promise<string> {
    const Bucket = `b-${randomUUID()}`;
    await this.sdk.send(
      new CreateBucketCommand({ Bucket, ...(isLocking ? { ObjectLockEnabledForBucket: true } : {}) }),
    );
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    if (isVersioned) await this.sdk.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    return Bucket;
  }

  async open(url: string, options: Partial<S3StoreOptions> = {}): Promise<S3Store> {
    const store = await openS3Store({ ...connection(this.server), url, ...options }, NEVER);
    this.opened.push(store);
    return store;
  }

  async openNew(options: Partial<S3StoreOptions> = {}, prefix = ''): Promise<S3Store> {
    return this.open(`s3://${await this.bucket()}${prefix}`, options);
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map((store) => store.close()));
    this.sdk.destroy();
    await this.stopServer();
  }
}

function connection({ endpoint, region, credentials }: Places['server']): Omit<S3StoreOptions, 'url'> {
  return { endpoint, region, credentials };
}

export function checked(content: string | Uint8Array): CheckedBytes {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { bytes, checksum: { kind: 'crc32', value: crc32Of(bytes) } };
}

export function crc32Of(bytes: Uint8Array): string {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value.toString('base64');
}

export async function listed(source: ObjectSource, range = {}): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for await (const page of source.list(range, NEVER)) entries.push(...page);
  return entries;
}

export function copierOf(target: ObjectTarget, source: ObjectSource): ServerSideCopier {
  const copier = target.copierFrom(source);
  if (copier === undefined) throw new Error(`${target.url} does not copy from ${source.url} by itself`);
  return copier;
}

export async function entryOf(source: ObjectSource, key: string): Promise<ObjectEntry> {
  const found = await source.find(key, NEVER);
  if (found === undefined) throw new Error(`${key} is not there`);
  return found;
}

export async function contentOf(source: ObjectSource, key: string): Promise<string> {
  const { bytes } = await source.read(await entryOf(source, key), undefined, NEVER);
  return (await collected(bytes)).toString();
}

export async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}
