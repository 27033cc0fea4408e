import type { IncomingMessage } from 'node:http';
import { captureBody } from './body';
import type { WholeBody } from './body';
import type { Allowance } from '../server/byte-budget';
import { isEventStream } from './event-stream';

/** What one side said, whole. Times count from the last byte of the request. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: WholeBody;
  /** To the last byte of the answer. Unit: milliseconds. */
  readonly latencyMs: number;
  /** To the first byte of the body; to the end when there is none. Unit: milliseconds. */
  readonly firstByteMs: number;
  /** Longest wait between two chunks, for streams of events. Unit: milliseconds. */
  readonly gapMsMax?: number;
}

/** Reads beside whoever else reads. @param sinceMs end of the request, of performance.now(). */
export async function readAnswer(response: IncomingMessage, sinceMs: number, allowance: Allowance): Promise<Answer> {
  const contentType = response.headers['content-type'] ?? '';
  const captured = captureBody(response, allowance);
  let firstMs: number | undefined;
  let lastMs = 0;
  let gapMsMax = 0;
  response.on('data', () => {
    const nowMs = performance.now();
    if (firstMs === undefined) firstMs = nowMs;
    else gapMsMax = Math.max(gapMsMax, nowMs - lastMs);
    lastMs = nowMs;
  });
  const body = await captured;
  const endMs = performance.now();
  return {
    status: response.statusCode ?? 0,
    contentType,
    contentEncoding: (response.headers['content-encoding'] ?? '').trim().toLowerCase(),
    body,
    latencyMs: Math.max(0, endMs - sinceMs),
    firstByteMs: Math.max(0, (firstMs ?? endMs) - sinceMs),
    ...(isEventStream(contentType) ? { gapMsMax } : {}),
  };
}

export function isFailure(status: number): boolean {
  return status >= 500;
}
