/** What Cost Explorer says was paid, beside what the plan had said. */
import type { Figure } from '../domain/data-figures';
import type { ObservedCost } from '../domain/observed';
import { totalOf, unknownUsd, usd } from '../assess';
import type { CostLine } from '../assess';
import { digits } from './advice';
import { DAYS_PER_MONTH } from './assumptions';

/** Fewer days say nothing of a month. */
const DAYS_MIN = 7;

export interface CostComparison {
  readonly from: string;
  readonly to: string;
  /** A month, at the pace of these days. */
  readonly paid: Figure;
  readonly estimated: Figure;
  /** What was paid over the estimate; undefined: one of them is not known. */
  readonly ratio?: number;
  readonly services: ObservedCost['services'];
  /** What must be known to read it. */
  readonly notes: readonly string[];
}

/** @param estimate the plan's monthly lines. */
export function compareCost(cost: ObservedCost, estimate: readonly CostLine[]): CostComparison {
  const paid = paidOf(cost);
  const estimated = estimateOf(estimate);
  const ratio =
    paid.value === null || estimated.value === null || estimated.value === 0 ? undefined : paid.value / estimated.value;
  return {
    from: cost.from,
    to: cost.to,
    paid,
    estimated,
    ...(ratio === undefined ? {} : { ratio }),
    services: cost.services,
    notes: [
      'the estimate has the instances alone: storage, load balancers and transfer are paid for besides',
      ...(cost.isEstimated ? ['AWS still changes some of these days'] : []),
    ],
  };
}

function paidOf({ dayCount, services, from, to }: ObservedCost): Figure {
  if (dayCount === 0)
    return unknownUsd(
      'nothing bears the tag crossfade:workload in Cost Explorer: activate it as a cost allocation tag, which counts from then on',
    );
  if (dayCount < DAYS_MIN) return unknownUsd(`${dayCount} day(s) with cost, ${DAYS_MIN} are needed`);
  const sum = services.reduce((total, { usd: value }) => total + value, 0);
  return usd(
    (sum / dayCount) * DAYS_PER_MONTH,
    `USD ${sum.toFixed(2)} from ${from} to ${to} ÷ ${dayCount} days with cost × ${digits(DAYS_PER_MONTH)} days/month (Cost Explorer, UnblendedCost)`,
  );
}

function estimateOf(lines: readonly CostLine[]): Figure {
  const { usd: value, formula, missing } = totalOf(lines);
  if (lines.length === 0) return unknownUsd('the plan builds nothing that serves');
  return missing.length > 0 ? unknownUsd(missing.join('; ')) : usd(value, formula);
}
