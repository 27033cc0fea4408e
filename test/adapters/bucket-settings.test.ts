import { S3Client } from '@aws-sdk/client-s3';
import { removeReplication } from '../../src/adapters/s3-bucket-options';
import { createBucket, lifecycleRules } from '../../src/adapters/s3-buckets';
import type { DataSetSpec, DataStorageSpec } from '../../src/domain/spec';
import type { Wire } from './wire';
import { closeWires, openWire } from './wire';

/* What is set on buckets, and how it stands beside what others have set. */

const owner = { workload: 'ranker', run: 'run-1' };
const ROLE = 'arn:aws:iam::123456789012:role/replication';
const dataSet: DataSetSpec = {
  name: 'models',
  from: 's3://bucket-from/models',
  to: 's3://bucket-to/models',
  method: 'auto',
  infrequentAccessAfterDays: 45,
};
const withStorage = (storage: DataStorageSpec): DataSetSpec => ({ ...dataSet, storage });

const MISSING: Readonly<Record<string, string>> = {
  tagging: 'NoSuchTagSet',
  lifecycle: 'NoSuchLifecycleConfiguration',
  policy: 'NoSuchBucketPolicy',
  encryption: 'ServerSideEncryptionConfigurationNotFoundError',
  publicAccessBlock: 'NoSuchPublicAccessBlockConfiguration',
  'intelligent-tiering': 'NoSuchConfiguration',
  inventory: 'NoSuchConfiguration',
  replication: 'ReplicationConfigurationNotFoundError',
};

/** S3 that keeps what is set. @param standing what is set already, by `bucket subresource`. */
function openS3(standing: Readonly<Record<string, string>> = {}, keeps = true): Promise<Wire> {
  const settings = new Map(Object.entries(standing));
  return openWire(({ method, url, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://s3');
    const what = [...searchParams.keys()].find((key) => key in MISSING) ?? '';
    const place = `${pathname.replaceAll('/', '')} ${what}`;
    if (method === 'DELETE') settings.delete(place);
    if (method === 'PUT' && keeps) settings.set(place, body);
    if (method !== 'GET' || what === '') return {};
    const set = settings.get(place);
    if (set !== undefined) return { body: set };
    return { status: 404, body: `<Error><Code>${MISSING[what]}</Code><Message>no</Message></Error>` };
  });
}

const clientOf = (wire: Wire): S3Client => new S3Client({ ...wire.client, region: 'eu-west-1' });

/** What was put, by `bucket subresource`. */
function putsOf(wire: Wire): Map<string, string> {
  const puts = wire.seen.filter(({ method }) => method === 'PUT');
  return new Map(
    puts.map(({ url, body }) => {
      const { pathname, searchParams } = new URL(url, 'http://s3');
      const what = [...searchParams.keys()].find((key) => key in MISSING || key === 'versioning') ?? '';
      return [`${pathname.replaceAll('/', '')} ${what}`, body] as const;
    }),
  );
}

async function created(
  spec: DataSetSpec,
  standing: Readonly<Record<string, string>> = {},
): Promise<Map<string, string>> {
  const wire = await openS3(standing);
  await createBucket(clientOf(wire), spec, 'eu-west-1', owner);
  return putsOf(wire);
}

afterEach(closeWires);

const sidsOf = (policy: string | undefined): unknown[] =>
  (JSON.parse(policy ?? '{}') as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid);

test('bucket policy: nobody reads or writes without TLS', async () => {
  const policy = JSON.parse((await created(dataSet)).get('bucket-to policy') ?? '') as { Statement: unknown[] };
  expect(policy.Statement).toEqual([
    {
      Sid: 'CrossfadeTlsOnly',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::bucket-to', 'arn:aws:s3:::bucket-to/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
});

test.each<[string, unknown]>([
  ['statements', [{ Sid: 'theirs', Effect: 'Deny' }]],
  ['one statement without a list', { Sid: 'theirs', Effect: 'Deny' }],
])('bucket policy: %s of somebody else stay beside ours', async (_name, statements) => {
  const theirs = JSON.stringify({ Version: '2012-10-17', Id: 'kept', Statement: statements });
  const policy = (await created(dataSet, { 'bucket-to policy': theirs })).get('bucket-to policy');
  expect(sidsOf(policy)).toEqual(['theirs', 'CrossfadeTlsOnly']);
  expect(JSON.parse(policy ?? '')).toMatchObject({ Id: 'kept' });
});

test('bucket policy: one that cannot be read is not written over', async () => {
  const wire = await openS3({ 'bucket-to policy': 'no JSON' });
  await expect(createBucket(clientOf(wire), dataSet, 'eu-west-1', owner)).rejects.toMatchObject({
    code: 'AwsRejected',
    message: expect.stringContaining('bucket-to is not JSON'),
  });
  expect(putsOf(wire).has('bucket-to policy')).toBe(false);
});

test('bucket settings: made a second time, none is written again', async () => {
  const all = withStorage({
    glacierAfterDays: 200,
    intelligentTiering: { archiveAfterDays: 90 },
    inventory: 'daily',
    replication: { roleArn: ROLE },
  });
  const first = await created(all);
  const second = await created(all, Object.fromEntries(first));
  const settings = [...second.keys()].filter((place) => !/ (versioning|tagging)?$/.test(place));
  expect([...first.keys()].length).toBeGreaterThan(7);
  expect(settings).toEqual([]);
});

test('bucket settings: one that reads back otherwise is an error that is tried again', async () => {
  const wire = await openS3({}, false);
  await expect(createBucket(clientOf(wire), dataSet, 'eu-west-1', owner)).rejects.toMatchObject({
    code: 'AwsUnavailable',
    message: expect.stringContaining('does not read back'),
  });
});

test.each<[string, DataStorageSpec, [string, number][]]>([
  ['by age', {}, [['STANDARD_IA', 45]]],
  [
    'by age, to Glacier',
    { glacierAfterDays: 200 },
    [
      ['STANDARD_IA', 45],
      ['GLACIER', 200],
    ],
  ],
  ['by use', { intelligentTiering: {} }, [['INTELLIGENT_TIERING', 0]]],
])('lifecycle: objects move %s', (_name, storage, moves) => {
  const [rule] = lifecycleRules(withStorage(storage));
  expect(rule?.Transitions?.map(({ StorageClass, Days }) => [StorageClass, Days])).toEqual(moves);
});

test('inventory: weekly, of our prefix, into the bucket itself', async () => {
  const body = (await created(withStorage({ inventory: 'weekly' }))).get('bucket-to inventory');
  expect(body).toContain('<Frequency>Weekly</Frequency>');
  expect(body).toContain('<Filter><Prefix>models/</Prefix></Filter>');
  expect(body).toContain('<Bucket>arn:aws:s3:::bucket-to</Bucket>');
});

test('intelligent tiering: archive tiers are opted into with the days of the spec', async () => {
  const storage = { intelligentTiering: { archiveAfterDays: 90, deepArchiveAfterDays: 180 } };
  const body = (await created(withStorage(storage))).get('bucket-to intelligent-tiering');
  expect(body).toContain('<AccessTier>ARCHIVE_ACCESS</AccessTier>');
  expect(body).toContain('<Days>180</Days>');
});

const theirRule = (role: string): string =>
  `<ReplicationConfiguration><Role>${role}</Role><Rule><ID>theirs</ID><Priority>3</Priority><Status>Enabled</Status><Filter><Prefix>logs/</Prefix></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication><Destination><Bucket>arn:aws:s3:::logs</Bucket></Destination></Rule></ReplicationConfiguration>`;
const REPLICATED = withStorage({ replication: { roleArn: ROLE } });

test('replication: a rule of ours beside theirs, with a priority of its own', async () => {
  const puts = await created(REPLICATED, { 'bucket-from replication': theirRule(ROLE) });
  const body = puts.get('bucket-from replication') ?? '';
  expect(body.match(/<ID>[^<]*<\/ID>/g)).toEqual(['<ID>theirs</ID>', '<ID>crossfade-models</ID>']);
  expect(body).toContain('<Priority>4</Priority>');
  expect(puts.get('bucket-to versioning')).toContain('<Status>Enabled</Status>');
});

test('replication: theirs with another role is not changed', async () => {
  await expect(created(REPLICATED, { 'bucket-from replication': theirRule(`${ROLE}-theirs`) })).rejects.toMatchObject({
    code: 'ResourceNotOurs',
  });
});

test('replication: keys are kept, so another prefix cannot be', async () => {
  await expect(created({ ...REPLICATED, to: 's3://bucket-to/other' })).rejects.toMatchObject({ code: 'SpecInvalid' });
});

test('removeReplication: takes our rule off and leaves theirs; where there is only ours, all of it', async () => {
  const both = (await created(REPLICATED, { 'bucket-from replication': theirRule(ROLE) })).get(
    'bucket-from replication',
  );
  const shared = await openS3({ 'bucket-from replication': both ?? '' });
  await removeReplication(clientOf(shared), REPLICATED);
  expect(putsOf(shared).get('bucket-from replication')).not.toContain('crossfade-models');

  const alone = await openS3({
    'bucket-from replication': (await created(REPLICATED)).get('bucket-from replication') ?? '',
  });
  await removeReplication(clientOf(alone), REPLICATED);
  expect(alone.seen.map(({ method }) => method)).toEqual(['GET', 'DELETE']);
});
