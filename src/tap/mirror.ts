import type { IncomingMessage } from 'node:http';
import type { ShadowOrder } from '../ports/shadow';
import { compareAnswers, isFailure } from './answer';
import type { WholeBody } from './body';
import type { Copier, CopyOutcome } from './copier';
import { endToEndHeaders, pathBelow } from './headers';
import type { SourceOutcome } from './source-exchange';
import type { Settlement, SideSample } from './windows';

/** Tells the target that nobody waits for this answer. */
export const SHADOW_HEADER = 'x-crossfade-shadow';
/** Tells a tap that this is a copy, made by a tap of the same token. */
export const MARK_HEADER = 'x-crossfade-tap';

/** How long a body may take to arrive, and then the source to answer: nothing slower holds up a window. Longer than a copy may take. Unit: milliseconds. */
export const PAIR_TIMEOUT_MS = 30_000;

type Target = NonNullable<ShadowOrder['target']>;

export interface Mirroring {
  readonly copier: Copier;
  readonly mark: string;
  readonly pairTimeoutMs: number;
}

/** Copies one request, waits for both answers and says what became of it. Never rejects. */
export async function mirrorRequest(
  { copier, mark, pairTimeoutMs }: Mirroring,
  order: ShadowOrder & { readonly target: Target },
  request: IncomingMessage,
  body: Promise<WholeBody>,
  sourceOutcome: Promise<SourceOutcome>,
): Promise<Settlement> {
  const wholeBody = await within(body, pairTimeoutMs);
  if (!Buffer.isBuffer(wholeBody)) return { kind: 'skipped' };
  const url = new URL(order.target.url);
  const copy = copier.offer({
    url,
    path: pathBelow(url, request.url ?? '/'),
    method: request.method ?? 'GET',
    headers: { ...endToEndHeaders(request), ...order.target.headers, [SHADOW_HEADER]: '1', [MARK_HEADER]: mark },
    body: wholeBody,
  });
  if (copy === undefined) return { kind: 'dropped' };
  const [target, source] = await Promise.all([copy, within(sourceOutcome, pairTimeoutMs)]);
  return settlePair(source, target, order);
}

/** A copy that was sent and not answered counts against the target: a user would have waited in vain. */
async function settlePair(
  source: SourceOutcome | undefined,
  target: CopyOutcome,
  order: ShadowOrder,
): Promise<Settlement> {
  // No answer of the source in time: the pair says nothing about either side.
  if (source === undefined) return { kind: 'timedOut', verdict: 'not_compared' };
  const kind = ({ answered: 'mirrored', timed_out: 'timedOut', failed: 'dropped' } as const)[target.kind];
  if (source.kind === 'abandoned') return kind === 'dropped' ? { kind } : { kind, verdict: 'not_compared' };
  const sides = { source: sampleOf(source), target: sampleOf(target) };
  if (kind === 'dropped') return { kind, sides };
  return { kind, sides, verdict: await verdictOf(source, target, order) };
}

async function verdictOf(
  source: SourceOutcome,
  target: CopyOutcome,
  { equivalence }: ShadowOrder,
): Promise<'equal' | 'different' | 'not_compared'> {
  if (source.kind !== 'answered' || target.kind !== 'answered') return 'not_compared';
  // An answer that broke off is an error of the target, and no output to compare.
  if (target.answer.body === 'aborted') return 'not_compared';
  return compareAnswers(source.answer, target.answer, equivalence);
}

function sampleOf(outcome: SourceOutcome | CopyOutcome): SideSample {
  if (outcome.kind !== 'answered') return { failed: true };
  const { status, body, latencyMs } = outcome.answer;
  return body === 'aborted' ? { failed: true } : { failed: isFailure(status), latencyMs };
}

function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), timeoutMs);
    void promise.then((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
