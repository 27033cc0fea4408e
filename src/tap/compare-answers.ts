import { compareOutputs } from '../analysis/equivalence';
import type { EquivalenceSpec } from '../domain/spec';
import type { Answer } from './answer';
import { eventsOf, isEventStream } from './event-stream';
import { unpack } from './unpack';

/** The part of an answer that is compared. */
export type Output = Pick<Answer, 'status' | 'contentType' | 'contentEncoding' | 'body'>;

export interface Difference {
  /** `$` for the answer as a whole. */
  readonly path: string;
  /** One clause for a person; holds values only of the path. */
  readonly detail: string;
  /** How many times the allowed distance; infinite where no distance exists. */
  readonly severity: number;
}

export type PairResult =
  { readonly verdict: 'equal' | 'not_compared' } | { readonly verdict: 'different'; readonly difference: Difference };

export type PairVerdict = PairResult['verdict'];

export const NOT_COMPARED: PairResult = { verdict: 'not_compared' };
const EQUAL: PairResult = { verdict: 'equal' };

/**
 * Statuses first; then events and JSON within tolerance, anything else byte by byte. Bodies of failures hold IDs and
 * times: their status is enough.
 */
export async function compareAnswers(
  source: Output,
  target: Output,
  equivalence: EquivalenceSpec,
): Promise<PairResult> {
  if (source.status !== target.status) return differsWhole(`source answered ${source.status}, target ${target.status}`);
  if (source.status >= 400) return EQUAL;
  const [sourceBody, targetBody] = await Promise.all([unpacked(source), unpacked(target)]);
  if (sourceBody === undefined || targetBody === undefined) return NOT_COMPARED;
  if (isEventStream(source.contentType) && isEventStream(target.contentType)) {
    return compareEvents(eventsOf(sourceBody.toString('utf8')), eventsOf(targetBody.toString('utf8')), equivalence);
  }
  const [sourceJson, targetJson] = [readJson(source, sourceBody), readJson(target, targetBody)];
  if (sourceJson !== undefined && targetJson !== undefined) {
    return compareValues(sourceJson.value, targetJson.value, equivalence);
  }
  return compareBytes(sourceBody, targetBody);
}

/** Event by event where they hold JSON; plain text is joined, because where it is cut says nothing. */
function compareEvents(source: readonly string[], target: readonly string[], equivalence: EquivalenceSpec): PairResult {
  const [ours, theirs] = [source.map(jsonOf), target.map(jsonOf)];
  if ([...ours, ...theirs].every((event) => event === undefined))
    return compareBytes(Buffer.from(source.join('')), Buffer.from(target.join('')));
  if (source.length !== target.length)
    return differsWhole(`source sent ${source.length} events, target ${target.length}`);
  const valueAt = (events: readonly string[], parsed: typeof ours, index: number): unknown => {
    const json = parsed[index];
    return json === undefined ? events[index] : json.value;
  };
  for (const index of source.keys()) {
    const result = compareValues(valueAt(source, ours, index), valueAt(target, theirs, index), equivalence);
    if (result.verdict === 'different') return result;
  }
  return EQUAL;
}

function compareValues(source: unknown, target: unknown, equivalence: EquivalenceSpec): PairResult {
  const { equal, ...difference } = compareOutputs(source, target, equivalence);
  return equal ? EQUAL : { verdict: 'different', difference: difference as Difference };
}

/** What is no JSON has no paths, so nobody can say what of it may be shown: only the place is told. */
function compareBytes(source: Buffer, target: Buffer): PairResult {
  if (source.equals(target)) return EQUAL;
  const at = source.findIndex((byte, index) => byte !== target[index]);
  return differsWhole(
    `source has ${source.length} bytes, target ${target.length}; they part at byte ${at < 0 ? source.length : at}`,
  );
}

function differsWhole(detail: string): PairResult {
  return { verdict: 'different', difference: { path: '$', detail, severity: Number.POSITIVE_INFINITY } };
}

/** @returns undefined when the whole body is not at hand, or is packed in a way that we cannot undo. */
async function unpacked({ body, contentEncoding }: Output): Promise<Buffer | undefined> {
  return typeof body === 'object' ? unpack(Buffer.concat(body), contentEncoding) : undefined;
}

function readJson({ contentType }: Output, body: Buffer): { readonly value: unknown } | undefined {
  return /[/+]json\b/i.test(contentType) ? jsonOf(body.toString('utf8')) : undefined;
}

function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
