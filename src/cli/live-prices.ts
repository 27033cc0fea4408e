import type { HourlyPrices } from '../domain/hourly-prices';
import { pricesWith, TABLE_PRICES } from '../domain/hourly-prices';
import type { Cli } from './cli';
import { describeFailure } from './failure';

/** Of the AWS Price List. The table stands in for whatever the list does not answer, and says so. */
export async function livePrices(cli: Cli, region: string, instanceTypes: readonly string[]): Promise<HourlyPrices> {
  try {
    return pricesWith(await cli.readPrices(region, [...new Set(instanceTypes)]));
  } catch (error) {
    const { code, message } = describeFailure(error);
    cli.io.err(`the AWS Price List does not answer, so the table stands in: ${code}: ${message}`);
    return TABLE_PRICES;
  }
}
