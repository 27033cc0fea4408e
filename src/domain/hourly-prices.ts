/** What an instance costs an hour, and who says so. */
import {
  INSTANCE_PRICES_AS_OF,
  INSTANCE_PRICES_REGION,
  INSTANCE_PRICES_SOURCE,
  INSTANCE_TYPES,
} from './instance-types';

export interface HourlyPrice {
  /** USD an hour, on demand. */
  readonly usd: number;
  /** Where it stands, with its date and region. */
  readonly from: string;
}

/** @returns undefined when nobody knows the price: a caller says so, and never takes it for nothing. */
export type HourlyPrices = (instanceType: string) => HourlyPrice | undefined;

export const TABLE_PRICES: HourlyPrices = (instanceType) => {
  const known = INSTANCE_TYPES.get(instanceType);
  return known === undefined
    ? undefined
    : {
        usd: known.usdPerHour,
        from: `table of ${INSTANCE_PRICES_AS_OF} for ${INSTANCE_PRICES_REGION}, not held against ${INSTANCE_PRICES_SOURCE} yet`,
      };
};

/** The given prices first, the table for what they do not name. */
export function pricesWith(given: ReadonlyMap<string, HourlyPrice>): HourlyPrices {
  return (instanceType) => given.get(instanceType) ?? TABLE_PRICES(instanceType);
}
