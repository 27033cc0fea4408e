import type { Baseline, BaselineHour, EvidenceWindow } from '../domain/evidence';
import { hourOfWeek, hoursOfWeek } from '../domain/hour-of-week';
import type { BaselineBlock, JudgePolicy, Tests } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import { fewestRequests, startLatencyTest } from './latency-test';
import { addRatio, EMPTY_RATIOS, EVERY_SECOND, takeRatios } from './ratio-test';
import { sign, take } from './sequential-test';
import { latencyAt } from './side';

/*
 * With no traffic on the source the baseline is the control, and noise is no longer shared: an hour in which everything is
 * slow says nothing about the target. So a block of windows is one look, and says one thing only: whether more than half of
 * its windows lay above the limit. A target as good as the baseline does so in at most every second block. Weaker: slower to
 * find anything, and true only as far as the baseline still is.
 */

export const EMPTY_BLOCK: BaselineBlock = { windows: 0, requestCount: 0, errorCount: 0, errorExpected: 0, latency: {} };

export function takeBaseline(tests: Tests, window: EvidenceWindow, policy: JudgePolicy): Tests {
  if (window.standIn !== undefined) return tests;
  const { target } = window;
  if (target.requestCount === 0) return tests;
  const block = addWindow(tests.block, window, policy);
  if (block.windows < policy.baselineBlock) return { ...tests, block };
  return {
    ...tests,
    errorRate: takeErrors(tests.errorRate, block, policy),
    latency: takeLatency(tests.latency, block, policy),
    block: EMPTY_BLOCK,
  };
}

/** The hours of the week that a slice touches: all that its policy has to hold. */
export function baselineHours(
  baseline: Baseline | null,
  fromMs: EpochMs,
  toMs: EpochMs,
): Readonly<Record<string, BaselineHour>> {
  const known = hoursOfWeek(fromMs, toMs).flatMap((hour) => {
    const found = baseline?.hours?.[hour];
    return found === undefined ? [] : [[hour, found] as const];
  });
  return Object.fromEntries(known);
}

/** Of the spec's own metrics, by name; none where hours are known: a day's average is no control for its night. */
export function averagesOf(baseline: Baseline | null): Readonly<Record<string, number>> {
  if (Object.keys(baseline?.hours ?? {}).length > 0) return {};
  const known = (baseline?.metrics ?? []).flatMap(({ name, average }) =>
    average === null ? [] : [[name, average] as const],
  );
  return Object.fromEntries(known);
}

/** The control of a window: the same hour of the week, else the whole baseline. */
export function baselineAt(policy: JudgePolicy, { startMs }: Pick<EvidenceWindow, 'startMs'>): Partial<BaselineHour> {
  const { baselineErrorRate, baselineQuantilesMs, baselineMetrics } = policy;
  return (
    policy.baselineHours?.[hourOfWeek(startMs)] ?? {
      ...(baselineErrorRate == null ? {} : { errorRate: baselineErrorRate }),
      ...(baselineQuantilesMs === undefined ? {} : { quantilesMs: baselineQuantilesMs }),
      ...(baselineMetrics === undefined ? {} : { metrics: baselineMetrics }),
    }
  );
}

function addWindow(block: BaselineBlock, window: EvidenceWindow, policy: JudgePolicy): BaselineBlock {
  const { target } = window;
  const control = baselineAt(policy, window);
  const latency = policy.guardrails.latency.map((limits) => {
    const before = block.latency[limits.quantile] ?? EMPTY_RATIOS;
    const baselineMs = control.quantilesMs?.[limits.quantile] ?? 0;
    const targetMs = latencyAt(target, limits.quantile);
    return [
      limits.quantile,
      targetMs === null || !(baselineMs > 0) || target.requestCount < fewestRequests(limits.quantile)
        ? before
        : addRatio(before, targetMs / baselineMs, limits),
    ] as const;
  });
  return {
    windows: block.windows + 1,
    requestCount: block.requestCount + target.requestCount,
    errorCount: block.errorCount + target.errorCount,
    errorExpected: block.errorExpected + target.requestCount * (control.errorRate ?? Number.NaN),
    latency: Object.fromEntries(latency),
  };
}

function takeErrors(test: Tests['errorRate'], block: BaselineBlock, policy: JudgePolicy): Tests['errorRate'] {
  const { guardrails } = policy;
  if (!Number.isFinite(block.errorExpected)) return test;
  const expected = (excess: number): number => block.errorExpected + block.requestCount * excess;
  // Counts are whole: their median lies between the whole numbers next to their mean, so neither proof gets the rest.
  const isAbove = block.errorCount > Math.ceil(expected(guardrails.errorRateMargin));
  const isBelow = block.errorCount < Math.floor(expected(guardrails.errorRateDetect));
  return take(test, [sign(isAbove, EVERY_SECOND)], sign(!isBelow, EVERY_SECOND));
}

function takeLatency(tests: Tests['latency'], block: BaselineBlock, policy: JudgePolicy): Tests['latency'] {
  const taken = policy.guardrails.latency.map(({ quantile }) => {
    const test = tests[quantile] ?? startLatencyTest();
    return [quantile, takeRatios(test, block.latency[quantile] ?? EMPTY_RATIOS)] as const;
  });
  return Object.fromEntries(taken);
}
