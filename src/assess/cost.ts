/** What a workload costs a month, before and after, and what the move itself costs. Every figure has its formula. */
import type { Figure } from '../domain/data-figures';
import type { MethodChoice } from '../domain/data-method';
import { formatBytes } from '../domain/data-quantity';
import type { HourlyPrices } from '../domain/hourly-prices';
import type { Inventory, InventoryWorkload } from '../domain/inventory';
import { CONTINGENCY, CROSS_ZONE_USD_PER_GB, PROVE, SPOT_SHARE, STORAGE_USD_PER_GB } from './assumptions';
import type { InstanceChoice } from './choose-instance';
import type { Effort } from './effort';
import type { CostLine, Total } from './figures';
import { totalOf, unknownUsd, usd } from './figures';

export interface WorkloadCost {
  readonly before: Figure;
  readonly after: readonly CostLine[];
  readonly afterTotal: Total;
  readonly oneOff: readonly CostLine[];
  readonly oneOffTotal: Total;
}

const GB = 1e9;
const SECONDS_PER_MONTH = 730 * 3_600;
const DAYS_PER_MONTH = 365 / 12;
/** Of requests in a fleet over three zones, those that cross to another one. */
const CROSS_ZONE_SHARE = 2 / 3;

export function costOf(
  workload: InventoryWorkload,
  instance: InstanceChoice | undefined,
  data: readonly MethodChoice[],
  effort: Effort,
  { dayRateUsd }: Inventory,
  prices: HourlyPrices,
): WorkloadCost {
  const machines = instance === undefined ? [] : [{ what: 'instances', figure: machinesOf(instance, prices) }];
  const after = [...machines, ...storageOf(workload), ...crossZoneOf(workload)];
  const oneOff = [
    ...data.map(({ dataSet, price }) => ({ what: `data ${dataSet}`, figure: price })),
    ...machines.map(({ figure }) => ({ what: 'both sides run', figure: bothSidesOf(figure, workload) })),
    { what: 'work', figure: workOf(effort, dayRateUsd) },
  ];
  return {
    before:
      workload.monthlyUsdNow === undefined
        ? unknownUsd('monthlyUsdNow is not told')
        : usd(workload.monthlyUsdNow, 'as the inventory says, USD a month'),
    after,
    afterTotal: totalOf(after),
    oneOff,
    oneOffTotal: totalOf(oneOff),
  };
}

function machinesOf({ instanceType, market, count, hoursPerMonth }: InstanceChoice, prices: HourlyPrices): Figure {
  const price = prices(instanceType);
  if (price === undefined) return unknownUsd(`no price of ${instanceType} is known`);
  const share = market === 'spot' ? SPOT_SHARE : 1;
  const spot = market === 'spot' ? ` × ${SPOT_SHARE} for Spot (assumed; it changes by the hour)` : '';
  return usd(
    count * hoursPerMonth * price.usd * share,
    `${count} × ${hoursPerMonth} h/month × USD ${price.usd}/h${spot} (${instanceType}; ${price.from})`,
  );
}

function storageOf({ data }: InventoryWorkload): CostLine[] {
  return data
    .filter(({ kind }) => kind !== 'database')
    .map(({ name, expected: { bytes } }) => ({
      what: `storage ${name}`,
      figure:
        bytes === undefined
          ? unknownUsd('expected.bytes is not told')
          : usd(
              (bytes / GB) * STORAGE_USD_PER_GB,
              `${formatBytes(bytes)} × USD ${STORAGE_USD_PER_GB}/GB/month of S3 Standard`,
            ),
    }));
}

function crossZoneOf({ kind, requestsPerSecond, requestBytes }: InventoryWorkload): CostLine[] {
  if (kind !== 'inference') return [];
  const what = 'transfer between zones';
  if (requestsPerSecond === undefined || requestBytes === undefined)
    return [{ what, figure: unknownUsd('requestsPerSecond and requestSize are not both told') }];
  const gb = (requestsPerSecond * SECONDS_PER_MONTH * requestBytes) / GB;
  return [
    {
      what,
      figure: usd(
        gb * CROSS_ZONE_SHARE * 2 * CROSS_ZONE_USD_PER_GB,
        `${requestsPerSecond} requests/s × ${SECONDS_PER_MONTH} s/month × ${formatBytes(requestBytes)} × 2/3 to another zone × 2 ways × USD ${CROSS_ZONE_USD_PER_GB}/GB`,
      ),
    },
  ];
}

function bothSidesOf(monthly: Figure, { kind }: InventoryWorkload): Figure {
  if (monthly.value === null) return monthly;
  const { days } = PROVE[kind];
  return usd(
    (monthly.value * days) / DAYS_PER_MONTH,
    `USD ${monthly.value.toFixed(2)}/month × ${days} days ÷ ${DAYS_PER_MONTH.toFixed(1)} days/month`,
  );
}

function workOf({ prepareDays }: Effort, dayRateUsd: number | undefined): Figure {
  return dayRateUsd === undefined
    ? unknownUsd(`${prepareDays} days of work, and dayRateUsd is not told`)
    : usd(prepareDays * dayRateUsd, `${prepareDays} days × USD ${dayRateUsd}/day`);
}

/** A line of its own: what is put aside, not what is expected. */
export function contingencyOf(total: Total): Figure {
  return usd(total.usd * CONTINGENCY, `${CONTINGENCY * 100} % × USD ${total.usd.toFixed(2)}`);
}
