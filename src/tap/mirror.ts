import type { IncomingMessage } from 'node:http';
import type { ShadowOrder } from '../ports/shadow';
import { isFailure } from './answer';
import type { BodyParts, WholeBody } from './body';
import type { Allowance } from '../server/byte-budget';
import type { Difference } from './compare-answers';
import type { Copier, CopyOutcome } from './copier';
import type { Case, Findings, Rules } from './examine';
import type { Examiner } from './examiner';
import { SHADOW_HEADER } from '../server/shadow-header';
import { endToEndHeaders, MARK_HEADER, pathBelow } from './headers';
import type { SampleKey } from './sampling';
import type { Settlement, SideSample } from './settlement';
import type { SourceOutcome } from './source-exchange';
import { within } from './within';

/** How long a body may take to arrive, and then the source to answer: nothing slower holds up a window. Longer than a copy may take. Unit: milliseconds. */
export const PAIR_TIMEOUT_MS = 30_000;

/** An order that copies, with what follows from it for every pair. */
export interface CopyOrder extends Omit<ShadowOrder, 'target'> {
  readonly target: { readonly url: URL; readonly headers: Readonly<Record<string, string>> };
  readonly rules: Rules;
}

export interface Mirroring {
  readonly source: URL;
  readonly copier: Copier;
  /** Sends requests to the source again; a queue of its own, so that neither starves the other. */
  readonly repeater: Copier;
  readonly examiner: Examiner;
  readonly mark: string;
  readonly pairTimeoutMs: number;
  /** Told of every pair that differs. */
  readonly onDifference: (difference: Difference, request: IncomingMessage, order: CopyOrder) => void;
}

/** One request that may be copied. */
export interface Candidate {
  readonly request: IncomingMessage;
  readonly body: Promise<WholeBody>;
  readonly key: SampleKey;
  readonly source: Promise<SourceOutcome>;
  /** For all answers to it. */
  readonly answers: Allowance;
}

type Pair = Case['pairs'][number];

/** Copies one request if it is drawn, waits for all answers and says what became of it. Never rejects. */
export async function mirrorRequest(on: Mirroring, order: CopyOrder, candidate: Candidate): Promise<Settlement> {
  const { request } = candidate;
  const body = await within(candidate.body, on.pairTimeoutMs);
  if (body === undefined || body === 'aborted' || body === 'too_large') return { kind: 'skipped' };
  const draw = candidate.key.draw();
  if (!(draw.copy < order.fraction)) return { kind: 'skipped' };
  if (body === 'no_room') return { kind: 'dropped' };
  const copying = send(on, candidate, body, on.copier, order.target);
  if (copying === undefined) return { kind: 'dropped' };
  const [target, source] = await Promise.all([copying, within(candidate.source, on.pairTimeoutMs)]);
  const settled = settlePair(source, target, on.copier.timeoutMs);
  const pair = settled.sides === undefined ? undefined : pairOf(source, target);
  const isRepeated = pair !== undefined && isRepeatable(order, request, pair) && draw.noise < noiseShare(order);
  const again = isRepeated ? await send(on, candidate, body, on.repeater, { url: on.source, headers: {} }) : undefined;
  const noisePair = pairOf(source, again);
  const findings = await findingsOf(on, order, {
    ...(order.rules.labelPath === undefined || settled.sides === undefined ? {} : { request: body }),
    pairs: [pair, noisePair].flatMap((each) => (each === undefined ? [] : [each])),
  });
  const [result, noise] = findings.results;
  if (result?.verdict === 'different') on.onDifference(result.difference, request, order);
  const label = labelOf(order, request, findings);
  return {
    ...settled,
    ...(result === undefined ? {} : { verdict: result.verdict }),
    ...(noise === undefined ? {} : { noise: noise.verdict }),
    ...(label === undefined || settled.sides === undefined ? {} : { label }),
  };
}

/** @returns undefined when there is no room. */
function send(
  { mark }: Mirroring,
  { request, answers }: Candidate,
  body: BodyParts,
  through: Copier,
  to: CopyOrder['target'],
): Promise<CopyOutcome> | undefined {
  return through.offer({
    url: to.url,
    path: pathBelow(to.url, request.url ?? '/'),
    method: request.method ?? 'GET',
    headers: { ...endToEndHeaders(request), ...to.headers, [SHADOW_HEADER]: '1', [MARK_HEADER]: mark },
    body,
    allowance: answers,
  });
}

const KINDS = { answered: 'mirrored', timed_out: 'timedOut', failed: 'dropped', not_sent: 'dropped' } as const;

/** A copy that was sent and not answered counts against the target: a user would have waited in vain. */
function settlePair(source: SourceOutcome | undefined, target: CopyOutcome, timeoutMs: number): Settlement {
  const kind = KINDS[target.kind];
  // The source has not answered in time, or the user left: the pair says nothing about either side.
  if (source === undefined) return { kind: target.kind === 'not_sent' ? 'dropped' : 'timedOut' };
  if (source.kind === 'abandoned' || target.kind === 'not_sent') return { kind };
  // What takes the source as long as a copy may take cannot be asked of the target.
  const isTooLong = source.kind === 'answered' && source.answer.latencyMs >= timeoutMs;
  if (target.kind === 'timed_out' && isTooLong) return { kind };
  return { kind, sides: { source: sampleOf(source), target: sampleOf(target) } };
}

/** An answer that broke off is an error of its side, and no output to compare. */
function pairOf(source: SourceOutcome | undefined, target: CopyOutcome | undefined): Pair | undefined {
  if (source?.kind !== 'answered' || target?.kind !== 'answered' || target.answer.body === 'aborted') return undefined;
  return { source: source.answer, target: target.answer };
}

function sampleOf(outcome: SourceOutcome | CopyOutcome): SideSample {
  if (outcome.kind !== 'answered' || outcome.answer.body === 'aborted') return { failed: true };
  const { status, latencyMs, firstByteMs, gapMsMax } = outcome.answer;
  return { failed: isFailure(status), latencyMs, firstByteMs, ...(gapMsMax === undefined ? {} : { gapMsMax }) };
}

function noiseShare({ noise }: CopyOrder): number {
  return (noise?.percent ?? 0) / 100;
}

/** Failures are compared by status alone: their noise says nothing about outputs. */
function isRepeatable({ noise }: CopyOrder, { method }: IncomingMessage, { source }: Pair): boolean {
  return source.status < 400 && noise?.methods.some((each) => each === method) === true;
}

async function findingsOf({ examiner }: Mirroring, { rules }: CopyOrder, asked: Case): Promise<Findings> {
  return asked.pairs.length === 0 && asked.request === undefined ? { results: [] } : examiner.examine(asked, rules);
}

/** @returns only what the order tells apart: nobody may make up segments by sending labels. */
function labelOf(
  { segmentBy, segments = [] }: CopyOrder,
  { headersDistinct }: IncomingMessage,
  findings: Findings,
): string | undefined {
  if (segmentBy === undefined) return undefined;
  const label = 'header' in segmentBy ? headersDistinct[segmentBy.header.toLowerCase()]?.join(',') : findings.label;
  return label !== undefined && segments.includes(label) ? label : undefined;
}
