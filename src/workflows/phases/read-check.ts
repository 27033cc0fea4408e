import type { EnvironmentStep } from '../../domain/plan';
import { readCheckGate } from '../../domain/read-check';
import type { ReadVerdict, SideOfReads } from '../../domain/read-check';
import { call } from '../calls';
import { askGate } from '../gate';
import { goOnOrBack } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { must } from '../wait';

type ReadCheckStep = Extract<EnvironmentStep, { kind: 'read-check' }>;

const SEEDS = 0x1_0000_0000;

/** Reads from both sides; what does not pass is a person's to accept: nothing reads the target yet. */
export async function checkReads(run: Run, step: ReadCheckStep): Promise<void> {
  const { state } = run;
  const gate = readCheckGate(step.name);
  // A run that continued as new at this gate goes on waiting for its answer.
  if (state.gate?.name !== gate) {
    const verdict = await must(run, `read-check ${step.name}`, () => measure(run, step));
    if (verdict.kind === 'pass') return;
    const how = verdict.kind === 'fail' ? 'is read too slowly' : 'may be read too slowly';
    await goOnOrBack(run, await askGate(run, gate, `${step.name} ${how} from the target: ${verdict.reason}. Go on?`));
    return;
  }
  await goOnOrBack(run, await askGate(run, gate, state.gate.question));
}

async function measure({ state }: Run, { name, dataSet, check }: ReadCheckStep): Promise<ReadVerdict> {
  const { from, to } = dataSet;
  const verdict = await call('checkReads', 'long', `reads of ${to} beside ${from}`, {
    dataSet: { from, to },
    check,
    seed: Math.floor(Math.random() * SEEDS),
  });
  const { kind, reason, source, target } = verdict;
  const text = `${name}: ${kind}: ${reason}. First byte and throughput: source ${sideText(source)}, target ${sideText(target)}`;
  note(state, 'read_checked', text, { values: { ...verdict } });
  return verdict;
}

function sideText({ firstByteP50Ms, firstByteP99Ms, bytesPerSecond }: SideOfReads): string {
  const short = (value: number): string => String(Number(value.toPrecision(3)));
  return `P50 ${short(firstByteP50Ms)} ms, P99 ${short(firstByteP99Ms)} ms, ${short(bytesPerSecond / 1e6)} MB/s`;
}
