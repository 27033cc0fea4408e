import * as sdk from '@aws-sdk/client-datasync';
import type { DataSyncClient } from '@aws-sdk/client-datasync';
import { ServiceModel } from '../../../lab/gateway/botocore';
import { readTools } from '../../../lab/tools';
import { HOST, LocalDataSync, ROLE, S3Config } from './local-datasync';

const gateway = new LocalDataSync();

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const FS = 'arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0';
const SecurityGroupArns = ['arn:aws:ec2:us-east-1:123456789012:security-group/sg-0123456789abcdef0'];
const CustomSecretConfig = {
  SecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:filer-AbCdEf',
  SecretAccessRoleArn: ROLE,
};
const NFS = { NFS: { MountOptions: { Version: 'NFS3' } } } as const;
const Tags = [{ Key: 'crossfade:workload', Value: 'ranker' }];
const Includes = [{ FilterType: 'SIMPLE_PATTERN', Value: '/models|/tokens*' }] as const;
const Excludes = [{ FilterType: 'SIMPLE_PATTERN', Value: '*.tmp|/scratch' }] as const;

/** Kind of location → what creates one, and what changes it. */
function kinds(AgentArns: string[]): [string, object, object][] {
  const fsx = { FsxFilesystemArn: FS, SecurityGroupArns, Subdirectory: '/share', Tags };
  const smb = {
    ServerHostname: HOST,
    Subdirectory: '/share',
    User: 'mover',
    Domain: 'CORP',
    CustomSecretConfig,
    AgentArns,
  };
  return [
    ['S3', { S3BucketArn: 'arn:aws:s3:::target', S3Config, Subdirectory: '/in', Tags }, { Subdirectory: '/models' }],
    [
      'Nfs',
      {
        ServerHostname: HOST,
        Subdirectory: '/export',
        OnPremConfig: { AgentArns },
        MountOptions: { Version: 'NFS3' },
        Tags,
      },
      { Subdirectory: '/export/models' },
    ],
    ['Smb', { ...smb, Tags }, { User: 'other' }],
    [
      'Efs',
      {
        EfsFilesystemArn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0123456789abcdef0',
        Ec2Config: {
          SubnetArn: 'arn:aws:ec2:us-east-1:123456789012:subnet/subnet-0123456789abcdef0',
          SecurityGroupArns,
        },
        Tags,
      },
      { Subdirectory: '/models' },
    ],
    ['FsxLustre', fsx, { Subdirectory: '/models' }],
    ['FsxOpenZfs', { ...fsx, Protocol: NFS }, { Subdirectory: '/models' }],
    [
      'FsxOntap',
      {
        StorageVirtualMachineArn: `${FS.replace('file-system', 'storage-virtual-machine')}/svm-0123456789abcdef0`,
        Protocol: NFS,
        SecurityGroupArns,
        Tags,
      },
      { Subdirectory: '/models' },
    ],
    ['FsxWindows', { ...fsx, User: 'mover', CustomSecretConfig }, { Domain: 'corp.example.com' }],
  ];
}

type Ctor = new (input: object) => Parameters<DataSyncClient['send']>[0];

/** By the operation's name, as the table of kinds has it. */
async function call(operation: string, input: object): Promise<Record<string, unknown>> {
  const Command = (sdk as unknown as Record<string, Ctor>)[`${operation}Command`] as Ctor;
  return (await gateway.client.send(new Command(input))) as unknown as Record<string, unknown>;
}

async function everyLocation(agent: string): Promise<Map<string, string>> {
  const arns = new Map<string, string>();
  for (const [kind, input, change] of kinds([agent])) {
    const { LocationArn } = await call(`CreateLocation${kind}`, input);
    arns.set(kind, String(LocationArn));
    await call(`UpdateLocation${kind}`, { LocationArn, ...change });
    await call(`DescribeLocation${kind}`, { LocationArn });
  }
  return arns;
}

async function everyOperation(): Promise<void> {
  const agent = await gateway.agent();
  await call('UpdateAgent', { AgentArn: agent, Name: 'rack 7' });
  await call('DescribeAgent', { AgentArn: agent });
  await call('ListAgents', {});
  const locations = await everyLocation(agent);
  await call('ListLocations', { Filters: [{ Name: 'LocationUri', Operator: 'BeginsWith', Values: ['s3://'] }] });
  const [from, to] = [locations.get('Nfs') ?? '', locations.get('S3') ?? ''];
  gateway.writeFile('export/models/a.bin', 'weights');
  const S3 = { S3BucketArn: 'arn:aws:s3:::reports', BucketAccessRoleArn: ROLE, Subdirectory: 'datasync' };
  const TaskReportConfig = {
    Destination: { S3 },
    OutputType: 'STANDARD',
    ReportLevel: 'SUCCESSES_AND_ERRORS',
    Overrides: { Skipped: { ReportLevel: 'ERRORS_ONLY' } },
  } as const;
  const task = await gateway.task(from, to, {
    Name: 'crossfade-ranker-models',
    TaskMode: 'ENHANCED',
    Options: { VerifyMode: 'ONLY_FILES_TRANSFERRED', LogLevel: 'TRANSFER', BytesPerSecond: 1_000_000 },
    Schedule: { ScheduleExpression: 'cron(0 3 * * ? *)', Status: 'DISABLED' },
    CloudWatchLogGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:/aws/datasync:*',
    TaskReportConfig,
    Tags,
  });
  await call('UpdateTask', { TaskArn: task, Includes, Excludes, Options: { TaskQueueing: 'ENABLED' } });
  const execution = await gateway.begin(task, { OverrideOptions: { TransferMode: 'ALL' }, Tags });
  await call('UpdateTaskExecution', { TaskExecutionArn: execution, Options: { BytesPerSecond: 2_000_000 } });
  await call('DescribeTask', { TaskArn: task });
  await gateway.over(execution);
  const second = await gateway.begin(task);
  await call('CancelTaskExecution', { TaskExecutionArn: second });
  await gateway.over(second);
  await call('ListTasks', { Filters: [{ Name: 'LocationId', Operator: 'Contains', Values: [from] }] });
  await call('ListTaskExecutions', { TaskArn: task });
  await call('TagResource', { ResourceArn: task, Tags: [{ Key: 'crossfade:run', Value: 'r' }] });
  await call('ListTagsForResource', { ResourceArn: execution });
  await call('UntagResource', { ResourceArn: task, Keys: ['crossfade:run'] });
  await call('DeleteTask', { TaskArn: task });
  for (const LocationArn of locations.values()) await call('DeleteLocation', { LocationArn });
  await call('DeleteAgent', { AgentArn: agent });
}

test('datasync: every operation on the list is called, and question and answer are as botocore has them', async () => {
  await everyOperation();

  const called = new Set(gateway.seen.map(({ operation }) => operation));
  expect([...called].sort()).toEqual(gateway.dataSync.operations().sort());
  const model = ServiceModel.load(readTools().botocoreData, 'datasync');
  const problems = gateway.seen.flatMap(({ operation, input, output }) =>
    [...model.validate(operation, JSON.parse(input)), ...model.validateOutput(operation, JSON.parse(output))].map(
      (problem) => ({ operation, problem }),
    ),
  );
  expect(problems).toEqual([]);
});
