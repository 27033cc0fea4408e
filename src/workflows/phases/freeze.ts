import { ApplicationFailure } from '@temporalio/workflow';
import { FORECAST_GATE, FREEZE_GATE, followed, levelGate } from '../../domain/data-freeze';
import type { FreezePlan } from '../../domain/data-freeze';
import type { Forecast } from '../../domain/data-forecast';
import { freezeOf, levelOf } from '../../domain/data-roads';
import { formatDuration } from '../../domain/quantity';
import { copyOnce, runText, showRanges, syncRound, whileSyncing } from '../data-sync';
import { dataOf, lookAhead, rememberRun } from '../data-state';
import { askGate, passPause } from '../gate';
import { goOnOrBack } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { tell } from '../tell';
import { must } from '../wait';
import { verifyData } from './verify';

/*
 * Invariants
 * 1. No weight moves before every byte that is followed is proven equal, after its writers were declared to stand still.
 * 2. The stage is written before the next one begins, so a run that continued as new goes on where it was.
 */

/** Runs that are made one after another to come below freezeMax; then a person is asked. */
const ROUNDS_MAX = 5;

/** Before the first weight: near enough, frozen, the last delta, proven. Returns at once when that is done. */
export async function freezeData(run: Run, freeze: FreezePlan): Promise<void> {
  const data = dataOf(run.state);
  if (data.stage === 'following') {
    if (freeze.dataSets.length > 0) await comeNear(run, freeze);
    data.stage = 'forecast_passed';
  }
  await passPause(run);
  if (data.stage === 'forecast_passed') {
    await declare(run, freeze);
    data.stage = 'frozen';
    data.frozenAtMs = Date.now();
  }
  if (data.stage === 'frozen') {
    await waitLevel(run, freeze);
    await bringLevel(run, freeze);
    data.stage = 'final';
  }
}

/** Runs until the forecast is below freezeMax; where that does not come, a gate that opens by itself when it does. */
async function comeNear(run: Run, freeze: FreezePlan): Promise<void> {
  const { state } = run;
  // A run that continued as new at the gate goes on waiting there.
  for (let round = 1; state.gate?.name !== FORECAST_GATE; round += 1) {
    await passPause(run);
    await must(run, 'bring the copy of the data up to date', () => syncRound(run));
    const { kind } = lookAhead(state, freeze);
    if (kind === 'ready') return;
    if (kind !== 'run_again' || round >= ROUNDS_MAX) break;
  }
  const answer = await whileSyncing(
    run,
    () => askGate(run, FORECAST_GATE, nearQuestion(dataOf(state).forecast)),
    () => openWhenNear(run, freeze),
  );
  if (answer.extended)
    note(state, 'gate_answered', `gate ${FORECAST_GATE} opened by itself: ${dataOf(state).forecast?.text}`);
  else await goOnOrBack(run, answer);
}

function nearQuestion(forecast: Forecast | null): string {
  return `The data is not near enough for the cutover: ${forecast?.text ?? 'no forecast'}. The gate opens by itself when the forecast is below freezeMax. Approve to accept the longer freeze, reject to roll back.`;
}

function openWhenNear({ state }: Run, freeze: FreezePlan): void {
  const forecast = lookAhead(state, freeze);
  if (state.gate?.name !== FORECAST_GATE) return;
  state.gate = forecast.kind === 'ready' ? null : { ...state.gate, question: nearQuestion(forecast) };
}

async function declare(run: Run, freeze: FreezePlan): Promise<void> {
  const { state } = run;
  const sets = followed(state.spec.data);
  const forecast = dataOf(state).forecast?.text ?? 'no forecast';
  if (freeze.gates.includes(FREEZE_GATE)) {
    const declared = sets.filter(({ sync }) => sync?.freeze === 'declared');
    const { question, steps } = freezeOf(declared, forecast);
    await goOnOrBack(run, await whileSyncing(run, () => askGate(run, FREEZE_GATE, question, steps)));
  }
  const names = [...freeze.dataSets, ...freeze.databases].join(', ');
  note(state, 'data_frozen', `frozen: ${names}; ${forecast}`);
}

async function waitLevel(run: Run, freeze: FreezePlan): Promise<void> {
  const { level } = dataOf(run.state);
  for (const dataSet of run.state.spec.data) {
    const { name } = dataSet;
    if (!freeze.databases.includes(name) || level.includes(name)) continue;
    const { question, steps } = levelOf(dataSet);
    await goOnOrBack(run, await askGate(run, levelGate(name), question, steps));
    level.push(name);
  }
}

/** Tried again as a whole: what a late writer left is copied before everything is verified once more. */
async function bringLevel(run: Run, freeze: FreezePlan): Promise<void> {
  const { state } = run;
  const sets = followed(state.spec.data).filter(({ name }) => freeze.dataSets.includes(name));
  if (sets.length === 0) return;
  const startedAtMs = Date.now();
  await must(run, 'final delta and full verification', async () => {
    for (const dataSet of sets) {
      const delta = await copyOnce(state.spec, dataSet, 'final delta', showRanges(run, dataSet));
      rememberRun(state, dataSet, delta);
      note(state, 'data_final', runText(dataSet.name, delta), { values: { ...delta } });
      await verifyData(run, dataSet);
    }
    for (const dataSet of sets) requireQuiet(dataSet.name, await copyOnce(state.spec, dataSet, 'look once more at'));
  });
  const took = formatDuration(Date.now() - startedAtMs);
  note(state, 'data_final', `${freeze.dataSets.join(', ')}: level and verified in ${took}`);
  tell(run, 'data', `the data is level and verified (${took}); the first weight follows`);
}

/** What changed after it was declared frozen shows that somebody still writes, so nothing that was proven holds. */
function requireQuiet(
  name: string,
  { copiedCount, deletedCount }: { copiedCount: number; deletedCount: number },
): void {
  if (copiedCount + deletedCount === 0) return;
  throw ApplicationFailure.nonRetryable(
    `${name}: ${copiedCount + deletedCount} objects changed after it was declared frozen: stop its writers, then retry`,
    'DataNotFrozen',
  );
}
