import { join } from 'node:path';
import { parseSpec, readSpecFile, specProblems } from '../../src/spec';
import { EXAMPLES, minimalDocument, withValue } from './support';

const SIDE = { requests: 'sum(a[$window])', errors: 'sum(b[$window])', latency: 'sum by (le) (c[$window])' };
const PROMETHEUS = { kind: 'prometheus', url: 'http://prometheus:9090/', source: SIDE, target: SIDE };
const CLOUDWATCH = { kind: 'cloudwatch' };
const GPU = { name: 'gpu', namespace: 'Ranker', metricName: 'Utilization', stat: 'Average' };

const parsed = (metrics: object) => parseSpec(withValue(minimalDocument(), 'source.metrics', metrics)).source.metrics;
const problems = (metrics: object): string[] =>
  specProblems(withValue(minimalDocument(), 'source.metrics', metrics)).map(
    ({ path, problem }) => `${path} ${problem}`,
  );

test('metrics: both sources wait for the slower one’s datapoints', () => {
  expect(parsed({ ...PROMETHEUS, standIn: CLOUDWATCH })).toMatchObject({
    kind: 'prometheus',
    lagMs: 180_000,
    standIn: { kind: 'cloudwatch', lagMs: 180_000, periodSeconds: 60 },
  });
  expect(parsed({ ...CLOUDWATCH, lag: '10s', standIn: { ...PROMETHEUS, lag: '5s' } })).toMatchObject({
    lagMs: 10_000,
    standIn: { lagMs: 10_000, url: 'http://prometheus:9090' },
  });
});

test('metrics: the latencies that guardrails name are asked of both sources', () => {
  const { quantiles, standIn } = parsed({ ...PROMETHEUS, standIn: CLOUDWATCH });
  expect([quantiles, standIn?.quantiles]).toEqual([['p99'], ['p99']]);
});

test('metrics: own queries keep what is written, and nothing is made up for what is not', () => {
  expect(parsed({ ...CLOUDWATCH, queries: [GPU] }).queries).toEqual([{ ...GPU, dimensions: {} }]);
  const whole = { ...GPU, dimensions: { Fleet: 'a' }, targetDimensions: { Fleet: 'b' }, unit: 'Bytes/Second' };
  expect(parsed({ ...CLOUDWATCH, queries: [whole] }).queries).toEqual([whole]);
  const queries = [{ name: 'queue', source: 'max(depth)' }];
  expect(parsed({ ...PROMETHEUS, queries }).queries).toEqual(queries);
});

test('metrics: the example of Prometheus has segments, own queries and a stand-in', () => {
  expect(parseSpec(readSpecFile(join(EXAMPLES, 'prometheus.yaml'))).source.metrics).toMatchObject({
    segmentBy: 'model',
    queries: [{ name: 'gpu' }, { name: 'tokens' }],
    standIn: { kind: 'cloudwatch' },
  });
});

test('metrics: Prometheus keeps its samples as long as it is told to, and no limit of CloudWatch holds for it', () => {
  const document = withValue(minimalDocument(), 'source.metrics', PROMETHEUS);
  expect(specProblems(withValue(document, 'baseline', { window: '30d' }))).toEqual([]);
});

test.each<[string, object, RegExp]>([
  [
    'a stand-in of another period',
    { ...PROMETHEUS, period: '30s', standIn: CLOUDWATCH },
    /^source\.metrics\.standIn\.period must be that of source\.metrics \(30s\)/,
  ],
  [
    'a stand-in for the stand-in',
    { ...PROMETHEUS, standIn: { ...CLOUDWATCH, standIn: PROMETHEUS } },
    /^source\.metrics\.standIn\.standIn unknown key/,
  ],
  ['a stand-in of no kind', { ...PROMETHEUS, standIn: { kind: 'datadog' } }, /standIn\.kind is not supported/],
  ['the label of buckets', { ...PROMETHEUS, segmentBy: 'le' }, /segmentBy must not be le/],
  ['a label that is none', { ...PROMETHEUS, segmentBy: 'a-b' }, /segmentBy must be the name of a label/],
  ['segments of CloudWatch', { ...CLOUDWATCH, segmentBy: 'model' }, /segmentBy unknown key/],
  [
    'two queries of one name',
    {
      ...PROMETHEUS,
      queries: [
        { name: 'x', source: 'a' },
        { name: 'x', source: 'b' },
      ],
    },
    /queries\[1\]\.name is there twice/,
  ],
  ['a unit of no datapoint', { ...CLOUDWATCH, queries: [{ ...GPU, unit: 'Hours' }] }, /queries\[0\]\.unit/],
  [
    'more queries than Prometheus is asked',
    { ...PROMETHEUS, queries: Array.from({ length: 21 }, (_, index) => ({ name: `q${index}`, source: 'x' })) },
    /source\.metrics\.queries/,
  ],
])('metrics: %s is refused with its path', (_what, metrics, words) => {
  expect(problems(metrics)).toEqual([expect.stringMatching(words)]);
});
