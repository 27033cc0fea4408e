import { specProblems } from '../../src/spec';
import { completeDocument, withValue } from './support';

test.each<[string, string, unknown, string, RegExp]>([
  ['prices of one side', 'guardrails.cost', { source: { perHour: 1 } }, 'guardrails.cost.target', /is required/],
  [
    'a source that costs nothing',
    'guardrails.cost.source',
    {},
    'guardrails.cost.source',
    /needs a price above 0: perHour, perRequest/,
  ],
  [
    'a target that costs nothing',
    'guardrails.cost.target',
    {},
    'guardrails.cost.target',
    /needs a price above 0: perInstanceHour/,
  ],
  ['a negative price', 'guardrails.cost.source.perHour', -1, 'guardrails.cost.source.perHour', /must be at least 0/],
  [
    'a load that nobody measures',
    'guardrails.cost.load.query',
    'cpu',
    'guardrails.cost.load.query',
    /is none of source.metrics.queries \(gpu\)/,
  ],
  [
    'a metric that nobody measures',
    'guardrails.metrics.0.query',
    'cpu',
    'guardrails.metrics[0].query',
    /is none of source.metrics.queries \(gpu\)/,
  ],
  [
    'a metric of the source alone',
    'source.metrics.queries.0.targetDimensions',
    undefined,
    'guardrails.metrics[0].query',
    /is a metric of the source alone: give it targetDimensions/,
  ],
  [
    'a metric without a direction',
    'guardrails.metrics.0.better',
    undefined,
    'guardrails.metrics[0].better',
    /is required/,
  ],
  [
    'a metric twice',
    'guardrails.metrics',
    [
      { query: 'gpu', better: 'lower' },
      { query: 'gpu', better: 'higher' },
    ],
    'guardrails.metrics[1].query',
    /is there twice/,
  ],
  [
    'a difference of a metric that matters and is allowed',
    'guardrails.metrics.0.ratioDetect',
    1.1,
    'guardrails.metrics[0].ratioDetect',
    /must be above guardrails.metrics\[0\].ratioMax \(1.1\)/,
  ],
  [
    'segments that nothing tells apart',
    'shadow.segmentBy',
    undefined,
    'guardrails.segments',
    /needs shadow.segmentBy or source.metrics.segmentBy/,
  ],
  ['a segment twice', 'guardrails.segments', ['a', 'a'], 'guardrails.segments[1]', /is there twice/],
  ['nine segments', 'guardrails.segments', [...'abcdefghi'], 'guardrails.segments', /must have at most 8/],
  [
    'too many quantiles for the segments',
    'guardrails',
    { segments: [...'abcdefgh'], latency: ['p50', 'p90', 'p99'].map((quantile) => ({ quantile })) },
    'guardrails.segments',
    /8 of them with 3 quantiles each are too many to remember: at most 16 in all/,
  ],
  [
    'a quantile that a segment has too few requests for',
    'guardrails',
    { segments: ['a'], latency: [{ quantile: 'p99.9' }] },
    'guardrails.latency[0].quantile',
    /must be p99 or lower where there are guardrails.segments/,
  ],
])('spec: %s is refused', (_fact, at, value, path, words) => {
  const problems = specProblems(withValue(completeDocument(), at, value));
  expect(problems).toContainEqual({ path, problem: expect.stringMatching(words) });
});
