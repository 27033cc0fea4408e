/**
 * Instances that follow the traffic, hour by hour, instead of standing there for its peak.
 *
 *   needed of an hour = the fleet's number × requests of the hour ÷ requests of the busiest one, rounded up
 *   saving            = (the fleet's number - average of needed) × price × 730 h
 *
 * The fleet's number, once it is right-sized, is taken to be what the busiest hour needs.
 */
import type { HourlyPrices } from '../domain/hourly-prices';
import type { ObservedTarget } from '../domain/observed';
import { unknownUsd, usd } from '../assess';
import type { Advice, Fleet, NoAdvice } from './advice';
import { average, digits, enoughHours, highest } from './advice';
import { HOURS_MIN, HOURS_PER_MONTH, SAVING_MIN } from './assumptions';

const kind = 'autoscaling';

export interface Scaled {
  readonly answer: Advice | NoAdvice;
  /** Fewest at any hour once the advice is followed: what runs always. */
  readonly floor: number;
}

/** @param scalesOn what it scales on already; undefined: it does not. */
export function autoscale(
  observed: ObservedTarget,
  fleet: Fleet,
  countMin: number,
  scalesOn: string | undefined,
  prices: HourlyPrices,
): Scaled {
  if (scalesOn !== undefined) {
    const least = observed.hours.reduce((fewest, { instances = fewest }) => Math.min(fewest, instances), fleet.count);
    return { answer: { kind, why: `it scales already, on ${scalesOn}` }, floor: Math.floor(least) };
  }
  const floor = Math.floor(fleet.count);
  const hours = enoughHours(observed, ['requests'], HOURS_MIN);
  if (typeof hours === 'string') return { answer: { kind, why: hours }, floor };
  const most = highest(hours, 'requests') ?? 0;
  if (!(most > 0)) return { answer: { kind, why: 'the target was asked nothing in these hours' }, floor };
  const count = Math.ceil(fleet.count - 1e-9);
  const needed = hours.map(({ requests = 0 }) => Math.max(1, countMin, Math.ceil((count * requests) / most - 1e-9)));
  const mean = average(needed);
  const least = Math.min(...needed);
  if (mean > fleet.count * (1 - SAVING_MIN))
    return {
      answer: {
        kind,
        why: `the traffic needs ${digits(mean)} of ${digits(fleet.count)} instances on average: nothing to follow`,
      },
      floor,
    };
  const price = prices(fleet.instanceType);
  const peak = Math.max(...needed);
  return {
    floor: least,
    answer: {
      kind,
      what: `scale between ${least} and ${peak} × ${fleet.instanceType} on what says how busy they are, not on CPU`,
      saving:
        price === undefined
          ? unknownUsd(`no price of ${fleet.instanceType} is known`)
          : usd(
              (fleet.count - mean) * price.usd * HOURS_PER_MONTH,
              `(${digits(fleet.count)} - ${digits(mean)} instances on average) × USD ${price.usd}/h × ${HOURS_PER_MONTH} h/month; each hour ${count} × its requests ÷ ${most} of the busiest, rounded up, at least ${Math.max(1, countMin)} (${fleet.instanceType}; ${price.from})`,
            ),
      inputs: [
        { name: 'hours', value: hours.length, unit: 'hours', source: observed.sources.requests ?? '' },
        {
          name: 'requests, busiest hour',
          value: most,
          unit: 'requests an hour',
          source: observed.sources.requests ?? '',
        },
        {
          name: 'requests, average',
          value: average(hours.map(({ requests = 0 }) => requests)),
          unit: 'requests an hour',
          source: observed.sources.requests ?? '',
        },
      ],
      caution:
        'an instance that has to load a model first comes minutes late: keep that much room below the limit that scales out',
    },
  };
}
