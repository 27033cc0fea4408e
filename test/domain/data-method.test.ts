import type { Figure } from '../../src/domain/data-figures';
import { priceOf, timeOf } from '../../src/domain/data-figures';
import { chooseMethod, DATA_METHODS, roadOf } from '../../src/domain/data-method';
import { DATA_PRICES } from '../../src/domain/data-prices';
import type { DataSetSpec, ExpectedData } from '../../src/domain/spec';

const DAY_MS = 86_400_000;
const [GB, TB] = [1e9, 1e12];
/** 1 Gbps. */
const LINE = 125e6;

function dataSet(expected: ExpectedData | undefined, more: Partial<DataSetSpec> = {}): DataSetSpec {
  return {
    name: 'model',
    from: 's3://from',
    to: 's3://to',
    method: 'auto',
    infrequentAccessAfterDays: 30,
    ...(expected === undefined ? {} : { expected }),
    ...more,
  };
}

const near = (bytes: number, more: ExpectedData = {}): ExpectedData => ({ bytes, distance: 'near', ...more });

test.each<[string, DataSetSpec, string]>([
  ['bytes that nobody told', dataSet(undefined), 'sdk'],
  ['one byte below 100 GB', dataSet(near(100 * GB - 1)), 'sdk'],
  ['100 GB', dataSet(near(100 * GB)), 'datasync'],
  ['10 TB', dataSet(near(10 * TB)), 'datasync'],
  ['100 GB of objects from another continent', dataSet({ bytes: 100 * GB, distance: 'far' }), 'transfer-acceleration'],
  [
    '100 GB of files from another continent',
    dataSet({ bytes: 100 * GB, distance: 'far' }, { kind: 'files' }),
    'datasync',
  ],
  [
    'one byte above 10 TB, in another region',
    dataSet({ bytes: 10 * TB + 1, distance: 'other-region' }),
    'bulk-continuous',
  ],
  [
    'one byte above 10 TB, in the same region',
    dataSet({ bytes: 10 * TB + 1, distance: 'same-region' }),
    'bulk-continuous',
  ],
  ['one byte above 10 TB, and no line is told', dataSet(near(10 * TB + 1)), 'snowball'],
  [
    '50 TB over a line that is faster than a device',
    dataSet(near(50 * TB, { bandwidthBytesPerSecond: 10 * LINE })),
    'bulk-continuous',
  ],
  [
    '50 TB over a line that is slower than a device',
    dataSet(near(50 * TB, { bandwidthBytesPerSecond: LINE / 10 })),
    'snowball',
  ],
  [
    '86.4 TB in exactly the 10 days that 1 Gbps at 80 % takes',
    dataSet(near(86.4 * TB, { bandwidthBytesPerSecond: LINE }), { deadlineMs: (10 * DAY_MS) as never }),
    'bulk-continuous',
  ],
  [
    '86.4 TB in a millisecond less than 10 days',
    dataSet(near(86.4 * TB, { bandwidthBytesPerSecond: LINE }), { deadlineMs: (10 * DAY_MS - 1) as never }),
    'snowball',
  ],
  [
    'changes just below what the line carries',
    dataSet(near(50 * TB, { bandwidthBytesPerSecond: LINE, changeBytesPerDay: 8.63 * TB })),
    'snowball',
  ],
  [
    'changes as large as what the line carries',
    dataSet(near(50 * TB, { bandwidthBytesPerSecond: LINE, changeBytesPerDay: 8.64 * TB })),
    'direct-connect',
  ],
  ['a database of any size', dataSet({ bytes: 1 }, { kind: 'database', from: 'postgres://db/models' }), 'dms'],
])('chooseMethod: %s', (_name, written, method) => {
  const choice = chooseMethod(written);
  expect(choice).toMatchObject({ method, advised: method });
  expect(choice.rejected.map((other) => other.method).sort()).toEqual(
    DATA_METHODS.filter((one) => one !== method).sort(),
  );
});

test('chooseMethod: every way that is not taken has its reason', () => {
  const { rejected, reasons } = chooseMethod(dataSet(near(3 * TB, { objects: 1_000, bandwidthBytesPerSecond: LINE })));
  expect(reasons).toEqual(['3 TB is between 100 GB and 10 TB']);
  expect(rejected.filter(({ reason }) => reason === '')).toEqual([]);
  expect(Object.fromEntries(rejected.map(({ method, reason }) => [method, reason]))).toMatchObject({
    snowball: 'for more than 10 TB',
    dms: 'for databases only',
  });
});

test('chooseMethod: the spec’s own word wins, and says what it won over', () => {
  const choice = chooseMethod(dataSet(near(3 * TB), { method: 'sdk' }));
  expect(choice).toMatchObject({ method: 'sdk', advised: 'datasync', carriedOut: 'copied by Crossfade' });
  expect(choice.reasons[0]).toMatch(/the spec says so \(by its size datasync/);
});

test.each<[DataSetSpec['method'], string | undefined]>([
  ['auto', undefined],
  ['sdk', undefined],
  ['bulk-continuous', undefined],
  ['snowball', 'snowball'],
  ['direct-connect', 'direct-connect'],
])('roadOf: %s orders nothing that nobody named', (method, road) => {
  expect(roadOf(dataSet(near(90 * TB), { method }))).toBe(road);
});

test('chooseMethod: a deadline that the way misses, or that nobody can tell, is said', () => {
  const late = chooseMethod(dataSet(near(90 * TB), { deadlineMs: DAY_MS as never }));
  expect(late.reasons.at(-1)).toMatch(/^misses the deadline: 16d .* against 1d$/);
  const unknown = chooseMethod(dataSet(near(1 * GB), { deadlineMs: DAY_MS as never }));
  expect(unknown.reasons.at(-1)).toBe('whether the deadline of 1d holds is not known: expected.bandwidth is not told');
});

test('chooseMethod: what nobody told is taken for the dearer one, and said', () => {
  expect(chooseMethod(dataSet({ bytes: GB })).assumed).toEqual([expect.stringContaining('other-region is taken')]);
  expect(chooseMethod(dataSet({ bytes: GB, distance: 'near' })).assumed).toEqual([]);
});

test.each(DATA_METHODS)('timeOf, priceOf: %s has a formula or a reason, never a silent zero', (method) => {
  const figures: Figure[] = [
    timeOf(method, { distance: 'near' }),
    priceOf(method, { distance: 'near' }),
    timeOf(method, { distance: 'near', bytes: TB }),
    priceOf(method, { distance: 'near', bytes: TB }),
    timeOf(method, { distance: 'near', bytes: TB, objects: 1_000, bandwidthBytesPerSecond: LINE }),
    priceOf(method, { distance: 'near', bytes: TB, objects: 1_000, bandwidthBytesPerSecond: LINE }),
  ];
  const bad = figures.filter((figure) =>
    figure.value === null ? figure.why === '' : figure.value <= 0 || figure.formula === '',
  );
  expect(bad).toEqual([]);
});

test('timeOf: the line’s share, and the objects where they are what takes long', () => {
  const load = { distance: 'near', bytes: TB, bandwidthBytesPerSecond: LINE } as const;
  expect(timeOf('sdk', load)).toEqual({ value: 10_000_000, unit: 'ms', formula: '1 TB ÷ (0.8 × 1 Gbps)' });
  expect(timeOf('sdk', { ...load, objects: 10_000_001 }).value).toBe(10_000_001);
});

test('timeOf: bulk and continuous is never level when changes fill the line', () => {
  const load = { distance: 'near', bytes: TB, bandwidthBytesPerSecond: LINE, changeBytesPerDay: 8.64 * TB } as const;
  expect(timeOf('bulk-continuous', load)).toMatchObject({ value: null, why: expect.stringContaining('never level') });
});

test('priceOf: between regions, by DataSync: requests, transfer and the service', () => {
  const figure = priceOf('datasync', { distance: 'other-region', bytes: TB, objects: 1_000_000 });
  expect(figure.value).toBeCloseTo(5.4 + 20 + 12.5, 6);
});

test('priceOf: devices are whole', () => {
  const price = (bytes: number): number => priceOf('snowball', { distance: 'near', bytes, objects: 1 }).value ?? NaN;
  expect([price(80 * TB), price(80 * TB + 1)].map(Math.round)).toEqual([300, 600]);
});

test('DATA_PRICES: each has its date and its source', () => {
  for (const price of Object.values(DATA_PRICES)) {
    expect(price.asOf).toMatch(/^20\d\d-\d\d$/);
    expect(price.source).toMatch(/^https:\/\/aws\.amazon\.com\//);
  }
});
