import * as sdk from '@aws-sdk/client-database-migration-service';
import type { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { LocalDms } from './local-dms';

let gateway: LocalDms;

beforeEach(() => {
  gateway = new LocalDms();
  return gateway.start();
});
afterEach(() => gateway.stop());

const Tags = [{ Key: 'crossfade:workload', Value: 'ranker' }];
const PostgreSQLSettings = {
  SecretsManagerSecretId: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:features-AbCdEf',
  SecretsManagerAccessRoleArn: 'arn:aws:iam::123456789012:role/dms-secrets',
};
const rule = (table: string, action: string, id: string): object => ({
  'rule-type': 'selection',
  'rule-id': id,
  'rule-name': id,
  'object-locator': { 'schema-name': 'public', 'table-name': table },
  'rule-action': action,
});
const TableMappings = JSON.stringify({ rules: [rule('%', 'include', '1'), rule('orders', 'exclude', '2')] });

type Ctor = new (input: object) => Parameters<DatabaseMigrationServiceClient['send']>[0];
type Json = Record<string, unknown>;

async function call(operation: string, input: object): Promise<Json> {
  const Command = (sdk as unknown as Record<string, Ctor>)[`${operation}Command`] as Ctor;
  return (await gateway.client.send(new Command(input))) as unknown as Json;
}

const arnOf = (reply: Json, what: string): string => String((reply[what] as Json)[`${what}Arn`]);

async function makeAll(): Promise<{ instance: string; ends: string[]; task: string }> {
  const instance = arnOf(
    await call('CreateReplicationInstance', {
      ReplicationInstanceIdentifier: 'crossfade-ranker-features',
      ReplicationInstanceClass: 'dms.c6i.large',
      ReplicationSubnetGroupIdentifier: 'ranker',
      VpcSecurityGroupIds: ['sg-0123456789abcdef0'],
      Tags,
    }),
    'ReplicationInstance',
  );
  gateway.pass();
  const ends: string[] = [];
  for (const EndpointType of ['source', 'target']) {
    const EndpointIdentifier = `crossfade-ranker-features-${EndpointType}`;
    const input = { EndpointIdentifier, EndpointType, EngineName: 'postgres', SslMode: 'require', PostgreSQLSettings };
    ends.push(arnOf(await call('CreateEndpoint', { ...input, Tags }), 'Endpoint'));
    await call('TestConnection', { ReplicationInstanceArn: instance, EndpointArn: ends.at(-1) });
  }
  gateway.pass();
  const task = arnOf(
    await call('CreateReplicationTask', {
      ReplicationTaskIdentifier: 'crossfade-ranker-features',
      ReplicationInstanceArn: instance,
      SourceEndpointArn: ends[0],
      TargetEndpointArn: ends[1],
      MigrationType: 'full-load-and-cdc',
      TableMappings,
      Tags,
    }),
    'ReplicationTask',
  );
  gateway.pass();
  return { instance, ends, task };
}

async function everyOperation(): Promise<{ statistics: Json }> {
  const { instance, ends, task } = await makeAll();
  await call('DescribeReplicationInstances', {});
  await call('DescribeEndpoints', { Filters: [{ Name: 'endpoint-type', Values: ['source'] }] });
  await call('DescribeConnections', { Filters: [{ Name: 'endpoint-arn', Values: [ends[0]] }] });
  await call('StartReplicationTask', { ReplicationTaskArn: task, StartReplicationTaskType: 'start-replication' });
  gateway.pass();
  await call('DescribeReplicationTasks', {});
  const statistics = await call('DescribeTableStatistics', { ReplicationTaskArn: task });
  await call('AddTagsToResource', { ResourceArn: task, Tags: [{ Key: 'crossfade:run', Value: 'r' }] });
  await call('ListTagsForResource', { ResourceArn: task });
  await call('RemoveTagsFromResource', { ResourceArn: task, TagKeys: ['crossfade:run'] });
  await call('StopReplicationTask', { ReplicationTaskArn: task });
  gateway.pass();
  await call('DeleteReplicationTask', { ReplicationTaskArn: task });
  gateway.pass();
  for (const EndpointArn of ends) await call('DeleteEndpoint', { EndpointArn });
  gateway.pass();
  await call('DeleteReplicationInstance', { ReplicationInstanceArn: instance });
  return { statistics };
}

test('dms: every operation on the list is called, and question and answer are as botocore has them', async () => {
  const { statistics } = await everyOperation();

  const called = new Set(gateway.seen.map(({ operation }) => operation));
  expect([...called].sort()).toEqual(gateway.dms.operations().sort());
  const problems = gateway.seen.flatMap(({ operation, input, output }) =>
    [
      ...gateway.model.validate(operation, JSON.parse(input)),
      ...gateway.model.validateOutput(operation, JSON.parse(output)),
    ].map((problem) => ({ operation, problem })),
  );
  expect(problems).toEqual([]);
  expect(statistics['TableStatistics']).toMatchObject([
    { TableName: 'customers', ValidationState: 'Validated' },
    { TableName: 'predictions', ValidationState: 'Validated' },
  ]);
});

test.each<[string, string, (made: Awaited<ReturnType<typeof makeAll>>) => object]>([
  ['an instance with a task', 'DeleteReplicationInstance', ({ instance }) => ({ ReplicationInstanceArn: instance })],
  ['an endpoint of a task', 'DeleteEndpoint', ({ ends }) => ({ EndpointArn: ends[0] })],
  ['a stop of what does not run', 'StopReplicationTask', ({ task }) => ({ ReplicationTaskArn: task })],
  [
    'a resumption of what never began',
    'StartReplicationTask',
    ({ task }) => ({ ReplicationTaskArn: task, StartReplicationTaskType: 'resume-processing' }),
  ],
])('dms: %s is refused, as by AWS', async (_fact, operation, inputOf) => {
  const made = await makeAll();
  await expect(call(operation, inputOf(made))).rejects.toMatchObject({ name: 'InvalidResourceStateFault' });
});
