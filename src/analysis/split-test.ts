import type { EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy, SequentialTest, SplitBlock, SplitDraws, Tests } from '../domain/judge-state';
import type { Outcome } from './e-process';
import { shared, take } from './sequential-test';

/*
 * The target's share of the traffic. A load balancer draws a side for every request. DNS draws one for every resolver, whose
 * users then follow it for a TTL: their requests are no draws of their own, and counting them as such would call chance a
 * fault.
 *
 * So requests behind DNS are looked at in blocks of a TTL with a TTL between them. What a block's users were answered was
 * drawn after the block before it, so the chance of each answer is the wanted share, whatever was seen before. A resolver
 * that brings the share c of the block's requests adds c or 0 to the leaking side's share X. With K * c <= 1 for all of them,
 * ln(1 + p * (exp(theta * K * c) - 1)) is convex in c, hence at most K * c * ln(1 + p * (exp(theta) - 1)), and
 *
 *   E exp(theta * K * X) <= (1 + p * (exp(theta) - 1)) ^ K:
 *
 * a block counts as K events at most, divided as its requests were (the convexity that Hoeffding 1963, theorem 1, rests on).
 */

type SplitTests = Pick<Tests, 'splitToTarget' | 'splitToSource' | 'splitBlock'>;
type Side = 'source' | 'target';

export function takeSplits(before: SplitTests, window: EvidenceWindow, policy: JudgePolicy): SplitTests {
  const { splitToTarget, splitToSource, splitBlock } = before;
  const tests = { splitToTarget, splitToSource, ...(splitBlock === undefined ? {} : { splitBlock }) };
  if (!isSettled(window, policy)) return tests;
  const counts = { source: window.source.requestCount, target: window.target.requestCount };
  if (policy.splitDraws === undefined) return takeEvents(tests, counts, policy);
  return takeBlock(tests, window, policy, policy.splitDraws);
}

/** Whether the window shows the step's own weights: the load balancer has followed, and what it sent before has ended. */
export function isSettled({ startMs }: EvidenceWindow, { splitFromMs = 0 }: JudgePolicy): boolean {
  return startMs >= splitFromMs;
}

function takeBlock(tests: SplitTests, window: EvidenceWindow, policy: JudgePolicy, draws: SplitDraws): SplitTests {
  const { startMs, endMs, source, target } = window;
  const block = tests.splitBlock ?? emptyFrom(startMs);
  if (startMs < block.fromMs) return tests;
  // Windows were missing: what the block has is all that it gets.
  if (startMs >= block.fromMs + draws.everyMs) {
    const isEmpty = block.sourceCount + block.targetCount === 0;
    if (isEmpty) return takeBlock({ ...tests, splitBlock: emptyFrom(startMs) }, window, policy, draws);
    return close(tests, block, emptyFrom(startMs + draws.everyMs), policy, draws);
  }
  const grown = {
    ...block,
    sourceCount: block.sourceCount + source.requestCount,
    targetCount: block.targetCount + target.requestCount,
  };
  if (endMs < block.fromMs + draws.everyMs) return { ...tests, splitBlock: grown };
  return close(tests, grown, emptyFrom(endMs + draws.everyMs), policy, draws);
}

function emptyFrom(fromMs: number): SplitBlock {
  return { fromMs, sourceCount: 0, targetCount: 0 };
}

function close(
  tests: SplitTests,
  { sourceCount, targetCount }: SplitBlock,
  next: SplitBlock,
  policy: JudgePolicy,
  { shareMax }: SplitDraws,
): SplitTests {
  const requestCount = sourceCount + targetCount;
  const eventCount = Math.min(requestCount, 1 / shareMax);
  const scaled = (count: number): number => (count / requestCount) * eventCount;
  const events =
    requestCount === 0 ? { source: 0, target: 0 } : { source: scaled(sourceCount), target: scaled(targetCount) };
  return { ...takeEvents(tests, events, policy), splitBlock: next };
}

function takeEvents(tests: SplitTests, events: Readonly<Record<Side, number>>, policy: JudgePolicy): SplitTests {
  if (events.source + events.target === 0) return tests;
  return {
    ...tests,
    splitToTarget: takeLeak(tests.splitToTarget, events, policy, 'target'),
    splitToSource: takeLeak(tests.splitToSource, events, policy, 'source'),
  };
}

function takeLeak(
  test: SequentialTest,
  events: Readonly<Record<Side, number>>,
  policy: JudgePolicy,
  leak: Side,
): SequentialTest {
  const other = leak === 'source' ? 'target' : 'source';
  const tolerance = policy.guardrails.splitTolerancePoints / 100;
  const wantedShare = (policy.wanted?.[leak] ?? Number.NaN) / 100;
  const beyond = (points: number): Outcome => shared(events[other], events[leak], wantedShare + points);
  return take(test, [beyond(tolerance)], beyond(2 * tolerance));
}
