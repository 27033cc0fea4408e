import { PricingClient } from '@aws-sdk/client-pricing';
import { PRICE_LIST_REGION, readHourlyPrices } from '../adapters/price-list';
import type { HourlyPrice } from '../domain/hourly-prices';

const ATTEMPTS_MAX = 2;

/** With the credentials of whoever runs it. */
export async function readPrices(
  region: string,
  instanceTypes: readonly string[],
): Promise<ReadonlyMap<string, HourlyPrice>> {
  const client = new PricingClient({ region: PRICE_LIST_REGION, maxAttempts: ATTEMPTS_MAX });
  try {
    return await readHourlyPrices(client, region, instanceTypes);
  } finally {
    client.destroy();
  }
}
