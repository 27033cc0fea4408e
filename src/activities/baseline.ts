import { heartbeat } from '@temporalio/activity';
import type { BaselineActivities } from '../contracts/activities';
import type { Baseline } from '../domain/evidence';
import { MigrationError } from '../domain/errors';
import { formatDuration } from '../domain/quantity';
import type { MetricSource } from '../ports/metric-source';
import { metricScopeOf } from './route';

/** How many gaps an error names; the baseline itself holds more. */
const GAPS_NAMED_MAX = 5;

export function createBaselineActivities({ metrics: source }: { metrics: MetricSource }): BaselineActivities {
  return {
    async captureBaseline({ metrics, route, fromMs, toMs, coverageMin }) {
      const baseline = await source.readBaseline(metrics, metricScopeOf(route), fromMs, toMs, () => heartbeat());
      const coverage = baseline.windowsWithData / baseline.windowsExpected;
      // 0 of 0 windows is NaN and does not hold.
      if (coverage >= coverageMin) return baseline;
      throw new MigrationError('BaselineIncomplete', describeShortfall(baseline, coverageMin));
    },
  };
}

function describeShortfall(baseline: Baseline, coverageMin: number): string {
  const { windowsWithData, windowsExpected, gaps, fromMs, toMs } = baseline;
  const named = gaps
    .slice(0, GAPS_NAMED_MAX)
    .map((gap) => `${iso(gap.fromMs)} to ${iso(gap.toMs)} (${formatDuration(gap.toMs - gap.fromMs)})`);
  return (
    `the baseline from ${iso(fromMs)} to ${iso(toMs)} has data in ${windowsWithData} of ${windowsExpected} windows, ` +
    `at least ${coverageMin * 100} % must have; longest gaps: ${named.join(', ') || 'none named'}`
  );
}

const iso = (atMs: number): string => new Date(atMs).toISOString();
