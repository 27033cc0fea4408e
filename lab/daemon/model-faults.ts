/** Faults of model servers that begin only when the target has a certain share of the traffic. */
import type { Rule } from '../data-plane/routing';
import type { ModelFault, ModelSide } from '../fleet/server';

export interface ModelFaultRequest extends ModelFault {
  /** The fault is on while the target's share on the production rule is at least this. Unit: percent, 0 to 100. */
  readonly fromWeightPercent?: number;
}

interface Watched {
  readonly workload: string;
  readonly side: ModelSide;
  readonly request: ModelFaultRequest;
  on: boolean;
}

/** Share of a rule's weight that is not the source's. Unit: percent. */
export function targetSharePercent(rule: Rule | undefined, sourceTargetGroupArn: string): number {
  if (rule?.action.kind !== 'forward') return 0;
  return shareBesides(
    Object.fromEntries(rule.action.targetGroups.map(({ arn, weight }) => [arn, weight])),
    sourceTargetGroupArn,
  );
}

/** Share of the weight that is not the source's. 0 when all weights are 0. Unit: percent. */
export function shareBesides(weights: Readonly<Record<string, number>>, source: string): number {
  const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return total === 0 ? 0 : (100 * (total - (weights[source] ?? 0))) / total;
}

export class ModelFaults {
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly apply: (workload: string, side: ModelSide, fault: ModelFault) => Promise<void>) {}

  async set(workload: string, side: ModelSide, request: ModelFaultRequest, sharePercent: number): Promise<void> {
    const entry = { workload, side, request, on: sharePercent >= (request.fromWeightPercent ?? 0) };
    this.watched.set(`${workload}/${side}`, entry);
    await this.apply(workload, side, entry.on ? request : {});
  }

  /** Turns faults on or off after the weights changed. */
  async weightsChanged(shareOf: (workload: string) => number): Promise<void> {
    for (const entry of this.watched.values()) {
      const on = shareOf(entry.workload) >= (entry.request.fromWeightPercent ?? 0);
      if (on === entry.on) continue;
      entry.on = on;
      await this.apply(entry.workload, entry.side, on ? entry.request : {});
    }
  }
}
