/** Writes bytes with the checksum that goes along, and finds out whether the place takes checksums at all. */
import { MigrationError } from '../domain/errors';
import type { CheckedBytes, Checksum } from '../ports/object-store';
import { awsCodeOf } from './aws-errors';
import { checksumFrom, checksumHeader, versionFrom } from './s3-store-facts';
import type { S3Wire, WireReply, WireRequest } from './s3-store-wire';

export interface CheckedReply {
  readonly version: string;
  /** What the place says of what it received. */
  readonly checksum?: Checksum;
  readonly versionId?: string;
}

/** What servers answer to a header that they do not know, or to a kind of checksum that they lack. */
const MAY_BE_CHECKSUM = new Set(['InvalidArgument', 'InvalidRequest', 'NotImplemented', 'BadRequest', 'Http501']);
const MISMATCHES = new Set(['BadDigest', 'InvalidDigest', 'XAmzContentChecksumMismatch', 'XAmzContentSHA256Mismatch']);

export class CheckedWriter {
  private refuses = false;

  constructor(
    private readonly wire: S3Wire,
    /** Told once, when the place turns out to take none. */
    private readonly onRefused: (reason: string) => void,
  ) {}

  /** false: this place refused a checksum and took the same bytes without. Its copies are proven by reading them. */
  get takesChecksums(): boolean {
    return !this.refuses;
  }

  /** @throws DataMismatch when the bytes that arrived have another checksum. */
  async write(request: Omit<WireRequest, 'method' | 'body'>, body: CheckedBytes, url: string): Promise<CheckedReply> {
    const plain: WireRequest = {
      ...request,
      method: 'PUT',
      body: body.bytes,
      // One hash less where it is known already.
      ...(body.checksum.kind === 'sha256'
        ? { bodySha256: Buffer.from(body.checksum.value, 'base64').toString('hex') }
        : {}),
    };
    const name = checksumHeader(body.checksum.kind);
    const checked = { ...plain, headers: { ...plain.headers, [name]: body.checksum.value } };
    try {
      return repliedTo(await this.sendChecked(checked, plain), body.checksum, url);
    } catch (error) {
      if (!MISMATCHES.has(awsCodeOf(error) ?? '')) throw error;
      throw new MigrationError('DataMismatch', `${url}: S3 found another checksum than ${told(body.checksum)}`, {
        cause: error,
      });
    }
  }

  private async sendChecked(checked: WireRequest, plain: WireRequest): Promise<WireReply> {
    if (this.refuses) return this.wire.send(plain);
    try {
      return await this.wire.send(checked);
    } catch (error) {
      if (!MAY_BE_CHECKSUM.has(awsCodeOf(error) ?? '')) throw error;
      const reply = await this.wire.send(plain).catch(() => undefined);
      // Whatever it was that it refused, it was not the checksum.
      if (reply === undefined) throw error;
      if (!this.refuses) this.onRefused((error as Error).message);
      this.refuses = true;
      return reply;
    }
  }
}

/** The payload's hash is part of the signature, so a server that says nothing of checksums has still looked at that. */
function repliedTo({ headers }: WireReply, sent: Checksum, url: string): CheckedReply {
  const version = headers.etag;
  if (version === undefined) throw new MigrationError('AwsUnavailable', `${url}: written, but no ETag came`);
  const checksum = checksumFrom(headers);
  if (checksum !== undefined && checksum.kind === sent.kind && checksum.value !== sent.value)
    throw new MigrationError('DataMismatch', `${url}: sent ${told(sent)}, S3 says ${told(checksum)}`);
  return { version, ...(checksum === undefined ? {} : { checksum }), ...versionFrom(headers) };
}

function told({ kind, value }: Checksum): string {
  return `${kind} ${value}`;
}
