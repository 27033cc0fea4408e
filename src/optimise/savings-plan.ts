/** A promise for a year on what runs always. Never on what comes and goes: that is paid for, used or not. */
import type { HourlyPrices } from '../domain/hourly-prices';
import type { ObservedTarget } from '../domain/observed';
import { unknownUsd, usd } from '../assess';
import type { Advice, NoAdvice } from './advice';
import { digits } from './advice';
import { HOURS_PER_MONTH, PLAN_HOURS_MIN } from './assumptions';

const kind = 'savings-plan';

/** @param floor how many run at every hour. @param share of on-demand that the plan saves. Range: 0 to 1. */
export function savingsPlan(
  { hours, sources }: ObservedTarget,
  { instanceType, floor }: { readonly instanceType: string; readonly floor: number },
  share: number,
  prices: HourlyPrices,
): Advice | NoAdvice {
  if (hours.length < PLAN_HOURS_MIN)
    return {
      kind,
      why: `it binds for a year, and the target was seen for ${hours.length} hour(s): ${PLAN_HOURS_MIN} are needed`,
    };
  if (floor < 1) return { kind, why: 'no instance runs at every hour' };
  const price = prices(instanceType);
  const name = instanceType.startsWith('ml.') ? 'SageMaker Savings Plan' : 'Compute Savings Plan';
  const commitment = price === undefined ? undefined : floor * price.usd * (1 - share);
  const told = commitment === undefined ? '' : ` of USD ${digits(commitment)}/h`;
  return {
    kind,
    what: `a ${name}${told} for one year, nothing upfront, on the ${floor} × ${instanceType} that run at every hour`,
    saving:
      price === undefined
        ? unknownUsd(`no price of ${instanceType} is known`)
        : usd(
            floor * price.usd * share * HOURS_PER_MONTH,
            `${floor} × USD ${price.usd}/h × ${digits(share * 100)} % (assumed; Cost Explorer tells the rate of type and region) × ${HOURS_PER_MONTH} h/month (${instanceType}; ${price.from})`,
          ),
    inputs: [
      {
        name: 'instances at every hour',
        value: floor,
        unit: 'instances',
        source: sources.instances ?? sources.requests ?? 'the spec',
      },
      { name: 'hours', value: hours.length, unit: 'hours', source: sources.instances ?? sources.requests ?? '' },
    ],
    caution: 'do what stands above first: a plan is paid for its whole year, also for instances that went',
  };
}
