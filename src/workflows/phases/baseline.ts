import { patched } from '@temporalio/workflow';
import { powerOf, trafficOf } from '../../analysis/power';
import { formatDuration } from '../../domain/quantity';
import { baselineText, readBaseline } from '../baseline-reading';
import { newClock } from '../clock';
import { askGate, passPause } from '../gate';
import { goOnOrBack, holdQuietly } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { routeOf } from '../state';
import { failureOf, must } from '../wait';

const POWER = 'power';

/** Phase 1: what the source does today, and whether that is enough traffic for the guardrails. */
export async function runBaseline(run: Run): Promise<void> {
  const { state } = run;
  if (state.cursor.part !== POWER) await captureWindow(run);
  state.cursor.part = POWER;
  await askAboutPower(run);
}

/** A window that the metrics already cover is not waited for; otherwise the rest of it is watched first. */
async function captureWindow(run: Run): Promise<void> {
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

/** Steps that cannot pass would each end in a question, weeks from now: better asked before anything is built. */
async function askAboutPower(run: Run): Promise<void> {
  const { state } = run;
  // A migration that began before there was this gate goes on without it.
  if (state.baseline === null || !patched('gate-power')) return;
  const traffic = trafficOf(state.baseline);
  const unmet =
    traffic === undefined
      ? ['nobody asked the source anything, or its errors are not known']
      : (powerOf(state.spec, state.plan, traffic) ?? []).flatMap((step) => step.unmet);
  if (unmet.length === 0) return;
  const answer = await askGate(
    run,
    POWER,
    `With the traffic of the baseline ${unmet.length} guardrails will not pass: ${unmet.join('; ')}. Approve to go on and be asked at each, reject to stop.`,
  );
  await goOnOrBack(run, answer);
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
  const baseline = await readBaseline(state.spec, routeOf(state));
  state.baseline = baseline;
  note(state, 'baseline', baselineText(baseline), { values: { baseline } });
}
