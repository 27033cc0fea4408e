/** Uploads in parts: all but the parts themselves goes through the SDK, once an object. */
import type { CompleteMultipartUploadCommandOutput, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { Checksum, ChecksumKind, Upload, UploadedPart, Written } from '../ports/object-store';
import { awsCall, awsCodeOf } from './aws-errors';
import { acceptMissing, undefinedFor } from './found';
import type { S3Place } from './s3-store-place';

/** S3 puts 10,000 parts together at its own speed. */
const COMPLETE_DEADLINE_MS = 10 * 60_000;
/** The kinds that S3 states of a whole upload; of others it would tell a checksum of the parts' checksums. */
const OF_WHOLE = { crc32: 'CRC32', crc32c: 'CRC32C', crc64nvme: 'CRC64NVME' } as const;
/** The one that S3 computes by itself, whatever the parts bring. */
const OWN_KIND = 'crc64nvme';

export class S3Uploads {
  /** IDs of uploads whose server does not say that it will state a checksum of the whole: it is not asked for one. */
  private readonly unstated = new Set<string>();

  /** @param keyAt the key in the bucket of a key in the place. */
  constructor(
    private readonly place: S3Place,
    private readonly keyAt: (key: string) => string,
  ) {}

  /** @param headers as a put's, so that both ways of writing leave the same object behind. @param kind undefined: the place takes no checksums. */
  async begin(
    key: string,
    headers: Readonly<Record<string, string>>,
    partBytes: number,
    kind: ChecksumKind | undefined,
    signal: AbortSignal,
  ): Promise<Upload> {
    const command = new CreateMultipartUploadCommand({
      ...this.at(key),
      ...(kind === undefined ? {} : { ChecksumAlgorithm: OF_WHOLE[wholeKind(kind)], ChecksumType: 'FULL_OBJECT' }),
    });
    withHeaders(command, headers);
    const { UploadId, ChecksumType } = await awsCall(
      's3:PutObject',
      this.urlOf(key),
      (abortSignal) => this.place.client.send(command, { abortSignal }),
      { signal },
    );
    if (UploadId === undefined) throw new MigrationError('AwsUnavailable', `${this.urlOf(key)}: an upload without ID`);
    if (ChecksumType !== 'FULL_OBJECT') this.unstated.add(UploadId);
    return { key, id: UploadId, partBytes };
  }

  /** As ObjectTarget.uploadedParts. */
  parts(upload: Upload, signal: AbortSignal): Promise<readonly UploadedPart[] | undefined> {
    return undefinedFor(this.listParts(upload, signal), 'NoSuchUpload');
  }

  private async listParts({ key, id }: Upload, signal: AbortSignal): Promise<UploadedPart[]> {
    const parts: UploadedPart[] = [];
    let PartNumberMarker: string | undefined;
    do {
      const command = new ListPartsCommand({ ...this.at(key), UploadId: id, PartNumberMarker });
      const page = await awsCall(
        's3:ListMultipartUploadParts',
        this.urlOf(key),
        (abortSignal) => this.place.client.send(command, { abortSignal }),
        { signal },
      );
      if (page.ChecksumType !== 'FULL_OBJECT') this.unstated.add(id);
      for (const part of page.Parts ?? []) {
        const { PartNumber = 0, Size = 0, ETag = '' } = part;
        parts.push({ number: PartNumber, sizeBytes: Size, etag: ETag, ...checksumOf(part) });
      }
      PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (PartNumberMarker !== undefined);
    return parts;
  }

  /** @throws DataMismatch; NotFound when there is no such upload any more, perhaps because it was completed before. */
  async complete(
    { key, id }: Upload,
    parts: readonly UploadedPart[],
    checksum: Checksum | undefined,
    signal: AbortSignal,
  ): Promise<Written> {
    const Parts = parts.map((part) => ({ PartNumber: part.number, ETag: part.etag, ...memberOf(part.checksum) }));
    const isStated = checksum !== undefined && isOfWhole(checksum.kind) && !this.unstated.has(id);
    const command = new CompleteMultipartUploadCommand({
      ...this.at(key),
      UploadId: id,
      MultipartUpload: { Parts },
      ...(isStated ? { ...memberOf(checksum), ChecksumType: 'FULL_OBJECT' as const } : {}),
    });
    const reply = await this.completed(key, command, checksum, signal);
    this.unstated.delete(id);
    const { ETag, ChecksumType, VersionId } = reply;
    if (ETag === undefined) throw new MigrationError('AwsUnavailable', `${this.urlOf(key)}: completed without an ETag`);
    const versionId = VersionId === undefined ? {} : { versionId: VersionId };
    return { version: ETag, ...versionId, ...(ChecksumType === 'COMPOSITE' ? {} : checksumOf(reply)) };
  }

  private async completed(
    key: string,
    command: CompleteMultipartUploadCommand,
    checksum: Checksum | undefined,
    signal: AbortSignal,
  ): Promise<CompleteMultipartUploadCommandOutput> {
    try {
      return await awsCall(
        's3:PutObject',
        this.urlOf(key),
        (abortSignal) => this.place.client.send(command, { abortSignal }),
        { signal, deadlineMs: COMPLETE_DEADLINE_MS },
      );
    } catch (error) {
      if (awsCodeOf(error) !== 'BadDigest') throw error;
      const sent = checksum === undefined ? 'its parts say' : `${checksum.kind} ${checksum.value}`;
      throw new MigrationError('DataMismatch', `${this.urlOf(key)}: S3 found another checksum than ${sent}`, {
        cause: error,
      });
    }
  }

  /** Accepts that it is gone. */
  async abort({ key, id }: Upload, signal: AbortSignal): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.at(key), UploadId: id });
    this.unstated.delete(id);
    await acceptMissing(
      awsCall(
        's3:AbortMultipartUpload',
        this.urlOf(key),
        (abortSignal) => this.place.client.send(command, { abortSignal }),
        { signal },
      ),
    );
  }

  private at(key: string): Pick<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> {
    return { Bucket: this.place.location.bucket, Key: this.keyAt(key) };
  }

  private urlOf(key: string): string {
    return `s3://${this.place.location.bucket}/${this.keyAt(key)}`;
  }
}

/** Checksums as the SDK's requests and replies name them. */
interface Members {
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumCRC32C?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
}

function isOfWhole(kind: ChecksumKind): kind is keyof typeof OF_WHOLE {
  return kind in OF_WHOLE;
}

function wholeKind(kind: ChecksumKind): keyof typeof OF_WHOLE {
  return isOfWhole(kind) ? kind : OWN_KIND;
}

function memberOf(checksum: Checksum | undefined): Members {
  if (checksum === undefined || !isOfWhole(checksum.kind)) return {};
  return { [`Checksum${OF_WHOLE[checksum.kind]}` as const]: checksum.value };
}

function checksumOf(members: Members): { checksum?: Checksum } {
  for (const kind of [OWN_KIND, 'crc32c', 'crc32'] as const) {
    const value = members[`Checksum${OF_WHOLE[kind]}`];
    if (value !== undefined && !value.includes('-')) return { checksum: { kind, value } };
  }
  return {};
}

/** Before the SDK signs. */
function withHeaders(command: CreateMultipartUploadCommand, headers: Readonly<Record<string, string>>): void {
  command.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'facts' },
  );
}
