/** Uploads in parts: all but the parts themselves goes through the SDK, once an object. */
import type { CompleteMultipartUploadCommandInput, CreateMultipartUploadCommandInput } from '@aws-sdk/client-s3';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { Checksum, ObjectFacts, Upload, UploadedPart, Written } from '../ports/object-store';
import { awsCall, awsCodeOf } from './aws-errors';
import { acceptMissing } from './found';
import type { WriteDefaults } from './s3-store-facts';
import { headersOf } from './s3-store-facts';
import type { S3Place } from './s3-store-place';

/** S3 puts 10,000 parts together at its own speed. */
const COMPLETE_DEADLINE_MS = 10 * 60_000;
/** Of the kinds that S3 states for a whole upload, the one that Node itself computes; parts' values combine. */
export const UPLOAD_CHECKSUM = 'crc32';

export class S3Uploads {
  /** @param keyAt the key in the bucket of a key in the place. */
  constructor(
    private readonly place: S3Place,
    private readonly defaults: WriteDefaults,
    private readonly keyAt: (key: string) => string,
  ) {}

  /** @param isChecked whether the place takes checksums at all. */
  async begin(key: string, facts: ObjectFacts, isChecked: boolean, signal: AbortSignal): Promise<Upload> {
    const command = new CreateMultipartUploadCommand({
      ...this.at(key),
      ...(isChecked ? { ChecksumAlgorithm: 'CRC32' as const, ChecksumType: 'FULL_OBJECT' as const } : {}),
    });
    // The same headers as a put's, so that both ways of writing leave the same object behind.
    withHeaders(command, headersOf(facts, this.defaults));
    const { UploadId } = await awsCall(
      's3:PutObject',
      this.urlOf(key),
      (abortSignal) => this.place.client.send(command, { abortSignal }),
      { signal },
    );
    if (UploadId === undefined) throw new MigrationError('AwsUnavailable', `${this.urlOf(key)}: an upload without ID`);
    return { key, id: UploadId };
  }

  /** As ObjectTarget.uploadedParts. */
  async parts(upload: Upload, signal: AbortSignal): Promise<readonly UploadedPart[] | undefined> {
    try {
      return await this.listParts(upload, signal);
    } catch (error) {
      if (awsCodeOf(error) === 'NoSuchUpload') return undefined;
      throw error;
    }
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
      for (const { PartNumber = 0, Size = 0, ETag = '', ChecksumCRC32 } of page.Parts ?? [])
        parts.push({ number: PartNumber, sizeBytes: Size, etag: ETag, ...checksumOf(ChecksumCRC32) });
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
    const whole: Partial<CompleteMultipartUploadCommandInput> =
      checksum?.kind === UPLOAD_CHECKSUM ? { ChecksumType: 'FULL_OBJECT', ChecksumCRC32: checksum.value } : {};
    const Parts = parts.map((part) => ({
      PartNumber: part.number,
      ETag: part.etag,
      ...(part.checksum?.kind === UPLOAD_CHECKSUM ? { ChecksumCRC32: part.checksum.value } : {}),
    }));
    const command = new CompleteMultipartUploadCommand({
      ...this.at(key),
      UploadId: id,
      MultipartUpload: { Parts },
      ...whole,
    });
    const reply = await awsCall(
      's3:PutObject',
      this.urlOf(key),
      (abortSignal) => this.place.client.send(command, { abortSignal }),
      { signal, deadlineMs: COMPLETE_DEADLINE_MS },
    );
    const { ETag, ChecksumCRC32, ChecksumType } = reply;
    if (ETag === undefined) throw new MigrationError('AwsUnavailable', `${this.urlOf(key)}: completed without an ETag`);
    const isWhole = ChecksumType !== 'COMPOSITE' && ChecksumCRC32?.includes('-') === false;
    return { version: ETag, ...(isWhole ? checksumOf(ChecksumCRC32) : {}) };
  }

  /** Accepts that it is gone. */
  async abort({ key, id }: Upload, signal: AbortSignal): Promise<void> {
    const command = new AbortMultipartUploadCommand({ ...this.at(key), UploadId: id });
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

function checksumOf(value: string | undefined): { checksum?: Checksum } {
  return value === undefined ? {} : { checksum: { kind: UPLOAD_CHECKSUM, value } };
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
