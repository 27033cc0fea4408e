/** On-demand prices of instance types, from the AWS Price List API: served in few regions, for all of them. */
import type { Filter, GetProductsCommandOutput, PricingClient } from '@aws-sdk/client-pricing';
import { GetProductsCommand } from '@aws-sdk/client-pricing';
import type { HourlyPrice } from '../domain/hourly-prices';
import { awsCall } from './aws-errors';
import { exactlyOne } from './found';

/** Where the API is asked; it knows the prices of every region. */
export const PRICE_LIST_REGION = 'us-east-1';

const HOURS = 'Hrs';

interface Product {
  readonly publicationDate?: string;
  readonly terms?: { readonly OnDemand?: Readonly<Record<string, Term>> };
}

interface Term {
  readonly priceDimensions?: Readonly<
    Record<string, { readonly unit?: string; readonly pricePerUnit?: { readonly USD?: string } }>
  >;
}

/** @returns only types that the list has a price for. @throws NotExactlyOne when it has several, and AWS's own errors. */
export async function readHourlyPrices(
  client: PricingClient,
  region: string,
  instanceTypes: readonly string[],
): Promise<Map<string, HourlyPrice>> {
  const prices = new Map<string, HourlyPrice>();
  for (const instanceType of instanceTypes) {
    const price = await readPrice(client, region, instanceType);
    if (price !== undefined) prices.set(instanceType, price);
  }
  return prices;
}

async function readPrice(
  client: PricingClient,
  region: string,
  instanceType: string,
): Promise<HourlyPrice | undefined> {
  const products: Product[] = [];
  let token: string | undefined;
  do {
    const command = new GetProductsCommand({
      ServiceCode: 'AmazonEC2',
      Filters: filtersOf(region, instanceType),
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page: GetProductsCommandOutput = await awsCall('pricing:GetProducts', instanceType, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    // The SDK's own type of it is none.
    const texts = (page.PriceList ?? []) as readonly unknown[];
    products.push(...texts.map((text) => JSON.parse(String(text)) as Product));
    token = page.NextToken;
  } while (token);
  const found = products.flatMap(pricesIn);
  if (found.length === 0) return undefined;
  const usd = exactlyOne([...new Set(found)], `on-demand price of ${instanceType} in ${region}`);
  const date = products[0]?.publicationDate?.slice(0, 10) ?? 'no date';
  return { usd, from: `AWS Price List of ${date} for ${region}` };
}

/** Above 0: what is reserved or in a capacity block is listed with no price of its own. */
function pricesIn({ terms }: Product): number[] {
  return Object.values(terms?.OnDemand ?? {})
    .flatMap(({ priceDimensions }) => Object.values(priceDimensions ?? {}))
    .filter(({ unit }) => unit === HOURS)
    .map(({ pricePerUnit }) => Number(pricePerUnit?.USD))
    .filter((usd) => usd > 0);
}

function filtersOf(region: string, instanceType: string): Filter[] {
  const wanted: Readonly<Record<string, string>> = {
    regionCode: region,
    instanceType,
    operatingSystem: 'Linux',
    tenancy: 'Shared',
    preInstalledSw: 'NA',
    capacitystatus: 'Used',
    marketoption: 'OnDemand',
  };
  return Object.entries(wanted).map(([Field, Value]) => ({ Type: 'TERM_MATCH', Field, Value }));
}
