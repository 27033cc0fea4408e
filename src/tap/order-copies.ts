import { tryParsePattern } from '../domain/json-path';
import { SEGMENTS_MAX } from '../domain/judge-state';
import type { ShadowOrder } from '../ports/shadow';
import { isBetween, isHeaderName, isObject, isPath } from './order-values';
import type { Json } from './order-values';

type Copies = Pick<ShadowOrder, 'sampleBy' | 'segmentBy' | 'segments' | 'redact' | 'noise'>;

const LABEL_LENGTH_MAX = 200;
const REPEATABLE = ['GET', 'HEAD', 'POST'];

/** What an order says about which requests are copied, and how. @returns what is wrong with it as a text. */
export function readCopies({ sampleBy, segmentBy, segments, redact, noise }: Json): Copies | string {
  if (sampleBy !== undefined && !isHeaderPlace(sampleBy)) return 'sampleBy.header must be a header name';
  if (segmentBy !== undefined && !isHeaderPlace(segmentBy) && !isPathPlace(segmentBy))
    return 'segmentBy must hold header, a header name, or path, a path without *';
  if (segments !== undefined && !isLabels(segments))
    return `segments must be a list of at most ${SEGMENTS_MAX} labels of 1 to ${LABEL_LENGTH_MAX} characters`;
  if (redact !== undefined && !isRedaction(redact))
    return 'redact must hold headers, a list of header names, and paths, a list of paths';
  if (noise !== undefined && !isNoise(noise))
    return `noise must hold percent, from 0 to 100, and methods, some of ${REPEATABLE.join(', ')}`;
  return {
    ...(sampleBy === undefined ? {} : { sampleBy }),
    ...(segmentBy === undefined ? {} : { segmentBy }),
    ...(segments === undefined ? {} : { segments }),
    ...(redact === undefined ? {} : { redact }),
    ...(noise === undefined ? {} : { noise }),
  };
}

function isHeaderPlace(value: unknown): value is { readonly header: string } {
  return isObject(value) && isHeaderName(value['header']);
}

function isPathPlace(value: unknown): value is { readonly path: string } {
  if (!isObject(value)) return false;
  const { path } = value;
  return typeof path === 'string' && tryParsePattern(path)?.includes(null) === false;
}

function isLabels(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= SEGMENTS_MAX &&
    value.every((label) => typeof label === 'string' && label !== '' && label.length <= LABEL_LENGTH_MAX)
  );
}

function isRedaction(value: unknown): value is NonNullable<Copies['redact']> {
  return isObject(value) && isListOf(value['headers'], isHeaderName) && isListOf(value['paths'], isPath);
}

function isNoise(value: unknown): value is NonNullable<Copies['noise']> {
  return (
    isObject(value) &&
    isBetween(value['percent'], 0, 100) &&
    isListOf(value['methods'], (method): method is string => REPEATABLE.includes(String(method)))
  );
}

function isListOf<T>(value: unknown, isOne: (entry: unknown) => entry is T): value is T[] {
  return Array.isArray(value) && value.every(isOne);
}
