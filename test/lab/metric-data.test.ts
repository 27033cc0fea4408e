import { checkQueries, pageOf } from '../../lab/gateway/metric-data';
import type { GetMetricDataInput, MetricDataPage, MetricDataQuery } from '../../lab/gateway/metric-data';
import { withOutage } from '../../lab/gateway/simulate';

const query = (id: string, change: Partial<NonNullable<MetricDataQuery['MetricStat']>> = {}): MetricDataQuery => ({
  Id: id,
  MetricStat: { Metric: { Namespace: 'n', MetricName: 'm' }, Period: 1, Stat: 'Sum', ...change },
});

const input = (change: Partial<GetMetricDataInput> = {}): GetMetricDataInput => ({
  MetricDataQueries: [query('a')],
  StartTime: 0,
  EndTime: 60,
  ...change,
});

const points = (count: number): { t: number; value: number }[] =>
  Array.from({ length: count }, (_, t) => ({ t, value: t }));

function readAll(request: GetMetricDataInput, results: Parameters<typeof pageOf>[1]): MetricDataPage[] {
  const pages = [pageOf(request, results)];
  for (let next = pages[0]?.NextToken; next !== undefined; next = pages.at(-1)?.NextToken) {
    pages.push(pageOf({ ...request, NextToken: next }, results));
  }
  return pages;
}

test.each([1, 2, 3, 7, 100])('pageOf: every point comes exactly once with %d points a page', (MaxDatapoints) => {
  const results = [
    { query: query('a'), points: points(5) },
    { query: query('b'), points: [] },
    { query: query('c'), points: points(4) },
  ];

  const pages = readAll(input({ MaxDatapoints, ScanBy: 'TimestampAscending' }), results);

  const values = (id: string): number[] =>
    pages.flatMap((page) => page.MetricDataResults.filter(({ Id }) => Id === id).flatMap(({ Values }) => Values));
  expect([values('a'), values('b'), values('c')]).toEqual([[0, 1, 2, 3, 4], [], [0, 1, 2, 3]]);
});

test('pageOf: a result that goes on is PartialData, and Complete on its last page', () => {
  const pages = readAll(input({ MaxDatapoints: 2 }), [{ query: query('a'), points: points(5) }]);

  expect(pages.map((page) => page.MetricDataResults.map(({ StatusCode }) => StatusCode))).toEqual([
    ['PartialData'],
    ['PartialData'],
    ['Complete'],
  ]);
});

test('pageOf: newest first unless asked otherwise', () => {
  const [result] = pageOf(input(), [{ query: query('a'), points: points(3) }]).MetricDataResults;

  expect(result?.Values).toEqual([2, 1, 0]);
});

test('pageOf: a metric without data is there, complete and empty', () => {
  const page = pageOf(input(), [{ query: query('a'), points: [] }]);

  expect(page).toEqual({
    MetricDataResults: [{ Id: 'a', Label: 'm', Timestamps: [], Values: [], StatusCode: 'Complete' }],
  });
});

test('pageOf: a token of nobody is refused', () => {
  expect(() => pageOf(input({ NextToken: 'nonsense' }), [])).toThrow(
    expect.objectContaining({ code: 'InvalidNextToken' }),
  );
});

test.each([
  ['an end before the start', input({ StartTime: 60, EndTime: 60 })],
  ['a period that AWS does not know', input({ MetricDataQueries: [query('a', { Period: 7 })] })],
  ['a statistic that AWS does not know', input({ MetricDataQueries: [query('a', { Stat: 'Median' })] })],
  ['an ID that begins with a capital', input({ MetricDataQueries: [query('A')] })],
  ['an ID used twice', input({ MetricDataQueries: [query('a'), query('a')] })],
])('checkQueries: %s is a ValidationError', (_what, request) => {
  expect(() => checkQueries(request)).toThrow(expect.objectContaining({ code: 'ValidationError' }));
});

test.each([
  ['partial', 'PartialData', 2],
  ['internal_error', 'InternalError', 0],
  ['empty', 'Complete', 0],
] as const)('withOutage: %s comes as StatusCode %s', (kind, status, count) => {
  const page = withOutage(pageOf(input(), [{ query: query('a'), points: points(5) }]), kind);

  expect(
    page.MetricDataResults.map(({ StatusCode, Values, Timestamps }) => [StatusCode, Values.length, Timestamps.length]),
  ).toEqual([[status, count, count]]);
});
