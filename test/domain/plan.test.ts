import { planMigration } from '../../src/domain/plan';
import type { MigrationSpec } from '../../src/domain/spec';
import { parseSpec, readSpecFile } from '../../src/spec';

async function specWith(change: (spec: MigrationSpec) => MigrationSpec = (spec) => spec): Promise<MigrationSpec> {
  return change(parseSpec(await readSpecFile('examples/minimal.yaml')));
}

function shadowed(
  startPercent: number,
  stepPercent: number,
  maxPercent: number,
): (spec: MigrationSpec) => MigrationSpec {
  return (spec) => ({ ...spec, shadow: { ...spec.shadow, startPercent, stepPercent, maxPercent } });
}

test('planMigration: planning twice gives the same plan', async () => {
  const spec = await specWith();
  expect(planMigration(spec)).toEqual(planMigration(structuredClone(spec)));
});

test.each<[string, [number, number, number], number[]]>([
  ['the playbook', [5, 10, 50], [5, 15, 25, 35, 45, 50]],
  ['steps that end on the maximum', [10, 20, 50], [10, 30, 50]],
  ['a start that is the maximum', [50, 10, 50], [50]],
  ['a step past the maximum', [5, 60, 50], [5, 50]],
])('planMigration: shadow fractions of %s', async (_name, [start, step, max], fractions) => {
  const plan = planMigration(await specWith(shadowed(start, step, max)));
  expect(plan.shadow.map(({ fractionPercent }) => fractionPercent)).toEqual(fractions);
});

test('planMigration: only the first shadow step holds for firstHold', async () => {
  const spec = await specWith();
  const [first, ...others] = planMigration(spec).shadow.map(({ holdMs }) => holdMs);
  expect(first).toBe(spec.shadow.firstHoldMs);
  expect(new Set(others)).toEqual(new Set([spec.shadow.holdMs]));
});

test('planMigration: the weights of the spec, each with the rest on the source', async () => {
  const weights = planMigration(await specWith()).cutover.map(({ weights }) => [weights.source, weights.target]);
  expect(weights).toEqual([
    [90, 10],
    [75, 25],
    [50, 50],
    [25, 75],
    [0, 100],
  ]);
});

test.each<[string, { beforeFirst: boolean; beforeEach: boolean }, number]>([
  ['none', { beforeFirst: false, beforeEach: false }, 0],
  ['before the first', { beforeFirst: true, beforeEach: false }, 1],
  ['before each', { beforeFirst: false, beforeEach: true }, 5],
])('planMigration: approvals %s', async (_name, approvals, count) => {
  const plan = planMigration(await specWith((spec) => ({ ...spec, cutover: { ...spec.cutover, approvals } })));
  expect(plan.cutover.filter(({ gate }) => gate !== undefined)).toHaveLength(count);
});

test('planMigration: decommission terminates what the spec owns and nothing else', async () => {
  const spec = await specWith();
  expect(planMigration(spec).decommission.terminate).toEqual(spec.source.owned);
});

test('planMigration: data is verified after it is copied, and the bucket is there first', async () => {
  const spec = parseSpec(await readSpecFile('examples/complete.yaml'));
  const kinds = planMigration(spec).environment.map(({ kind }) => kind);
  const [bucket, copy, verify] = ['bucket', 'copy-data', 'verify-data'].map((kind) => kinds.indexOf(kind as never));
  expect(bucket).toBeGreaterThanOrEqual(0);
  expect([copy, verify]).toEqual([(bucket ?? 0) + 1, (bucket ?? 0) + 2]);
});

test('planMigration: by DataSync a task is made, run and proven, and is told among what is created', async () => {
  const plan = planMigration(parseSpec(await readSpecFile('examples/datasync.yaml')));
  const data = plan.environment.filter(({ kind }) => /bucket|transfer|data/.test(kind));
  expect(data.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'bucket s3://example-ranker-target/model',
    'transfer-task crossfade-ranker-model',
    'transfer-data crossfade-ranker-model',
    'verify-data model',
  ]);
  expect(plan.creates).toContain('transfer-task crossfade-ranker-model');
});

test('planMigration: an endpoint is made after its data is there, and before anything asks it', async () => {
  const plan = planMigration(parseSpec(await readSpecFile('examples/sagemaker-proxy.yaml')));
  expect(plan.environment.map(({ kind }) => kind)).toEqual([
    'bucket',
    'copy-data',
    'verify-data',
    'model',
    'endpoint-config',
    'endpoint',
    'endpoint-scaling',
    'target-group',
    'launch-template',
    'probe-rule',
    'auto-scaling-group',
    'targets-healthy',
    'smoke',
  ]);
  expect(plan.creates).toEqual([
    'bucket s3://example-ranker-target/model',
    ...['model', 'endpoint-config', 'endpoint', 'endpoint-scaling'].map((kind) => `${kind} crossfade-ranker`),
    ...['target-group', 'launch-template', 'probe-rule', 'auto-scaling-group'].map(
      (kind) => `${kind} crossfade-ranker`,
    ),
  ]);
});

async function withData(more: Partial<MigrationSpec['data'][number]>): Promise<MigrationSpec> {
  const dataSet = {
    name: 'd',
    from: 's3://from',
    to: 's3://to',
    method: 'auto',
    infrequentAccessAfterDays: 30,
  } as const;
  return specWith((spec) => ({ ...spec, data: [{ ...dataSet, ...more }] }));
}

test('planMigration: on a road of people the gates come after the bucket, and what arrives is copied up and verified', async () => {
  const plan = planMigration(await withData({ method: 'snowball' }));
  const kinds = plan.environment.map(({ kind }) => kind);
  const start = kinds.indexOf('bucket');
  expect(kinds.slice(start, start + 5)).toEqual(['bucket', 'data-order', 'data-arrived', 'copy-data', 'verify-data']);
  expect(plan.gates).toEqual(['data-order-d', 'data-arrived-d', 'cutover-10', 'decommission']);
});

test('planMigration: a database has gates alone, and one more before the first weight', async () => {
  const plan = planMigration(await withData({ kind: 'database', from: 'postgres://db/d' }));
  expect(plan.environment.map(({ kind }) => kind)).not.toContain('copy-data');
  expect(plan.gates).toEqual(['data-order-d', 'data-arrived-d', 'cutover-10', 'data-level-d', 'decommission']);
  expect(plan.cutover[0]?.freeze).toMatchObject({ dataSets: [], databases: ['d'] });
});

test('planMigration: data that is followed is frozen before the first weight only, by the shortest freezeMax', async () => {
  const sync = { everyMs: 1, freeze: 'declared', deletes: 'keep', maxDeletePercent: 1 } as const;
  const spec = await withData({ sync: { ...sync, freezeMaxMs: 5 } as never });
  const two = [...spec.data, { ...spec.data[0]!, name: 'e', sync: { ...sync, freezeMaxMs: 3 } as never }];
  const plan = planMigration({ ...spec, data: two });
  expect(plan.cutover.map(({ freeze }) => freeze?.freezeMaxMs)).toEqual([
    3,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(plan.cutover[0]?.freeze).toMatchObject({ dataSets: ['d', 'e'], gates: ['data-freeze'] });
});
