import type { Route } from '../contracts/activities';
import type { Baseline } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { formatDuration } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';
import { call } from './calls';

/** Of the newest window that has settled; waits for none. @throws ActivityFailure of BaselineIncomplete. */
export async function readBaseline({ source, baseline }: MigrationSpec, route: Route): Promise<Baseline> {
  const { metrics } = source;
  const periodMs = metrics.periodSeconds * 1_000;
  const toMs = Math.floor((Date.now() - metrics.lagMs) / periodMs) * periodMs;
  const fromMs = toMs - Math.ceil(baseline.windowMs / periodMs) * periodMs;
  return call('captureBaseline', 'long', `baseline over ${formatDuration(toMs - fromMs)}`, {
    metrics,
    route,
    fromMs: fromMs as EpochMs,
    toMs: toMs as EpochMs,
    coverageMin: baseline.coverageMin,
  });
}

/** In one sentence. */
export function baselineText(baseline: Baseline): string {
  const p99 = baseline.latencyP99Ms === null ? 'unknown' : `${baseline.latencyP99Ms.toFixed(1)} ms`;
  return (
    `baseline: ${baseline.requestCount} requests, ${baseline.requestsPerSecondAverage.toFixed(1)} a second, P99 ${p99}, ` +
    `${baseline.windowsWithData} of ${baseline.windowsExpected} windows with data${gapsText(baseline)}`
  );
}

function gapsText({ gaps: [longest, ...others] }: Baseline): string {
  if (longest === undefined) return '';
  const from = new Date(longest.fromMs).toISOString();
  const more = others.length === 0 ? '' : `, and ${others.length} shorter`;
  return `; a gap of ${formatDuration(longest.toMs - longest.fromMs)} from ${from}${more}`;
}
