import type { ShadowStep } from '../../domain/plan';
import { call } from '../calls';
import { isFollowing } from '../data-state';
import { syncRound, whileSyncing } from '../data-sync';
import { askGate, passPause } from '../gate';
import { goOnOrBack, holdStep } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo, wayToTarget } from '../state';
import type { MigrationState } from '../state';
import { endEvidence, must } from '../wait';
import { stopShadow } from '../traffic';
import { beginShadow, setCopies } from './shadow-variant';

const STEPPING_DOWN = 'step-down';

/** Phase 3: copies of production requests for the target; the user is always answered by the source. */
export async function runShadow(run: Run): Promise<void> {
  const { state } = run;
  if (state.spec.shadow.variant === undefined) registerUndo(state, { kind: 'shadow' });
  else await beginShadow(run);
  const steps = state.plan.shadow;
  for (let step = steps[state.cursor.step]; step !== undefined; step = steps[state.cursor.step]) {
    await passPause(run);
    // A run that continued as new on the way down goes on there: only a person lets the copies begin again.
    const outcome = state.cursor.part === STEPPING_DOWN ? 'step_down' : await runStep(run, step);
    if (outcome === 'advance') {
      state.cursor.step += 1;
    } else {
      state.cursor.part = STEPPING_DOWN;
      await stepDown(run, step);
    }
    state.cursor.part = 'start';
  }
  await must(run, 'stop the shadow copies', () => stopShadow(run, 'quick'));
}

async function runStep(run: Run, step: ShadowStep): Promise<'advance' | 'step_down'> {
  const { state } = run;
  const label = `shadow-${step.fractionPercent}`;
  if (state.cursor.part === 'start') {
    endEvidence(run);
    if (isFollowing(state)) await must(run, 'bring the copy of the data up to date', () => syncRound(run));
    note(state, 'step_started', `copying ${step.fractionPercent} % of the requests to the target`);
    await must(run, `copy ${step.fractionPercent} % of the requests`, () => setFraction(state, step.fractionPercent));
    state.cursor.part = 'hold';
  }
  state.doing = `shadow traffic at ${step.fractionPercent} %`;
  return whileSyncing(run, () => holdStep(run, { label, holdMs: step.holdMs }));
}

export async function setFraction(state: MigrationState, fractionPercent: number): Promise<void> {
  const { spec } = state;
  if (spec.shadow.variant !== undefined) return setCopies(state, fractionPercent);
  await call('setShadow', 'quick', `shadow ${fractionPercent} %`, {
    tap: spec.shadow.tap,
    fractionPercent,
    endpoint: spec.source.endpoint,
    ...(spec.source.host === undefined ? {} : { host: spec.source.host }),
    ...wayToTarget(state),
    workload: spec.workload,
    equivalence: spec.shadow.equivalence,
    ...(spec.shadow.copies === undefined ? {} : { copies: spec.shadow.copies }),
    segments: spec.guardrails.segments,
  });
}

/** The tap says nothing for too long: no copies until a person answers, then the same step again. */
async function stepDown(run: Run, step: ShadowStep): Promise<void> {
  const { state } = run;
  state.cursor.clock = null;
  endEvidence(run);
  await must(run, 'stop the shadow copies', () => stopShadow(run, 'quick'));
  const answer = await askGate(
    run,
    `blind-shadow-${step.fractionPercent}`,
    `No complete evidence came for too long. Approve to try ${step.fractionPercent} % again, reject to roll back.`,
  );
  await goOnOrBack(run, answer);
}
