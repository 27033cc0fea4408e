import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planMigration } from '../../src/domain/plan';
import { parseSpec, readSpecFile, specProblems } from '../../src/spec';
import { specJsonSchema } from '../../src/spec/json-schema';
import { completeDocument, EXAMPLES, minimalDocument, withValue } from './support';

const HOUR_MS = 3_600_000;

test('parseSpec: a minimal spec has the numbers of the playbook', () => {
  const spec = parseSpec(minimalDocument());
  expect(spec).toMatchObject({
    kind: 'inference',
    source: {
      metrics: { kind: 'cloudwatch', periodSeconds: 60, lagMs: 180_000, queries: [] },
      owned: { autoScalingGroups: [], instances: [] },
    },
    target: { ec2: { port: 8080, healthPath: '/health', min: 2, desired: 4, max: 20, healthCheckGraceSeconds: 60 } },
    data: [],
    baseline: { windowMs: 168 * HOUR_MS, coverageMin: 0.9 },
    smoke: { requests: [] },
    shadow: { startPercent: 5, stepPercent: 10, maxPercent: 50, firstHoldMs: 48 * HOUR_MS, holdMs: 24 * HOUR_MS },
    guardrails: {
      latency: [{ quantile: 'p99', ratioMax: 1.1, ratioDetect: 1.25 }],
      errorRateMax: 0.01,
      errorRateMargin: 0.001,
      errorRateDetect: 0.005,
      mismatchRateDetect: 0.005,
      falseRollbackRate: 0.01,
      passConfidence: 0.95,
      splitTolerancePoints: 5,
      splitSettleMs: 60_000,
      requestCountMin: 1_000,
      coverageMin: 0.95,
      extendMax: 2,
      blindHoldMs: 2 * HOUR_MS,
    },
    cutover: {
      weights: [10, 25, 50, 75, 100],
      stabilizationMs: 24 * HOUR_MS,
      approvals: { beforeFirst: true, beforeEach: false },
    },
    decommission: { afterMs: 72 * HOUR_MS, standbyMs: 168 * HOUR_MS, approval: 'required', costTags: {} },
    checkEveryMs: 60_000,
    notify: [],
  });
  expect(spec.shadow.equivalence).toEqual({ relativeTolerance: 1e-4, absoluteTolerance: 1e-6, mismatchRateMax: 0.001 });
});

test('parseSpec: what the complete example spells out is what a minimal spec has by itself', () => {
  const [minimal, complete] = [parseSpec(minimalDocument()), parseSpec(completeDocument())];
  const { expected: _, ...baseline } = complete.baseline;
  expect(baseline).toEqual(minimal.baseline);
  const { ignore: _ignore, rules: _rules, ...equivalence } = complete.shadow.equivalence;
  const { copies, ...shadow } = complete.shadow;
  expect({ ...shadow, equivalence }).toEqual(minimal.shadow);
  expect(copies).toEqual({
    sampleBy: { header: 'x-conversation-id' },
    segmentBy: { path: '$.model' },
    redact: { headers: ['x-user'], paths: ['$.user'] },
    noise: { percent: 1, methods: ['GET', 'HEAD', 'POST'] },
  });
  const { cost, metrics, segments, ...guardrails } = complete.guardrails;
  expect({ ...guardrails, metrics: [], segments: [] }).toEqual(minimal.guardrails);
  expect({ cost, metrics, segments }).toEqual({
    cost: {
      source: { perHour: 24.48, perRequest: 0 },
      target: { perInstanceHour: 1.006, perHour: 0.05, perRequest: 2e-7 },
      ratioMax: 0.9,
      load: { query: 'gpu', full: 70 },
    },
    metrics: [{ query: 'gpu', better: 'lower', ratioMax: 1.1, ratioDetect: 1.25 }],
    segments: ['ranker-small', 'ranker-large'],
  });
  for (const part of ['cutover', 'checkEveryMs'] as const) {
    expect(complete[part]).toEqual(minimal[part]);
  }
});

test.each([
  ['float32', {}, 1e-4],
  ['bf16', { precision: 'bf16' }, 1.6e-2],
  ['a tolerance of its own', { precision: 'bf16', relativeTolerance: 0.001 }, 0.001],
])('parseSpec: outputs of %s have their tolerance', (_name, equivalence, relativeTolerance) => {
  const spec = parseSpec(withValue(minimalDocument(), 'shadow.equivalence', equivalence));
  expect(spec.shadow.equivalence).toEqual({ relativeTolerance, absoluteTolerance: 1e-6, mismatchRateMax: 0.001 });
});

test('parseSpec: reading a spec twice gives the same spec, as plain JSON', () => {
  const spec = parseSpec(completeDocument());
  expect(parseSpec(completeDocument())).toEqual(spec);
  expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
});

test('parseSpec: a default is not shared between two specs', () => {
  const first = parseSpec(minimalDocument());
  (first.cutover.weights as number[]).push(7);
  expect(parseSpec(minimalDocument()).cutover.weights).toEqual([10, 25, 50, 75, 100]);
});

test('parseSpec: a slash at the end of an address says nothing', () => {
  const document = withValue(
    withValue(minimalDocument(), 'ledger', 's3://bucket/prefix/'),
    'shadow.tap',
    'http://tap:9091/',
  );
  const spec = parseSpec(document);
  expect([spec.ledger, spec.shadow.tap]).toEqual(['s3://bucket/prefix', 'http://tap:9091']);
});

test('parseSpec: adopt is accepted and is not part of the spec', () => {
  expect(parseSpec({ ...minimalDocument(), adopt: true })).toEqual(parseSpec(minimalDocument()));
});

test('parseSpec: the grace may be a duration or a number of seconds', () => {
  const asDuration = withValue(minimalDocument(), 'target.ec2.healthCheckGrace', '5m');
  const asSeconds = withValue(minimalDocument(), 'target.ec2.healthCheckGraceSeconds', 300);
  expect(parseSpec(asDuration)).toEqual(parseSpec(asSeconds));
  expect(parseSpec(asDuration).target).toMatchObject({ ec2: { healthCheckGraceSeconds: 300 } });
});

test('parseSpec: every problem is told at once, with its path', () => {
  const document = { ...minimalDocument(), cutover: { weights: [50, 20] }, shadow: { tap: 'x' }, regoin: 'eu-west-1' };
  expect(() => parseSpec(document)).toThrow(
    expect.objectContaining({
      code: 'SpecInvalid',
      message: [
        'the spec has 4 problem(s):',
        '  shadow.tap: must be a URL such as http://host:8080 (got "x")',
        '  cutover.weights[1]: must be above the one before it (50) (got 20)',
        '  cutover.weights: must end at 100 (got [50,20])',
        '  regoin: unknown key; did you mean region? (got "eu-west-1")',
      ].join('\n'),
    }),
  );
});

test('parseSpec: a key that stands in the way of others hides none of their problems', () => {
  const document = withValue(withValue(minimalDocument(), 'target.ec2.colour', 1), 'target.ec2.min', 30);
  expect(
    specProblems(document)
      .map(({ path }) => path)
      .sort(),
  ).toEqual(['target.ec2.colour', 'target.ec2.min']);
});

const FREEZES = ['data-freeze'];

test.each<[string, string[]]>([
  ['minimal.yaml', []],
  ['complete.yaml', FREEZES],
  ['prometheus.yaml', []],
  ['sagemaker.yaml', []],
  ['sagemaker-proxy.yaml', []],
  ['route53.yaml', []],
  ['datasync.yaml', []],
  ['dms.yaml', ['data-level-features']],
])('examples: %s can be planned, twice alike', (file, freezes) => {
  const spec = parseSpec(readSpecFile(join(EXAMPLES, file)));
  const plan = planMigration(spec);
  expect(plan).toEqual(planMigration(spec));
  expect(plan.shadow.map((step) => step.fractionPercent)).toEqual([5, 15, 25, 35, 45, 50]);
  expect(plan.gates).toEqual(['cutover-10', ...freezes, 'decommission']);
});

test('examples: the complete one has every key that the schema knows', () => {
  const schema = specJsonSchema() as Node;
  const known = keysOf(schema, completeDocument(), '');
  // The other spelling of a key, the other kinds of target, router and copy, and what only an editor reads.
  const alternatives = [
    '$schema',
    'data.datasync',
    'data.directConnect',
    'data.snowball',
    'databases',
    'target.ec2.healthCheckGraceSeconds',
    'target.sagemaker',
    'target.existing',
    'router.alb.ruleArn',
    'router.route53',
    'router.sagemaker',
    'shadow.variant',
  ];
  expect(known.filter((key) => !alternatives.includes(key))).toEqual([]);
});

test('examples: the one with DataSync has every key of it but the other kinds of source', () => {
  const document = readSpecFile(join(EXAMPLES, 'datasync.yaml'));
  const missing = keysOf(specJsonSchema() as Node, document, '').filter((key) => key.startsWith('data.datasync'));
  const kinds = ['smb', 'efs', 'fsxLustre', 'fsxOpenZfs', 'fsxOntap', 'fsxWindows'];
  expect(missing).toEqual(kinds.map((kind) => `data.datasync.sourceLocation.${kind}`));
});

test('examples: the one with SageMaker has every key of that target', () => {
  const document = readSpecFile(join(EXAMPLES, 'sagemaker-proxy.yaml'));
  const missing = keysOf(specJsonSchema() as Node, document, '').filter((key) => key.startsWith('target.sagemaker'));
  // The other spelling of a key, and a key of KMS, which its instance type does not take.
  expect(missing).toEqual(['target.sagemaker.kmsKeyId', 'target.sagemaker.proxy.healthCheckGraceSeconds']);
});

test('schema: the file in the repository is the one that the code makes', () => {
  const file = join(EXAMPLES, '../schema/migration.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(specJsonSchema())));
});

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** Paths that the schema has and the document has not; of a list any element may have them. */
function keysOf(schema: Node, value: unknown, path: string): string[] {
  if (schema.items) {
    const perElement = (value as unknown[]).map((element) => keysOf(schema.items as Node, element, path));
    return (perElement[0] ?? []).filter((key) => perElement.every((keys) => keys.includes(key)));
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const keyPath = path === '' ? key : `${path}.${key}`;
    const childValue = (value as Record<string, unknown>)[key];
    return childValue === undefined ? [keyPath] : keysOf(child, childValue, keyPath);
  });
}
