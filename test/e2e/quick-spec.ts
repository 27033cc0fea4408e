import type { Lab } from '../../lab/index';
import type { ScenarioName } from '../../lab/scenarios';
import type { Road } from '../../lab/spec';

/** The weights that a scenario speaks of, and the last one. */
const WEIGHTS: Partial<Record<ScenarioName, readonly number[]>> = {
  'sparse-traffic': [10, 100],
  'operator-pause': [25, 100],
  'metrics-outage': [25, 100],
  'operator-rollback': [50, 100],
  'worker-killed': [50, 100],
};

/** The lab's own spec with shorter holds and fewer steps. Only one scenario is about latency. */
export function quickSpec(
  lab: Lab,
  scenario: ScenarioName,
  workload: string = scenario,
  road: Road = 'alb',
): Record<string, unknown> {
  const limit = scenario === 'slow-target' ? {} : { latencyRatioMax: 25 };
  const spec = lab.spec(workload, { hold: '3s', road, ...limit }) as Record<
    'shadow' | 'cutover' | 'decommission',
    object
  >;
  return {
    ...spec,
    baseline: { window: '3s' },
    shadow: { ...spec.shadow, startPercent: 50, stepPercent: 10, maxPercent: 50, firstHold: '3s', hold: '3s' },
    cutover: { ...spec.cutover, weights: WEIGHTS[scenario] ?? [25, 50, 100] },
    decommission: { ...spec.decommission, after: '1s', standby: '1s' },
  };
}
