import type { EvidenceWindow, Sides, SideWindow } from '../domain/evidence';
import type {
  ComparisonTests,
  JudgePolicy,
  LatencyTest,
  PairCounts,
  SequentialTest,
  Tests,
} from '../domain/judge-state';
import type { LatencyLimits } from '../domain/spec';
import { assertNever } from '../domain/errors';
import type { Outcome } from './e-process';
import { baselineAt, EMPTY_BLOCK, takeBaseline } from './baseline-test';
import type { LatencySummary } from './latency-test';
import { takeMetrics } from './metric-test';
import { fewestRequests, startLatencyTest, takeLatencies, takeSummaries } from './latency-test';
import { latencyAt, sourceServes } from './side';
import { alone, shared, startTest, take } from './sequential-test';
import { takeSplits } from './split-test';

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
    : { ...takeBaseline(tests, window, policy), errorSla: takeSlaAlone(tests.errorSla, window, policy) };
  switch (policy.mode) {
    case 'shadow':
      return { ...taken, ...takePairs(tests, window, policy) };
    case 'cutover':
      return {
        ...taken,
        ...takeMetrics(tests, window, policy),
        ...takeSplits(tests, window, policy),
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

function shareOf({ source, target }: Sides): number {
  return target.requestCount / (source.requestCount + target.requestCount);
}

function takeErrors(test: SequentialTest, window: Sides, policy: JudgePolicy): SequentialTest {
  const { source, target } = window;
  const { errorRateMargin, errorRateDetect } = policy.guardrails;
  if (target.requestCount === 0 || source.requestCount === 0) return test;
  const beyond = (rate: number): Outcome =>
    shared(source.errorCount, target.errorCount, shareOf(window), target.requestCount * rate);
  return take(test, [beyond(errorRateMargin)], beyond(errorRateDetect));
}

/** The SLA is broken by the target only while the source does better: traffic that is put back must gain something. */
function takeSla(test: SequentialTest, window: Sides, policy: JudgePolicy): SequentialTest {
  const { source, target } = window;
  if (target.requestCount === 0) return test;
  const { errorRateMax } = policy.guardrails;
  const against = (rate: number): Outcome => alone(target.errorCount, target.requestCount, rate);
  const control = source.requestCount > 0 ? [shared(source.errorCount, target.errorCount, shareOf(window))] : [];
  return take(test, [against(errorRateMax), ...control], against(errorRateMax));
}

function takeSlaAlone(test: SequentialTest, window: EvidenceWindow, policy: JudgePolicy): SequentialTest {
  const { requestCount, errorCount } = window.target;
  if (requestCount === 0) return test;
  const { errorRateMax } = policy.guardrails;
  const noisiest = BASELINE_NOISE * (baselineAt(policy, window).errorRate ?? 0);
  const against = (rate: number): Outcome => alone(errorCount, requestCount, rate);
  return take(test, [against(Math.max(errorRateMax, noisiest))], against(errorRateMax));
}

/** With no source beside it, some bad minutes of up to so many times the baseline's rate are not held against the target. */
const BASELINE_NOISE = 3;

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
  if (source.requestCount === 0 || target.requestCount === 0) return test;
  if (sourceMs === null || targetMs === null) {
    const isSmall = Math.min(source.requestCount, target.requestCount) < fewestRequests(limits.quantile);
    return isSmall ? test : { ...test, unknownCount: (test.unknownCount ?? 0) + 1 };
  }
  const summary = (side: SideWindow, quantileMs: number): LatencySummary => ({
    requestCount: side.requestCount,
    quantileMs,
  });
  return takeSummaries(test, summary(source, sourceMs), summary(target, targetMs), limits);
}

const NO_PAIRS: PairCounts = { compared: 0, mismatched: 0, noiseCompared: 0, noiseMismatched: 0 };

/**
 * Above the source's own noise, where it is known: two answers of the source to one request differ as well. Pairs wait for
 * one of these, because alone they would be charged with all of the noise.
 */
export function takePairs(
  { equivalence: test, pairs = NO_PAIRS }: Pick<Tests, 'equivalence' | 'pairs'>,
  { shadow }: Pick<EvidenceWindow, 'shadow'>,
  { equivalence, guardrails, isNoiseKnown = false }: Pick<JudgePolicy, 'equivalence' | 'guardrails' | 'isNoiseKnown'>,
): Pick<Tests, 'equivalence' | 'pairs'> {
  if (shadow === undefined || equivalence === undefined) return { equivalence: test, pairs };
  const compared = pairs.compared + shadow.compared;
  const mismatched = pairs.mismatched + shadow.mismatched;
  const noiseCompared = pairs.noiseCompared + (shadow.noiseCompared ?? 0);
  const noiseMismatched = pairs.noiseMismatched + (shadow.noiseMismatched ?? 0);
  const isWaiting = compared === 0 || (isNoiseKnown && noiseCompared === 0);
  if (isWaiting) return { equivalence: test, pairs: { compared, mismatched, noiseCompared, noiseMismatched } };
  const against = (rate: number): Outcome =>
    noiseCompared > 0
      ? shared(noiseMismatched, mismatched, compared / (compared + noiseCompared), compared * rate)
      : alone(mismatched, compared, rate);
  return {
    equivalence: take(test, [against(equivalence.mismatchRateMax)], against(guardrails.mismatchRateDetect)),
    pairs: NO_PAIRS,
  };
}
