import { PricingClient } from '@aws-sdk/client-pricing';
import { readHourlyPrices } from '../../src/adapters/price-list';
import { closeWires, openWire } from './wire';
import type { WireAnswer, WireRequest } from './wire';

afterEach(closeWires);

const product = (usd: string, unit = 'Hrs'): string =>
  JSON.stringify({
    publicationDate: '2026-11-01T00:00:00Z',
    terms: { OnDemand: { term: { priceDimensions: { one: { unit, pricePerUnit: { USD: usd } } } } } },
  });

interface Asked {
  readonly ServiceCode: string;
  readonly NextToken?: string;
  readonly Filters: readonly { readonly Type: string; readonly Field: string; readonly Value: string }[];
}

const page = (products: readonly string[], NextToken?: string): WireAnswer => ({
  body: JSON.stringify({
    FormatVersion: 'aws_v1',
    PriceList: products,
    ...(NextToken === undefined ? {} : { NextToken }),
  }),
});

async function pricesFrom(
  answer: (asked: Asked) => WireAnswer,
): Promise<{ prices: Map<string, unknown>; seen: Asked[] }> {
  const wire = await openWire((request: WireRequest) => answer(JSON.parse(request.body) as Asked));
  const prices = await readHourlyPrices(new PricingClient(wire.client), 'eu-west-1', ['g5.xlarge']);
  return { prices, seen: wire.seen.map(({ body }) => JSON.parse(body) as Asked) };
}

test('price list: asks for Linux on shared hosts of the region, and says the date of the list', async () => {
  const { prices, seen } = await pricesFrom(() => page([product('1.1230000000')]));
  expect(prices.get('g5.xlarge')).toEqual({ usd: 1.123, from: 'AWS Price List of 2026-11-01 for eu-west-1' });
  expect(seen[0]?.ServiceCode).toBe('AmazonEC2');
  expect(Object.fromEntries(seen[0]?.Filters.map(({ Field, Value }) => [Field, Value]) ?? [])).toMatchObject({
    regionCode: 'eu-west-1',
    instanceType: 'g5.xlarge',
    operatingSystem: 'Linux',
    tenancy: 'Shared',
  });
});

test('price list: follows every page', async () => {
  const { prices, seen } = await pricesFrom(({ NextToken }) =>
    NextToken === undefined ? page([], 'more') : page([product('1.123')]),
  );
  expect(seen).toHaveLength(2);
  expect(prices.get('g5.xlarge')).toMatchObject({ usd: 1.123 });
});

test.each([
  ['no product', []],
  ['a price of nothing', [product('0.0000000000')]],
  ['a price of something else', [product('5', 'Quantity')]],
])('price list: %s is no price', async (_fact, products) => {
  const { prices } = await pricesFrom(() => page(products));
  expect([...prices]).toEqual([]);
});

test('price list: two different prices are an error, the same one twice is not', async () => {
  await expect(pricesFrom(() => page([product('1'), product('2')]))).rejects.toMatchObject({ code: 'NotExactlyOne' });
  const { prices } = await pricesFrom(() => page([product('1'), product('1')]));
  expect(prices.get('g5.xlarge')).toMatchObject({ usd: 1 });
});
