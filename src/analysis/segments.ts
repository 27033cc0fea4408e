import type { EvidenceWindow, Sides } from '../domain/evidence';
import type { ComparisonTests, JudgePolicy, JudgeState, SegmentState } from '../domain/judge-state';
import type { GuardrailResult } from '../domain/verdict';
import { judgeErrorRate, judgeErrorSla, judgeLatency } from './guardrails';
import { packHistogram, unpackHistogram } from './histogram';
import { own } from './own';
import { startComparison, takeComparison } from './take-window';

/*
 * A bad segment must not hide in a good mean. A segment can fail a step, and share one more budget of the same size; it
 * cannot pass or hold one: most are too small to prove anything by themselves.
 */

const EMPTY: SegmentState = {
  sourceRequestCount: 0,
  sourceErrorCount: 0,
  targetRequestCount: 0,
  targetErrorCount: 0,
  tests: pack(startComparison()),
};

/** All of them have to fit into a heartbeat. */
function pack({ latency, ...tests }: ComparisonTests): SegmentState['tests'] {
  const packed = Object.entries(latency).map(
    ([quantile, { source, target, ...test }]) =>
      [quantile, { ...test, source: packHistogram(source), target: packHistogram(target) }] as const,
  );
  return { ...tests, latency: Object.fromEntries(packed) };
}

function unpack({ latency, ...tests }: SegmentState['tests']): ComparisonTests {
  const unpacked = Object.entries(latency).map(
    ([quantile, { source, target, ...test }]) =>
      [quantile, { ...test, source: unpackHistogram(source), target: unpackHistogram(target) }] as const,
  );
  return { ...tests, latency: Object.fromEntries(unpacked) };
}

export function takeSegments(
  segments: JudgeState['segments'],
  window: EvidenceWindow,
  policy: JudgePolicy,
): JudgeState['segments'] {
  if (policy.segments === undefined || window.segments === undefined) return segments;
  const taken = policy.segments.flatMap((name) => {
    const before = own(segments, name) ?? EMPTY;
    const sides = own(window.segments, name);
    if (sides === undefined) return Object.hasOwn(segments, name) ? [[name, before] as const] : [];
    const state: SegmentState = {
      sourceRequestCount: before.sourceRequestCount + sides.source.requestCount,
      sourceErrorCount: before.sourceErrorCount + sides.source.errorCount,
      targetRequestCount: before.targetRequestCount + sides.target.requestCount,
      targetErrorCount: before.targetErrorCount + sides.target.errorCount,
      tests: pack(takeSegment(unpack(before.tests), sides, policy)),
    };
    return [[name, state] as const];
  });
  return Object.fromEntries(taken);
}

/** Only beside the source: what it does to a segment by itself is known nowhere else, and no alarm is spent on it. */
function takeSegment(tests: ComparisonTests, sides: Sides, policy: JudgePolicy): ComparisonTests {
  return sides.source.requestCount > 0 ? takeComparison(tests, sides, policy) : tests;
}

/** Empty where nothing is labelled. */
export function judgeSegments(state: JudgeState, policy: JudgePolicy): GuardrailResult[] {
  const names = policy.segments ?? [];
  if (names.length === 0) return [];
  const shared: JudgePolicy = { ...policy, alpha: policy.alpha / names.length };
  const judged = names.map((name) => {
    const found = own(state.segments, name) ?? EMPTY;
    const segment = { ...found, tests: unpack(found.tests) };
    return {
      name,
      results: [judgeErrorRate(segment, shared), judgeErrorSla(segment, shared), ...judgeLatency(segment, shared)],
    };
  });
  const failed = judged.flatMap(({ name, results }) =>
    results.filter(({ kind }) => kind === 'fail').map(({ reason }) => `${name}: ${reason}`),
  );
  const open = judged.filter(({ results }) => results.some(({ kind }) => kind !== 'pass')).map(({ name }) => name);
  const values = { segments: names.length, failed: failed.length, open: open.length };
  if (failed.length > 0) return [{ guardrail: 'segments', kind: 'fail', reason: failed.join('; '), values }];
  const rest = open.length === 0 ? '' : `; too little traffic to prove more of ${open.join(', ')}`;
  return [
    {
      guardrail: 'segments',
      kind: 'pass',
      reason: `none of ${names.length} segments breaks a limit${rest}`,
      values,
    },
  ];
}
