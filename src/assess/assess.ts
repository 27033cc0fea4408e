/** From an inventory to the whole assessment. Pure: no clock, no network; prices are passed in. */
import type { MethodChoice } from '../domain/data-method';
import type { Figure } from '../domain/data-figures';
import type { HourlyPrices } from '../domain/hourly-prices';
import type { Inventory, InventoryWorkload, WorkloadKind } from '../domain/inventory';
import { WORKLOAD_KINDS } from '../domain/inventory';
import type { InstanceChoice } from './choose-instance';
import { chooseInstance } from './choose-instance';
import type { WorkloadCost } from './cost';
import { contingencyOf, costOf } from './cost';
import { chooseDataMoves } from './data-moves';
import type { DeadlineAnswer } from './deadline';
import { judgeDeadline } from './deadline';
import type { Effort } from './effort';
import { effortOf } from './effort';
import type { CostLine, Total } from './figures';
import { addTotals, totalOf } from './figures';
import type { KindPart } from './kinds';
import { KIND_PARTS } from './kinds';
import type { QuotaAnswer } from './quotas';
import { judgeQuotas, keyOf } from './quotas';
import type { Readiness } from './readiness';
import { judgeReadiness } from './readiness';
import type { Schedule } from './schedule';
import { scheduleOf } from './schedule';
import type { StrategyChoice } from './strategy';
import { chooseStrategy } from './strategy';
import type { Wave } from './waves';
import { planWaves } from './waves';

export interface WorkloadAssessment {
  readonly name: string;
  readonly kind: WorkloadKind;
  readonly wave: number;
  readonly readiness: Readiness;
  readonly strategy: StrategyChoice;
  /** null: it needs no machine. */
  readonly instance: InstanceChoice | null;
  readonly data: readonly MethodChoice[];
  readonly effort: Effort;
  readonly cost: WorkloadCost;
  /** Why it moves when it does. */
  readonly notes: readonly string[];
}

export interface EstateCost {
  readonly before: Total;
  readonly after: Total;
  readonly afterContingency: Figure;
  readonly oneOff: Total;
  readonly oneOffContingency: Figure;
}

export interface Assessment {
  readonly name: string;
  readonly region: string;
  readonly startMs: number | null;
  readonly workloads: readonly WorkloadAssessment[];
  readonly waves: readonly Wave[];
  readonly cycles: readonly (readonly string[])[];
  readonly schedule: Schedule;
  readonly deadline: DeadlineAnswer | null;
  readonly quotas: readonly QuotaAnswer[];
  readonly cost: EstateCost;
  /** Only of kinds that are there. */
  readonly kinds: readonly { readonly kind: WorkloadKind; readonly parts: readonly KindPart[] }[];
}

export function assess(inventory: Inventory, prices: HourlyPrices): Assessment {
  const { waves, cycles, notes } = planWaves(inventory.workloads);
  const choices = inventory.workloads.map((workload) => choose(workload));
  const quotas = judgeQuotas(
    inventory,
    choices.flatMap(({ instance }) => instance ?? []),
  );
  const waveOf = new Map(waves.flatMap(({ number, workloads }) => workloads.map((name) => [name, number] as const)));
  const cycleOf = new Map(cycles.flatMap((cycle) => cycle.map((name) => [name, cycle] as const)));
  const workloads = choices.map(({ workload, ...chosen }): WorkloadAssessment => {
    const { instance, data, effort } = chosen;
    const quota = instance === undefined ? undefined : quotas.get(keyOf(instance.instanceType, instance.market));
    return {
      ...chosen,
      name: workload.name,
      kind: workload.kind,
      wave: waveOf.get(workload.name) ?? 0,
      instance: instance ?? null,
      readiness: judgeReadiness(workload, inventory, { instance, data, quota, cycle: cycleOf.get(workload.name) }),
      cost: costOf(workload, instance, data, effort, inventory, prices),
      notes: notes.get(workload.name) ?? [],
    };
  });
  const days = new Map(workloads.map(({ name, effort }) => [name, effort.days]));
  const daysOf = (name: string): number => days.get(name) ?? 0;
  const schedule = scheduleOf(waves, daysOf, inventory.parallel);
  return {
    name: inventory.name,
    region: inventory.region,
    startMs: inventory.startMs ?? null,
    workloads,
    waves,
    cycles,
    schedule,
    deadline: judgeDeadline(inventory, waves, schedule, daysOf) ?? null,
    quotas: [...quotas.values()],
    cost: estateCost(workloads),
    kinds: WORKLOAD_KINDS.filter((kind) => workloads.some((each) => each.kind === kind)).map((kind) => ({
      kind,
      parts: KIND_PARTS[kind],
    })),
  };
}

interface Chosen {
  readonly workload: InventoryWorkload;
  readonly strategy: StrategyChoice;
  readonly instance: InstanceChoice | undefined;
  readonly data: readonly MethodChoice[];
  readonly effort: Effort;
}

function choose(workload: InventoryWorkload): Chosen {
  const strategy = chooseStrategy(workload);
  const data = chooseDataMoves(workload);
  return { workload, strategy, instance: chooseInstance(workload), data, effort: effortOf(workload, strategy, data) };
}

function estateCost(workloads: readonly WorkloadAssessment[]): EstateCost {
  const before: CostLine[] = workloads.map(({ name, cost }) => ({ what: name, figure: cost.before }));
  const after = addTotals(workloads.map(({ name, cost }) => ({ name, total: cost.afterTotal })));
  const oneOff = addTotals(workloads.map(({ name, cost }) => ({ name, total: cost.oneOffTotal })));
  return {
    before: totalOf(before),
    after,
    afterContingency: contingencyOf(after),
    oneOff,
    oneOffContingency: contingencyOf(oneOff),
  };
}
