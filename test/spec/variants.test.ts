import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { minimalDocument, sageMakerDocument, variantsDocument, withValue } from './support';

const SCALING = { min: 1, max: 4, on: 'gpu', value: 60 };

test('router.sagemaker: what is written arrives', () => {
  const written = withValue(variantsDocument(), 'router.sagemaker.targetEndpoint', 'http://target.internal/');
  const { router, source } = parseSpec(written);
  expect(router).toEqual({
    sagemaker: {
      endpointName: 'ranker',
      sourceVariant: 'AllTraffic',
      targetEndpoint: 'http://target.internal',
      healthPath: '/health',
    },
  });
  expect(source.owned).toEqual({ autoScalingGroups: [], instances: [], endpoints: ['ranker'] });
});

test('plan: a target that joins an endpoint gets a model and a place there, and no instances of its own', () => {
  const { environment, creates, decommission } = planMigration(parseSpec(variantsDocument()));
  expect(environment.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'bucket s3://example-ranker-target/model',
    'copy-data model',
    'verify-data model',
    'model crossfade-ranker',
    'joint-config crossfade-ranker',
    'join-endpoint crossfade-ranker',
    'targets-healthy crossfade-ranker',
    'smoke http://ranker.example.com',
  ]);
  expect(creates).toEqual([
    'bucket s3://example-ranker-target/model',
    'model crossfade-ranker',
    'joint-config crossfade-ranker',
  ]);
  expect(decommission.terminate.endpoints).toEqual(['ranker']);
});

test('plan: the scaling of a target that joins an endpoint is on that endpoint', () => {
  const { environment } = planMigration(
    parseSpec(withValue(variantsDocument(), 'target.sagemaker.scaling', { ...SCALING, min: 2 })),
  );
  expect(environment).toContainEqual(expect.objectContaining({ kind: 'endpoint-scaling', name: 'ranker' }));
});

/** Where a value is set (undefined: left out), the value, the problem's path, and its words. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  ['no endpoint', 'router.sagemaker.endpointName', undefined, 'router.sagemaker.endpointName', /is required/],
  ['a name with a dot', 'router.sagemaker.endpointName', 'a.b', 'router.sagemaker.endpointName', /must be the name/],
  ['an ARN', 'router.sagemaker.sourceVariant', 'arn:aws:x', 'router.sagemaker.sourceVariant', /must be the name/],
  ['no way to the target', 'router.sagemaker.targetEndpoint', undefined, 'router.sagemaker.targetEndpoint', /required/],
  [
    'proxies of its own',
    'target.sagemaker.proxy',
    (sageMakerDocument() as { target: { sagemaker: { proxy: unknown } } }).target.sagemaker.proxy,
    'target.sagemaker.proxy',
    /goes with router.alb/,
  ],
  [
    'a key for the whole endpoint',
    'target.sagemaker.kmsKeyId',
    'alias/ranker',
    'target.sagemaker.kmsKeyId',
    /is the whole endpoint's/,
  ],
  [
    'data capture for the whole endpoint',
    'target.sagemaker.dataCapture',
    { to: 's3://capture/ranker' },
    'target.sagemaker.dataCapture',
    /is the whole endpoint's/,
  ],
  ['instances', 'target', minimalDocument()['target'], 'router.sagemaker', /needs target.sagemaker/],
  [
    'another owned endpoint',
    'source.owned.endpoints',
    ['ranker', 'other'],
    'source.owned.endpoints[1]',
    /must be router.sagemaker.endpointName/,
  ],
];

test.each(CASES)('router.sagemaker: with %s it is refused', (_fact, at, value, path, words) => {
  expect(specProblems(withValue(variantsDocument(), at, value))).toContainEqual({
    path,
    problem: expect.stringMatching(words),
  });
});
