import type { Baseline } from '../../domain/evidence';
import type { EpochMs } from '../../domain/quantity';
import { formatDuration } from '../../domain/quantity';
import { call } from '../calls';
import { newClock } from '../clock';
import { passPause } from '../gate';
import { holdQuietly } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { routeOf } from '../state';
import { failureOf, must } from '../wait';

/**
 * Phase 1: what the source does today. A window that the metrics already cover is not waited for; otherwise the rest of
 * it is watched first.
 */
export async function runBaseline(run: Run): Promise<void> {
  const { state } = run;
  const { windowMs } = state.spec.baseline;
  await passPause(run);
  if (state.cursor.part === 'start') {
    state.doing = `reading the last ${formatDuration(windowMs)} of the source`;
    if (await capturedNow(run)) return;
    note(
      state,
      'step_started',
      `the metrics do not cover the last ${formatDuration(windowMs)} yet: watching for as long`,
    );
    state.cursor.part = 'wait';
    state.cursor.clock = newClock(windowMs + state.spec.source.metrics.lagMs);
  }
  state.doing = `watching the source for ${formatDuration(windowMs)}`;
  if (state.cursor.clock !== null) await holdQuietly(run, { label: 'baseline window', holdMs: windowMs });
  await must(run, 'capture the baseline', () => capture(run));
}

/** The first try may find too little, which is no failure yet. */
async function capturedNow(run: Run): Promise<boolean> {
  let incomplete = false;
  await must(run, 'capture the baseline', async () => {
    try {
      await capture(run);
    } catch (error) {
      if (failureOf(error).code !== 'BaselineIncomplete') throw error;
      incomplete = true;
    }
  });
  return !incomplete;
}

async function capture(run: Run): Promise<void> {
  const { state } = run;
  const { metrics } = state.spec.source;
  const periodMs = metrics.periodSeconds * 1_000;
  const toMs = Math.floor((Date.now() - metrics.lagMs) / periodMs) * periodMs;
  const fromMs = toMs - Math.ceil(state.spec.baseline.windowMs / periodMs) * periodMs;
  const baseline = await call('captureBaseline', 'long', `baseline over ${formatDuration(toMs - fromMs)}`, {
    metrics,
    route: routeOf(state),
    fromMs: fromMs as EpochMs,
    toMs: toMs as EpochMs,
    coverageMin: state.spec.baseline.coverageMin,
  });
  state.baseline = baseline;
  const p99 = baseline.latencyP99Ms === null ? 'unknown' : `${baseline.latencyP99Ms.toFixed(1)} ms`;
  note(
    state,
    'baseline',
    `baseline: ${baseline.requestCount} requests, ${baseline.requestsPerSecondAverage.toFixed(1)} a second, P99 ${p99}, ` +
      `${baseline.windowsWithData} of ${baseline.windowsExpected} windows with data${gapsText(baseline)}`,
    { values: { baseline } },
  );
}

function gapsText({ gaps: [longest, ...others] }: Baseline): string {
  if (longest === undefined) return '';
  const from = new Date(longest.fromMs).toISOString();
  const more = others.length === 0 ? '' : `, and ${others.length} shorter`;
  return `; a gap of ${formatDuration(longest.toMs - longest.fromMs)} from ${from}${more}`;
}
