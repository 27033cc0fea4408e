/** How long one workload takes, and of what. */
import type { MethodChoice } from '../domain/data-method';
import type { InventoryWorkload } from '../domain/inventory';
import { PREPARE_DAYS, PROVE } from './assumptions';
import { DAY_MS } from './deadline';
import type { StrategyChoice } from './strategy';

export interface Effort {
  /** Unit: days. */
  readonly days: number;
  readonly prepareDays: number;
  readonly formula: string;
  /** What is not in it, and why. */
  readonly missing: readonly string[];
}

export function effortOf(
  { kind }: InventoryWorkload,
  { strategy }: StrategyChoice,
  data: readonly MethodChoice[],
): Effort {
  const prepareDays = PREPARE_DAYS[strategy];
  const proof = PROVE[kind];
  // Data sets move at the same time: the slowest one counts.
  const dataDays = Math.max(0, ...data.map(({ time }) => (time.value === null ? 0 : time.value / DAY_MS)));
  const moved = dataDays > 0 ? ` + ${round(dataDays)} d data (slowest data set)` : '';
  return {
    days: prepareDays + dataDays + proof.days,
    prepareDays,
    formula: `${prepareDays} d to prepare a ${strategy}${moved} + ${proof.days} d proof (${proof.formula})`,
    missing: data.flatMap(({ dataSet, time }) => (time.value === null ? [`data ${dataSet}: ${time.why}`] : [])),
  };
}

const round = (days: number): number => Math.round(days * 10) / 10;
