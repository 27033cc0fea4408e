/** A line of SageMaker's Data Capture, as a recorded request. */
import { parseTime } from '../../domain/quantity';
import type { EpochMs } from '../../domain/quantity';
import type { Output } from '../compare-answers';
import type { RecordedBody } from '../redact';
import type { RecordedLine } from './recorded-line';
import { bytesOf, parseRecordedLine } from './recorded-line';

type JsonObject = Readonly<Record<string, unknown>>;

export function isSageMakerLine(line: JsonObject): boolean {
  return 'captureData' in line;
}

/**
 * SageMaker keeps neither path nor headers, times to the second, and no latency, so the answer is left out.
 * @param path where the request goes; the capture does not say.
 * @returns what is wrong with the line, where something is.
 */
export function parseSageMakerLine(line: JsonObject, path: string): RecordedLine | string {
  const { endpointInput } = objectAt(line['captureData']);
  if (endpointInput === undefined)
    return 'captureData.endpointInput: is required: the endpoint must capture its input, not only its output';
  const { data, encoding, observedContentType } = objectAt(endpointInput);
  const { inferenceTime } = objectAt(line['eventMetadata']);
  if (parseTime(inferenceTime) === undefined)
    return `eventMetadata.inferenceTime: must be ISO 8601 (got ${JSON.stringify(inferenceTime)})`;
  if (typeof data !== 'string') return 'captureData.endpointInput.data: must be text';
  const body = bodyOf(data, encoding);
  if (body === undefined)
    return `captureData.endpointInput.encoding: must be JSON, CSV or BASE64 (got ${JSON.stringify(encoding)})`;
  const contentType = typeof observedContentType === 'string' ? observedContentType : 'application/octet-stream';
  const parsed = parseRecordedLine({
    at: inferenceTime,
    method: 'POST',
    path,
    headers: { 'content-type': contentType },
    body,
  });
  return typeof parsed === 'string' ? `captureData.endpointInput: ${parsed}` : parsed;
}

/** One inference of one variant, as far as its line says. */
export interface CapturedExchange {
  /** To the second. */
  readonly at: EpochMs;
  readonly eventId?: string;
  /** What the sender called it. */
  readonly inferenceId?: string;
  /** Not there: not captured, or not readable. Only what was answered with 200 is captured. */
  readonly answer?: Output;
}

/** @returns undefined for a line that says nothing of the sort. */
export function parseCapturedExchange(line: JsonObject): CapturedExchange | undefined {
  const { eventId, inferenceId, inferenceTime } = objectAt(line['eventMetadata']);
  const at = parseTime(inferenceTime);
  if (at === undefined) return undefined;
  const { data, encoding, observedContentType } = objectAt(objectAt(line['captureData'])['endpointOutput']);
  const body = typeof data === 'string' ? bodyOf(data, encoding) : undefined;
  const contentType = typeof observedContentType === 'string' ? observedContentType : '';
  return {
    at,
    ...(typeof eventId === 'string' ? { eventId } : {}),
    ...(typeof inferenceId === 'string' ? { inferenceId } : {}),
    ...(body === undefined ? {} : { answer: { status: 200, contentType, contentEncoding: '', body: [bytesOf(body)] } }),
  };
}

/** Of both text encodings the characters are the body's own: they say how it may be parsed, not how it is written. */
function bodyOf(data: string, encoding: unknown): RecordedBody | undefined {
  switch (encoding) {
    case 'JSON':
    case 'CSV':
      return { text: data };
    case 'BASE64':
      return { base64: data };
    default:
      return undefined;
  }
}

function objectAt(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
}
