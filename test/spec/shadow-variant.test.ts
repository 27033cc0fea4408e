import { planLines } from '../../src/cli/plan-text';
import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { minimalDocument, shadowVariantDocument, withValue } from './support';

test('shadow.variant: what is written arrives, with its defaults, and no tap', () => {
  const written = withValue(shadowVariantDocument(), 'shadow.variant.capture.kmsKeyId', 'alias/captured');
  const { shadow } = parseSpec(withValue(written, 'shadow.variant.capture.to', 's3://captured/ranker/'));
  expect(shadow).toMatchObject({
    variant: { captureTo: 's3://captured/ranker', kmsKeyId: 'alias/captured', lagMs: 300_000 },
    startPercent: 5,
  });
  expect(shadow).not.toHaveProperty('tap');
});

test('plan: a shadow variant comes first, and becomes a production variant behind a gate of its own', () => {
  const plan = planMigration(parseSpec(withValue(shadowVariantDocument(), 'target.sagemaker.scaling', SCALING)));
  expect(plan.environment.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'bucket s3://example-ranker-target/model',
    'copy-data model',
    'verify-data model',
    'model crossfade-ranker',
    'shadow-config crossfade-ranker-shadow',
    'shadow-endpoint crossfade-ranker-shadow',
    'targets-healthy crossfade-ranker',
  ]);
  expect(plan.promotion?.gate).toBe('production-variant');
  expect(plan.promotion?.steps.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'joint-config crossfade-ranker',
    'join-endpoint crossfade-ranker',
    'endpoint-scaling ranker',
    'smoke http://ranker.example.com',
  ]);
  expect(plan.creates).toContain('shadow-config crossfade-ranker-shadow');
  expect(plan.creates).toContain('joint-config crossfade-ranker');
  expect(plan.gates).toEqual(['production-variant', 'cutover-10', 'decommission']);
});

const SCALING = { min: 2, max: 4, on: 'gpu', value: 60 };

test('plan: says who copies, and what comes between copies and weights', () => {
  const spec = parseSpec(shadowVariantDocument());
  const lines = planLines(planMigration(spec), spec).join('\n');
  expect(lines).toContain('copies by the endpoint ranker itself to its shadow variant crossfade-shadow');
  expect(lines).toContain('captured to s3://example-ranker-capture/shadow');
  expect(lines).toMatch(/join-endpoint +crossfade-ranker, after gate production-variant/);
});

/** Where a value is set (undefined: left out), the value, the problem's path, and its words. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  ['a tap besides', 'shadow.tap', 'http://tap:9091', 'shadow', /needs exactly one of tap and variant/],
  ['neither', 'shadow.variant', undefined, 'shadow', /needs exactly one of tap and variant/],
  ['no place', 'shadow.variant.capture.to', undefined, 'shadow.variant.capture.to', /is required/],
  ['a place that is none', 'shadow.variant.capture.to', 'captured', 'shadow.variant.capture.to', /must be s3:/],
  ['no lag', 'shadow.variant.lag', '0s', 'shadow.variant.lag', /must be longer than zero/],
  ['requests that are chosen', 'shadow.sampleBy', { header: 'x-user' }, 'shadow.sampleBy', /goes with shadow.tap/],
  ['labels', 'shadow.segmentBy', { path: '$.tenant' }, 'shadow.segmentBy', /goes with shadow.tap/],
  ['noise', 'shadow.noisePercent', 1, 'shadow.noisePercent', /goes with shadow.tap/],
  ['more than 30 days', 'shadow.hold', '6d', 'shadow.variant', /shadow tests end after 30d/],
];

test.each(CASES)('shadow.variant with %s: is told with the path', (_fact, at, value, path, words) => {
  expect(specProblems(withValue(shadowVariantDocument(), at, value))).toContainEqual({
    path,
    problem: expect.stringMatching(words) as string,
  });
});

test('shadow.variant: exactly 30 days pass', () => {
  const days = withValue(withValue(shadowVariantDocument(), 'shadow.firstHold', '5d'), 'shadow.hold', '5d');
  expect(specProblems(days)).toEqual([]);
});

test('shadow.variant: without an endpoint that divides the traffic there is nobody to copy', () => {
  const shadow = shadowVariantDocument()['shadow'];
  expect(specProblems(withValue(minimalDocument(), 'shadow', shadow))).toContainEqual({
    path: 'shadow.variant',
    problem: expect.stringContaining('needs router.sagemaker') as string,
  });
});

test('shadow.variant: Prometheus does not count the copies', () => {
  const side = { requests: 'r', errors: 'e', latency: 'l' };
  const metrics = { kind: 'prometheus', url: 'http://prometheus:9090', source: side, target: side };
  expect(specProblems(withValue(shadowVariantDocument(), 'source.metrics', metrics))).toContainEqual({
    path: 'source.metrics.kind',
    problem: expect.stringContaining('must be cloudwatch with shadow.variant') as string,
  });
});
