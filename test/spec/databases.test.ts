import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { minimalDocument, withValue } from './support';

type Json = Record<string, unknown>;

const secret = (name: string): string => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`;
const secretRoleArn = 'arn:aws:iam::123456789012:role/dms-secrets';
const from = { engine: 'postgres', database: 'features', secretArn: secret('old'), secretRoleArn, ssl: 'require' };
const to = { ...from, engine: 'aurora-postgresql', secretArn: secret('new') };
const replicationInstance = {
  class: 'dms.c6i.large',
  subnetGroup: 'ranker',
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const least: Json = { name: 'features', from, to, replicationInstance, tables: ['public.%'] };
const documentWith = (change: Json = {}): Json => withValue(minimalDocument(), 'databases', [{ ...least, ...change }]);

test('spec: a database, with every default filled in', () => {
  expect(specProblems(documentWith())).toEqual([]);
  expect(parseSpec(documentWith()).databases).toEqual([
    {
      ...least,
      replicationInstance: { ...replicationInstance, multiAz: false, storageGb: 50 },
      excludeTables: [],
      targetTables: 'keep',
      cdcLatencyMaxMs: 5_000,
    },
  ]);
});

test('spec: without databases the domain has no such key, so a plan of before stays what it was', () => {
  expect(Object.keys(parseSpec(minimalDocument()))).not.toContain('databases');
  expect(Object.keys(parseSpec(withValue(minimalDocument(), 'databases', [])))).not.toContain('databases');
});

test.each<[string, Json, string, RegExp]>([
  ['an engine that DMS does not validate', { from: { ...from, engine: 'mongodb' } }, 'from.engine', /it can do/],
  ['a password', { from: { ...from, password: 'x' } }, 'from.password', /secret that secretArn names/],
  ['a host', { from: { ...from, serverName: 'db' } }, 'from.serverName', /secret that secretArn names/],
  ['no word about TLS', { from: { ...from, ssl: undefined } }, 'from.ssl', /.+/],
  ['a mode of TLS that MySQL lacks', { from: { ...from, engine: 'mysql' } }, 'from.ssl', /for mysql/],
  ['verification without a certificate', { to: { ...to, ssl: 'verify-full' } }, 'to.certificateArn', /is required/],
  [
    'a certificate that nothing uses',
    { to: { ...to, certificateArn: 'arn:aws:dms:eu-west-1:123456789012:cert:ABC' } },
    'to.certificateArn',
    /needs ssl/,
  ],
  ['a secret that is none', { from: { ...from, secretArn: 'hunter2' } }, 'from.secretArn', /ARN of a secret/],
  ['the source as target', { to: from }, 'to', /is the source itself/],
  ['no table', { tables: [] }, 'tables', /.+/],
  ['a table without its schema', { tables: ['orders'] }, 'tables[0]', /schema\.table/],
  ['a load that is not followed', { cdc: false }, 'cdc', /must be true/],
  ['a name that DMS does not take', { name: 'a--b' }, 'name', /single hyphens/],
  ['a latency of zero', { cdcLatencyMax: '0s' }, 'cdcLatencyMax', /longer than zero/],
  [
    'the default subnet group',
    { replicationInstance: { ...replicationInstance, subnetGroup: 'Default' } },
    'replicationInstance.subnetGroup',
    /DMS refuses it/,
  ],
])('spec: %s is refused', (_fact, change, path, words) => {
  expect(specProblems(documentWith(change))).toContainEqual({
    path: `databases[0].${path}`,
    problem: expect.stringMatching(words),
  });
});

test('spec: a workload with two hyphens in a row, and a name that a data set has, are refused', () => {
  const data = [{ name: 'features', from: 's3://example-a/b', to: 's3://example-c/d' }];
  const document = withValue(withValue(documentWith(), 'workload', 'a--b'), 'data', data);
  expect(specProblems(document)).toEqual([
    { path: 'workload', problem: expect.stringContaining('must not hold --') },
    { path: 'databases[0].name', problem: expect.stringContaining('data[0]') },
  ]);
});

test('plan: a database is built and loaded before the data, and its gate comes with the first weight alone', () => {
  const plan = planMigration(parseSpec(documentWith()));
  const { workload } = plan;
  const name = `crossfade-${workload}-features`;
  expect(plan.environment.filter((step) => 'database' in step).map((step) => [step.kind, step.name])).toEqual([
    ['replication-instance', name],
    ['database-endpoints', name],
    ['replication-task', name],
    ['full-load', name],
  ]);
  expect(plan.gates).toContain('data-level-features');
  expect(plan.creates).toContain(`replication-task ${name}`);
  expect(plan.cutover.map(({ databases }) => databases)).toEqual([
    ['features'],
    ...plan.cutover.slice(1).map(() => undefined),
  ]);
});
