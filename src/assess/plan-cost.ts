/** What one migration costs: the target a month, both sides while it lasts, the data. */
import type { Figure } from '../domain/data-figures';
import { chooseMethod } from '../domain/data-method';
import type { HourlyPrices } from '../domain/hourly-prices';
import type { Plan } from '../domain/plan';
import type { MigrationSpec } from '../domain/spec';
import { CONTINGENCY } from './assumptions';
import { contingencyOf } from './cost';
import type { CostLine, Total } from './figures';
import { totalOf, unknownUsd, usd } from './figures';

export interface PlanCost {
  readonly monthly: readonly CostLine[];
  readonly oneOff: readonly CostLine[];
  readonly oneOffTotal: Total;
  /** A line of its own. */
  readonly contingency: Figure;
  readonly contingencyShare: number;
}

const HOURS_PER_MONTH = 730;
const HOUR_MS = 3_600_000;

interface Machines {
  readonly what: string;
  readonly instanceType: string;
  readonly count: number;
}

export function planCost(spec: MigrationSpec, plan: Plan, prices: HourlyPrices): PlanCost {
  const machines = machinesOf(spec);
  const hours = (plan.shortestMs - plan.baselineWindowMs) / HOUR_MS;
  const oneOff = [
    ...machines.map((each) => ({
      what: `${each.what} beside the source`,
      figure: costOf(each, prices, hours, 'h from the environment to the end'),
    })),
    ...spec.data.map((dataSet) => ({ what: `data ${dataSet.name}`, figure: chooseMethod(dataSet).price })),
  ];
  const oneOffTotal = totalOf(oneOff);
  return {
    monthly: machines.map((each) => ({
      what: each.what,
      figure: costOf(each, prices, HOURS_PER_MONTH, 'h/month'),
    })),
    oneOff,
    oneOffTotal,
    contingency: contingencyOf(oneOffTotal),
    contingencyShare: CONTINGENCY,
  };
}

function machinesOf({ target }: MigrationSpec): Machines[] {
  const { ec2, sagemaker } = target;
  return [
    ...(ec2 === undefined ? [] : [{ what: 'target instances', instanceType: ec2.instanceType, count: ec2.desired }]),
    ...(sagemaker === undefined
      ? []
      : [{ what: 'endpoint instances', instanceType: sagemaker.instanceType, count: sagemaker.instanceCount }]),
    ...(sagemaker?.proxy === undefined
      ? []
      : [{ what: 'proxies', instanceType: sagemaker.proxy.instanceType, count: sagemaker.proxy.desired }]),
  ];
}

function costOf({ instanceType, count }: Machines, prices: HourlyPrices, hours: number, unit: string): Figure {
  const price = prices(instanceType);
  if (price === undefined) return unknownUsd(`no price of ${instanceType} is known`);
  return usd(
    count * hours * price.usd,
    `${count} × ${Math.round(hours)} ${unit} × USD ${price.usd}/h (${instanceType}, on demand; ${price.from})`,
  );
}
