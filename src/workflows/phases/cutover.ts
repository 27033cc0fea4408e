import type { CutoverStep } from '../../domain/plan';
import { formatWeights, targetWeight } from '../../domain/weights';
import { call } from '../calls';
import { whileSyncing } from '../data-sync';
import { askGate, passPause } from '../gate';
import { goOnOrBack, holdStep } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo, routeOf, settleMsOf } from '../state';
import { must } from '../wait';
import { shiftTo } from '../traffic';
import { buildStep } from './environment';
import { askPromotion } from './shadow-variant';
import { levelDatabases } from './databases';
import { freezeData } from './freeze';

/** Phase 4: real traffic by weight. Each step: gate if planned, shift, hold until the evidence allows the next. */
export async function runCutover(run: Run): Promise<void> {
  const { state } = run;
  if (state.cursor.step === 0) await begin(run);
  const steps = state.plan.cutover;
  for (let step = steps[state.cursor.step]; step !== undefined; step = steps[state.cursor.step]) {
    // A run that continued as new on the way down goes on there: only a person lets the weight rise again.
    const outcome = state.cursor.part === STEPPING_DOWN ? 'step_down' : await runStep(run, step);
    if (outcome === 'advance') {
      state.cursor.step += 1;
    } else {
      state.cursor.part = STEPPING_DOWN;
      await stepDown(run, step);
    }
    state.cursor.part = 'gate';
  }
}

const STEPPING_DOWN = 'step-down';
const FREEZE = 'freeze';

/** A shadow variant becomes a production variant first, behind a gate of its own. */
async function begin(run: Run): Promise<void> {
  const { cursor, plan } = run.state;
  const { promotion } = plan;
  if (promotion !== undefined && cursor.part === 'start') {
    await passPause(run);
    await askPromotion(run, promotion);
    cursor.part = 'promote';
  }
  if (promotion !== undefined && cursor.part === 'promote') {
    for (const step of promotion.steps) await must(run, `${step.kind} ${step.name}`, () => buildStep(run, step));
    cursor.part = 'prepare';
  }
  if (cursor.part === (promotion === undefined ? 'start' : 'prepare')) await prepare(run);
}

/** The source keeps the capacity it has, and the target joins production's rule at weight 0. */
async function prepare(run: Run): Promise<void> {
  const { state } = run;
  registerUndo(state, { kind: 'source-capacity' });
  await must(run, 'freeze the capacity of the source', () =>
    call('freezeSource', 'quick', 'freeze the source', { owned: state.spec.source.owned, route: routeOf(state) }),
  );
  registerUndo(state, { kind: 'route' });
  state.cursor.part = 'gate';
}

async function runStep(run: Run, step: CutoverStep): Promise<'advance' | 'step_down'> {
  const { state } = run;
  const weights = formatWeights(step.weights);
  await passPause(run);
  if (state.cursor.part === 'gate') {
    const { gate } = step;
    const question = `Move traffic to ${weights} (source/target)?`;
    if (gate !== undefined) await whileSyncing(run, () => passGate(run, gate, question));
    await passPause(run);
    state.cursor.part = step.freeze === undefined ? 'shift' : FREEZE;
  }
  if (state.cursor.part === FREEZE && step.freeze !== undefined) {
    await freezeData(run, step.freeze);
    await passPause(run);
    state.cursor.part = 'shift';
  }
  if (state.cursor.part === 'shift') {
    if (step.databases !== undefined) await levelDatabases(run, step.databases);
    note(state, 'step_started', `cutover step ${step.index + 1}: ${weights}`);
    if (step.index === 0) await shiftTo(run, targetWeight(0));
    await shiftTo(run, step.weights);
    state.cursor.part = 'hold';
  }
  state.doing = `cutover at ${step.weights.target} %`;
  return holdStep(run, {
    label: `cutover-${step.weights.target}`,
    holdMs: step.stabilizationMs,
    settleMs: settleMsOf(state),
  });
}

async function passGate(run: Run, name: string, question: string): Promise<void> {
  const answer = await askGate(run, name, question);
  await goOnOrBack(run, answer);
}

/** Nobody could see for too long: one weight back, and a person decides when to try again. */
async function stepDown(run: Run, step: CutoverStep): Promise<void> {
  const { state } = run;
  const previous = state.plan.cutover[step.index - 1]?.weights ?? targetWeight(0);
  const reason = state.verdict?.reason ?? 'no complete evidence';
  const gate = `blind-cutover-${step.weights.target}`;
  state.cursor.clock = null;
  // With the gate open the weights have gone back already.
  if (state.gate?.name !== gate) await shiftTo(run, previous);
  await passGate(
    run,
    gate,
    `${reason}: weights went back to ${formatWeights(previous)}. Approve to try ${formatWeights(step.weights)} again, reject to roll back.`,
  );
}
