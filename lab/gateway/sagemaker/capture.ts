/**
 * Data Capture: requests and answers as lines of JSON in S3.
 * Layout: PREFIX/ENDPOINT/VARIANT/yyyy/mm/dd/hh/mm-ss-mmm-UUID.jsonl, by the hour of the inference, in UTC.
 */
import { randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';

export interface CapturedBody {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface Exchange {
  readonly endpointName: string;
  readonly variantName: string;
  /** The same for a request and its shadow copy. */
  readonly eventId: string;
  readonly inferenceId: string | undefined;
  readonly customAttributes: string | undefined;
  readonly isShadow: boolean;
  readonly at: Date;
  readonly input: CapturedBody;
  readonly output: CapturedBody;
}

interface Batch {
  readonly bucket: string;
  readonly folder: string;
  readonly kmsKeyId: string | undefined;
  readonly lines: string[];
}

const FLUSH_EVERY_MS = 2_000;

export class DataCapture {
  private readonly batches = new Map<string, Batch>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly s3: S3Client) {
    this.timer = setInterval(() => void this.flush(), FLUSH_EVERY_MS);
    this.timer.unref();
  }

  /** Whether this request is in the sample. */
  isSampled(config: DataCaptureConfig | undefined): boolean {
    return (
      config !== undefined &&
      config.EnableCapture !== false &&
      Math.random() * 100 < (config.InitialSamplingPercentage ?? 0)
    );
  }

  record(config: DataCaptureConfig, exchange: Exchange): void {
    const { bucket, prefix } = parseS3Uri(config.DestinationS3Uri ?? '');
    const hour = exchange.at.toISOString().slice(0, 13).replace(/[-T]/g, '/');
    const folder = [prefix, exchange.endpointName, exchange.variantName, hour].filter((part) => part !== '').join('/');
    const key = `${bucket}/${folder}`;
    const batch = this.batches.get(key) ?? { bucket, folder, kmsKeyId: config.KmsKeyId, lines: [] };
    this.batches.set(key, batch);
    batch.lines.push(JSON.stringify(captureLine(config, exchange)));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Never rejects: a bucket that is not there must not end the gateway, and AWS drops such captures as well. */
  async flush(): Promise<void> {
    const batches = [...this.batches.values()];
    this.batches.clear();
    await Promise.all(
      batches.map((batch) =>
        this.write(batch).catch((error: unknown) => console.error(`capture ${batch.folder}:`, error)),
      ),
    );
  }

  private async write({ bucket, folder, kmsKeyId, lines }: Batch): Promise<void> {
    const time = new Date().toISOString().slice(14, 23).replace(/[:.]/g, '-');
    await this.s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `${folder}/${time}-${randomUUID()}.jsonl`,
        Body: `${lines.join('\n')}\n`,
        ...(kmsKeyId === undefined ? {} : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyId }),
      }),
    );
  }
}

/** One line as SageMaker writes it; times to the second. */
export function captureLine(config: DataCaptureConfig, exchange: Exchange): object {
  const modes = new Set(config.CaptureOptions?.map(({ CaptureMode }) => CaptureMode));
  const hasBoth = modes.has('InputAndOutput');
  const part = ({ contentType, body }: CapturedBody, mode: 'INPUT' | 'OUTPUT'): object => {
    const encoding = encodingOf(config, contentType);
    const data = body.toString(encoding === 'BASE64' ? 'base64' : 'utf8');
    return { observedContentType: contentType, mode, data, encoding };
  };
  return {
    captureData: {
      ...(hasBoth || modes.has('Input') ? { endpointInput: part(exchange.input, 'INPUT') } : {}),
      ...(hasBoth || modes.has('Output') ? { endpointOutput: part(exchange.output, 'OUTPUT') } : {}),
    },
    eventMetadata: {
      eventId: exchange.eventId,
      ...(exchange.inferenceId === undefined ? {} : { inferenceId: exchange.inferenceId }),
      ...(exchange.customAttributes === undefined ? {} : { customAttributes: [exchange.customAttributes] }),
      ...(exchange.isShadow ? { invocationSource: 'ShadowExperiment' } : {}),
      inferenceTime: `${exchange.at.toISOString().slice(0, 19)}Z`,
    },
    eventVersion: '0',
  };
}

/** Without a list of content types, everything is base64. */
function encodingOf(config: DataCaptureConfig, contentType: string): 'JSON' | 'CSV' | 'BASE64' {
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  const isListed = (types: readonly string[] | undefined): boolean =>
    types?.some((listed) => listed.toLowerCase() === type) ?? false;
  if (isListed(config.CaptureContentTypeHeader?.JsonContentTypes)) return 'JSON';
  return isListed(config.CaptureContentTypeHeader?.CsvContentTypes) ? 'CSV' : 'BASE64';
}

function parseS3Uri(uri: string): { bucket: string; prefix: string } {
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(uri) ?? [];
  return { bucket, prefix };
}
