import type { EvidenceWindow, Sides, SideWindow } from '../domain/evidence';
import type { ComparisonTests, JudgePolicy, LatencyTest, SequentialTest, Tests } from '../domain/judge-state';
import type { LatencyLimits } from '../domain/spec';
import { assertNever } from '../domain/errors';
import { EMPTY_BLOCK, takeBaseline } from './baseline-test';
import type { LatencySummary } from './latency-test';
import { startLatencyTest, takeLatencies, takeSummaries } from './latency-test';
import { latencyAt } from './side';
import { alone, shared, startTest, take } from './sequential-test';

export function startComparison(): ComparisonTests {
  return { errorRate: startTest(), errorSla: startTest(), latency: {} };
}

export function startTests(): Tests {
  return {
    ...startComparison(),
    splitToTarget: startTest(),
    splitToSource: startTest(),
    equivalence: startTest(),
    block: EMPTY_BLOCK,
  };
}

/** What one window says to every test. Windows must come in the order of time. */
export function takeWindow(tests: Tests, window: EvidenceWindow, policy: JudgePolicy): Tests {
  const taken = sourceServes(policy)
    ? { ...tests, ...takeComparison(tests, window, policy) }
    : { ...takeBaseline(tests, window, policy), errorSla: takeSla(tests.errorSla, window, policy) };
  switch (policy.mode) {
    case 'shadow':
      return { ...taken, equivalence: takePairs(tests.equivalence, window, policy) };
    case 'cutover':
      return {
        ...taken,
        splitToTarget: takeSplit(tests.splitToTarget, window, policy, 'target'),
        splitToSource: takeSplit(tests.splitToSource, window, policy, 'source'),
      };
    case 'files':
      return taken;
    default:
      return assertNever(policy.mode);
  }
}

/** The source's requests of the same time are the control. */
export function takeComparison(tests: ComparisonTests, sides: Sides, policy: JudgePolicy): ComparisonTests {
  return {
    errorRate: takeErrors(tests.errorRate, sides, policy),
    errorSla: takeSla(tests.errorSla, sides, policy),
    latency: takeLatency(tests.latency, sides, policy),
  };
}

/** Whether the source answers users: then it is the control, and a window without it says nothing. */
export function sourceServes({ mode, wanted }: JudgePolicy): boolean {
  return mode !== 'cutover' || (wanted?.source ?? 0) > 0;
}

function shareOf({ source, target }: Sides): number {
  return target.requestCount / (source.requestCount + target.requestCount);
}

function takeErrors(test: SequentialTest, window: Sides, policy: JudgePolicy): SequentialTest {
  const { source, target } = window;
  const { errorRateMargin, errorRateDetect } = policy.guardrails;
  if (target.requestCount === 0 || source.requestCount === 0) return test;
  const beyond = (rate: number): ReturnType<typeof shared> =>
    shared(source.errorCount, target.errorCount, shareOf(window), target.requestCount * rate);
  return take(test, [beyond(errorRateMargin)], beyond(errorRateDetect));
}

/** The SLA is broken by the target only while the source does better: traffic that is put back must gain something. */
function takeSla(test: SequentialTest, window: Sides, policy: JudgePolicy): SequentialTest {
  const { source, target } = window;
  if (target.requestCount === 0) return test;
  const limit = alone(target.errorCount, target.requestCount, policy.guardrails.errorRateMax);
  const isCompared = sourceServes(policy) && source.requestCount > 0;
  const worse = isCompared ? [limit, shared(source.errorCount, target.errorCount, shareOf(window))] : [limit];
  return take(test, worse, limit);
}

function takeLatency(tests: Tests['latency'], { source, target }: Sides, policy: JudgePolicy): Tests['latency'] {
  const taken = policy.guardrails.latency.map((limits) => {
    const test = tests[limits.quantile] ?? startLatencyTest();
    return [limits.quantile, takeQuantile(test, source, target, limits)] as const;
  });
  return Object.fromEntries(taken);
}

function takeQuantile(test: LatencyTest, source: SideWindow, target: SideWindow, limits: LatencyLimits): LatencyTest {
  if (source.latencies !== undefined && target.latencies !== undefined)
    return takeLatencies(test, source.latencies, target.latencies, limits);
  const [sourceMs, targetMs] = [latencyAt(source, limits.quantile), latencyAt(target, limits.quantile)];
  if (sourceMs === null || targetMs === null || source.requestCount === 0 || target.requestCount === 0) return test;
  const summary = (side: SideWindow, quantileMs: number): LatencySummary => ({
    requestCount: side.requestCount,
    quantileMs,
  });
  return takeSummaries(test, summary(source, sourceMs), summary(target, targetMs), limits);
}

function takeSplit(
  test: SequentialTest,
  window: EvidenceWindow,
  policy: JudgePolicy,
  leak: 'source' | 'target',
): SequentialTest {
  if (!isSettled(window, policy) || window.source.requestCount + window.target.requestCount === 0) return test;
  const other = leak === 'source' ? 'target' : 'source';
  const tolerance = policy.guardrails.splitTolerancePoints / 100;
  const wantedShare = (policy.wanted?.[leak] ?? Number.NaN) / 100;
  const beyond = (points: number): ReturnType<typeof shared> =>
    shared(window[other].requestCount, window[leak].requestCount, wantedShare + points);
  return take(test, [beyond(tolerance)], beyond(2 * tolerance));
}

/** Whether the window shows the step's own weights: the load balancer has followed, and what it sent before has ended. */
export function isSettled({ startMs }: EvidenceWindow, { splitFromMs = 0 }: JudgePolicy): boolean {
  return startMs >= splitFromMs;
}

function takePairs(
  test: SequentialTest,
  { shadow }: EvidenceWindow,
  { equivalence, guardrails }: JudgePolicy,
): SequentialTest {
  if (shadow === undefined || shadow.compared === 0 || equivalence === undefined) return test;
  const against = (rate: number): ReturnType<typeof alone> => alone(shadow.mismatched, shadow.compared, rate);
  return take(test, [against(equivalence.mismatchRateMax)], against(guardrails.mismatchRateDetect));
}
