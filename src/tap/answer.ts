import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { compareOutputs } from '../analysis/equivalence';
import type { EquivalenceSpec } from '../domain/spec';
import type { WholeBody } from './body';

/** What one side said, whole. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly contentEncoding: string;
  readonly body: WholeBody;
  /** From the last byte of the request to the last byte of the answer. Unit: milliseconds. */
  readonly latencyMs: number;
}

export type PairVerdict = 'equal' | 'different' | 'not_compared';

/** A small body that unpacks into a huge one is not compared. Unit: bytes. */
const UNPACKED_BYTES_MAX = 8 * 1_048_576;

const UNPACKERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Statuses first; then JSON within tolerance, anything else byte by byte. Bodies of failures hold IDs and times: their status is enough. */
export async function compareAnswers(
  source: Answer,
  target: Answer,
  equivalence: EquivalenceSpec,
): Promise<PairVerdict> {
  if (source.status !== target.status) return 'different';
  if (source.status >= 400) return 'equal';
  const [sourceBody, targetBody] = await Promise.all([unpack(source), unpack(target)]);
  if (sourceBody === undefined || targetBody === undefined) return 'not_compared';
  const [sourceJson, targetJson] = [readJson(source, sourceBody), readJson(target, targetBody)];
  if (sourceJson !== undefined && targetJson !== undefined) {
    return compareOutputs(sourceJson.value, targetJson.value, equivalence).equal ? 'equal' : 'different';
  }
  return sourceBody.equals(targetBody) ? 'equal' : 'different';
}

/** @returns undefined when the whole body is not at hand, or is packed in a way that we cannot undo. */
async function unpack({ body, contentEncoding }: Answer): Promise<Buffer | undefined> {
  if (!Buffer.isBuffer(body)) return undefined;
  if (contentEncoding === '' || contentEncoding === 'identity' || body.length === 0) return body;
  const unpacker = Object.entries(UNPACKERS).find(([name]) => name === contentEncoding)?.[1];
  try {
    return await unpacker?.(body, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch {
    return undefined;
  }
}

function readJson({ contentType }: Answer, body: Buffer): { readonly value: unknown } | undefined {
  if (!/[/+]json\b/i.test(contentType)) return undefined;
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return undefined;
  }
}

export function isFailure(status: number): boolean {
  return status >= 500;
}
