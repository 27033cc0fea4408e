/** Recorded requests: one JSON object a line, `{at, latencyMs, ok, segment?}`. */
import { parseTime } from '../domain/quantity';
import type { JsonObject } from './json-lines';

export interface RequestLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** null: no answer came, so it failed. */
  readonly latencyMs: number | null;
  readonly ok: boolean;
  readonly segment?: string;
}

/** @returns what is wrong with it, where something is. */
export function parseRequest(line: JsonObject): RequestLine | string {
  const { at, latencyMs, ok, segment } = line;
  const atMs = parseTime(at);
  if (atMs === undefined) return `at: must be ISO 8601 or epoch milliseconds (got ${JSON.stringify(at)})`;
  if (typeof ok !== 'boolean') return `ok: must be true or false (got ${JSON.stringify(ok)})`;
  const isMissing = latencyMs == null && !ok;
  if (!isMissing && !isLatency(latencyMs))
    return `latencyMs: must be milliseconds, 0 or more (got ${JSON.stringify(latencyMs)})`;
  if (segment !== undefined && (typeof segment !== 'string' || segment === ''))
    return `segment: must be text (got ${JSON.stringify(segment)})`;
  return {
    at: atMs,
    latencyMs: isLatency(latencyMs) ? latencyMs : null,
    ok,
    ...(segment === undefined ? {} : { segment }),
  };
}

function isLatency(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}
