import type { RouteSides, ShiftResult } from '../../src/contracts/activities';
import type { Weights } from '../../src/domain/weights';
import { Stage } from './support';

export const workload = 'ranker';

export function shift(
  stage: Stage,
  sides: RouteSides,
  generation: number,
  weights: Weights,
  healthy = 2,
): Promise<ShiftResult> {
  return stage.activities.shiftWeights({
    ...sides,
    shift: { generation, weights },
    workload,
    requireHealthyCount: healthy,
  });
}

export function restore(stage: Stage, { route }: RouteSides, generation: number): Promise<ShiftResult> {
  return stage.activities.restoreSource({ route, generation, workload });
}

export async function prepared(): Promise<{
  stage: Stage;
  sides: RouteSides;
  at: (source: number, target: number) => Record<string, number>;
}> {
  const stage = new Stage();
  const sides = await stage.buildTarget();
  const at = (source: number, target: number): Record<string, number> => ({
    [sides.route.sourceTargetGroupArn]: source,
    [sides.targetGroupArn]: target,
  });
  return { stage, sides, at };
}

export const routeNow = (stage: Stage, { route }: RouteSides) => stage.world.routes.get(route.arn)!;
