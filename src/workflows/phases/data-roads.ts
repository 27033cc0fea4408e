import { arrivalOf, orderOf } from '../../domain/data-roads';
import { gateOf } from '../../domain/plan';
import type { EnvironmentStep } from '../../domain/plan';
import { askGate } from '../gate';
import { goOnOrBack } from '../hold';
import type { Run } from '../run';

type RoadStep = Extract<EnvironmentStep, { kind: 'data-order' | 'data-arrived' }>;

export function isRoadStep(step: EnvironmentStep): step is RoadStep {
  return step.kind === 'data-order' || step.kind === 'data-arrived';
}

/** A person does it, and says so; what arrives is proven by the steps after it. */
export async function askRoad(run: Run, step: RoadStep): Promise<void> {
  const instructions = step.kind === 'data-order' ? orderOf : arrivalOf;
  const { question, steps } = instructions(step.road, step.dataSet);
  const answer = await askGate(run, gateOf(step), question, steps);
  await goOnOrBack(run, answer);
}
