import { DataSyncClient } from '@aws-sdk/client-datasync';
import { S3Client } from '@aws-sdk/client-s3';
import { DataSyncTransfer } from '../../src/adapters/datasync';
import type { DataSetSpec, DataSyncSpec, SourceLocationSpec } from '../../src/domain/spec';
import { openSageMaker, Refusal, sent } from './sagemaker-wire';
import type { Replies } from './sagemaker-wire';
import type { Wire } from './wire';
import { closeWires } from './wire';

const owner = { workload: 'ranker', run: 'run-1' };
const NAME = 'crossfade-ranker-models';
const DATASYNC = 'arn:aws:datasync:eu-west-1:123456789012';
const TASK = `${DATASYNC}:task/task-0123456789abcdef0`;
const EXECUTION = `${TASK}/execution/exec-0123456789abcdef0`;
const AGENT = `${DATASYNC}:agent/agent-0123456789abcdef0`;
const ROLE = 'arn:aws:iam::123456789012:role/datasync';
const OWNER_TAGS = [
  { Key: 'crossfade:workload', Value: 'ranker' },
  { Key: 'crossfade:run', Value: 'run-1' },
];
const sideTags = (side: string): object[] => [...OWNER_TAGS, { Key: 'crossfade:data-set', Value: `models:${side}` }];
const SecurityGroupArns = ['arn:aws:ec2:eu-west-1:123456789012:security-group/sg-0123456789abcdef0'];
const FS = 'arn:aws:fsx:eu-west-1:123456789012:file-system/fs-0123456789abcdef0';
const SVM = 'arn:aws:fsx:eu-west-1:123456789012:storage-virtual-machine/fs-0123456789abcdef0/svm-0123456789abcdef0';
const EFS = 'arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-0123456789abcdef0';
const SUBNET = 'arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-0123456789abcdef0';
const SECRET = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:filer-AbCdEf';
const secured = { user: 'mover', domain: 'CORP', secretArn: SECRET, secretRoleArn: ROLE };
const CustomSecretConfig = { SecretArn: SECRET, SecretAccessRoleArn: ROLE };

const least: DataSyncSpec = {
  mode: 'basic',
  agentArns: [],
  roleArn: ROLE,
  verify: 'transferred',
  include: [],
  exclude: [],
  reportTo: 's3://reports/datasync',
};

function dataSet(changes: Partial<DataSyncSpec> = {}): DataSetSpec {
  return {
    name: 'models',
    from: 's3://bucket-from/ranker',
    to: 's3://bucket-to/model',
    method: 'datasync',
    datasync: { ...least, ...changes },
    infrequentAccessAfterDays: 30,
  };
}

afterEach(closeWires);

const CREATED: Replies = {
  CreateLocationS3: [{ LocationArn: 'loc-from' }, { LocationArn: 'loc-to' }],
  CreateTask: { TaskArn: TASK },
};

async function open(replies: Replies): Promise<{ transfer: DataSyncTransfer; wire: Wire }> {
  const wire = await openSageMaker(replies);
  const client = new DataSyncClient(wire.client);
  return { transfer: new DataSyncTransfer(client, client, new S3Client(wire.client)), wire };
}

const bodyOf = (wire: Wire, operation: string): unknown => sent(wire).find(([name]) => name === operation)?.[1];

describe('createTask on the wire', () => {
  test('createTask: both buckets as locations, then a task that tells everything and deletes nothing', async () => {
    const { transfer, wire } = await open(CREATED);
    expect(await transfer.createTask(NAME, dataSet(), owner)).toEqual({ arn: TASK });
    expect(sent(wire)).toEqual([
      ['ListLocations', { Filters: [{ Name: 'LocationUri', Operator: 'Contains', Values: ['bucket-from'] }] }],
      [
        'CreateLocationS3',
        {
          S3BucketArn: 'arn:aws:s3:::bucket-from',
          Subdirectory: '/ranker',
          S3Config: { BucketAccessRoleArn: ROLE },
          Tags: sideTags('source'),
        },
      ],
      ['ListLocations', { Filters: [{ Name: 'LocationUri', Operator: 'Contains', Values: ['bucket-to'] }] }],
      [
        'CreateLocationS3',
        {
          S3BucketArn: 'arn:aws:s3:::bucket-to',
          Subdirectory: '/model',
          S3Config: { BucketAccessRoleArn: ROLE },
          Tags: sideTags('target'),
        },
      ],
      [
        'CreateTask',
        {
          SourceLocationArn: 'loc-from',
          DestinationLocationArn: 'loc-to',
          Name: NAME,
          TaskMode: 'BASIC',
          Options: {
            VerifyMode: 'ONLY_FILES_TRANSFERRED',
            OverwriteMode: 'ALWAYS',
            PreserveDeletedFiles: 'PRESERVE',
            TransferMode: 'CHANGED',
            TaskQueueing: 'ENABLED',
            LogLevel: 'OFF',
            BytesPerSecond: -1,
            Uid: 'NONE',
            Gid: 'NONE',
            PosixPermissions: 'NONE',
            ObjectTags: 'PRESERVE',
          },
          Includes: [],
          Excludes: [],
          TaskReportConfig: {
            Destination: {
              S3: { S3BucketArn: 'arn:aws:s3:::reports', Subdirectory: 'datasync', BucketAccessRoleArn: ROLE },
            },
            OutputType: 'STANDARD',
            ReportLevel: 'SUCCESSES_AND_ERRORS',
          },
          Tags: OWNER_TAGS,
        },
      ],
    ]);
  });

  const SETTINGS: [string, Partial<DataSyncSpec>, object][] = [
    ['enhanced mode', { mode: 'enhanced' }, { TaskMode: 'ENHANCED' }],
    ['everything verified', { verify: 'all' }, { Options: { VerifyMode: 'POINT_IN_TIME_CONSISTENT' } }],
    ['nothing verified', { verify: 'none' }, { Options: { VerifyMode: 'NONE' } }],
    ['a limit', { bytesPerSecond: 1_000 }, { Options: { BytesPerSecond: 1_000 } }],
    [
      'filters',
      { include: ['/a', '/b*'], exclude: ['*.tmp'] },
      {
        Includes: [{ FilterType: 'SIMPLE_PATTERN', Value: '/a|/b*' }],
        Excludes: [{ FilterType: 'SIMPLE_PATTERN', Value: '*.tmp' }],
      },
    ],
  ];
  test.each(SETTINGS)('createTask: %s', async (_name, changes, expected) => {
    const { transfer, wire } = await open(CREATED);
    await transfer.createTask(NAME, dataSet(changes), owner);
    expect(bodyOf(wire, 'CreateTask')).toMatchObject(expected);
  });

  test('createTask: a location that an earlier attempt of this run made is used; those of others are not', async () => {
    const other = [{ Key: 'crossfade:workload', Value: 'other' }, ...sideTags('source').slice(1)];
    const earlier = [OWNER_TAGS[0], { Key: 'crossfade:run', Value: 'run-0' }, sideTags('source')[2]];
    const { transfer, wire } = await open({
      ...CREATED,
      CreateLocationS3: { LocationArn: 'loc-to' },
      ListLocations: [
        { Locations: [{ LocationArn: 'loc-other' }, { LocationArn: 'loc-earlier' }], NextToken: 'two' },
        { Locations: [{ LocationArn: 'loc-ours' }] },
        { Locations: [] },
      ],
      ListTagsForResource: [{ Tags: other }, { Tags: earlier }, { Tags: sideTags('source') }],
    });
    await transfer.createTask(NAME, dataSet(), owner);
    expect(bodyOf(wire, 'CreateTask')).toMatchObject({
      SourceLocationArn: 'loc-ours',
      DestinationLocationArn: 'loc-to',
    });
  });
});

const LOCATIONS: [SourceLocationSpec, string, string, object][] = [
  [
    { kind: 'nfs', host: 'filer', path: '/export', version: 'NFS3' },
    'Nfs',
    'filer',
    { ServerHostname: 'filer', OnPremConfig: { AgentArns: [AGENT] }, MountOptions: { Version: 'NFS3' } },
  ],
  [
    { kind: 'smb', host: 'filer', path: '/export', ...secured },
    'Smb',
    'filer',
    { ServerHostname: 'filer', AgentArns: [AGENT], User: 'mover', Domain: 'CORP', CustomSecretConfig },
  ],
  [
    { kind: 'efs', fileSystemArn: EFS, path: '/export', subnetArn: SUBNET, securityGroupArns: SecurityGroupArns },
    'Efs',
    'fs-0123456789abcdef0',
    { EfsFilesystemArn: EFS, Ec2Config: { SubnetArn: SUBNET, SecurityGroupArns } },
  ],
  [
    { kind: 'fsxLustre', fileSystemArn: FS, path: '/export', securityGroupArns: SecurityGroupArns },
    'FsxLustre',
    'fs-0123456789abcdef0',
    { FsxFilesystemArn: FS, SecurityGroupArns },
  ],
  [
    { kind: 'fsxOpenZfs', fileSystemArn: FS, path: '/export', securityGroupArns: SecurityGroupArns },
    'FsxOpenZfs',
    'fs-0123456789abcdef0',
    { FsxFilesystemArn: FS, SecurityGroupArns, Protocol: { NFS: {} } },
  ],
  [
    { kind: 'fsxOntap', storageVirtualMachineArn: SVM, path: '/export', securityGroupArns: SecurityGroupArns },
    'FsxOntap',
    'svm-0123456789abcdef0',
    { StorageVirtualMachineArn: SVM, SecurityGroupArns, Protocol: { NFS: {} } },
  ],
  [
    { kind: 'fsxWindows', fileSystemArn: FS, path: '/export', securityGroupArns: SecurityGroupArns, ...secured },
    'FsxWindows',
    'fs-0123456789abcdef0',
    { FsxFilesystemArn: FS, SecurityGroupArns, User: 'mover', Domain: 'CORP', CustomSecretConfig },
  ],
];
test.each(LOCATIONS)('createTask: a source of the kind %j', async (sourceLocation, kind, host, expected) => {
  const { transfer, wire } = await open({ ...CREATED, [`CreateLocation${kind}`]: { LocationArn: 'loc-files' } });
  await transfer.createTask(NAME, dataSet({ sourceLocation, agentArns: [AGENT] }), owner);
  expect(bodyOf(wire, `CreateLocation${kind}`)).toEqual({
    Subdirectory: '/export',
    Tags: sideTags('source'),
    ...expected,
  });
  expect(bodyOf(wire, 'ListLocations')).toMatchObject({ Filters: [{ Values: [host] }] });
  const isWindows = kind === 'Smb' || kind === 'FsxWindows';
  expect(bodyOf(wire, 'CreateTask')).toMatchObject({
    SourceLocationArn: 'loc-files',
    Options: { Uid: isWindows ? 'NONE' : 'INT_VALUE', PosixPermissions: isWindows ? 'NONE' : 'PRESERVE' },
  });
});

describe('findTask', () => {
  const task = { Name: NAME, TaskArn: TASK };

  test('findTask: the one of that name on any page, with its owner', async () => {
    const { transfer } = await open({
      ListTasks: [{ Tasks: [{ Name: 'other', TaskArn: 'x' }], NextToken: 'two' }, { Tasks: [task] }],
      ListTagsForResource: { Tags: OWNER_TAGS },
    });
    expect(await transfer.findTask(NAME)).toEqual({ value: { arn: TASK }, owner });
  });

  test('findTask: none is undefined, two are an error', async () => {
    const { transfer } = await open({ ListTasks: [{ Tasks: [] }, { Tasks: [task, task] }] });
    expect(await transfer.findTask(NAME)).toBeUndefined();
    await expect(transfer.findTask(NAME)).rejects.toMatchObject({ code: 'NotExactlyOne' });
  });
});

test('startExecution: the execution bears the call that asked for it', async () => {
  const { transfer, wire } = await open({ StartTaskExecution: { TaskExecutionArn: EXECUTION } });
  expect(await transfer.startExecution(TASK, 'run:7', owner)).toEqual({ arn: EXECUTION });
  expect(sent(wire)).toEqual([
    ['StartTaskExecution', { TaskArn: TASK, Tags: [...OWNER_TAGS, { Key: 'crossfade:start', Value: 'run:7' }] }],
  ]);
});

describe('readExecution', () => {
  const reply = {
    Status: 'TRANSFERRING',
    StartTime: 1_700_000_000,
    EstimatedFilesToTransfer: 5,
    EstimatedBytesToTransfer: 500,
    FilesTransferred: 2,
    BytesTransferred: 200,
    FilesVerified: 1,
    FilesSkipped: 3,
  };

  test('readExecution: status and counters', async () => {
    const { transfer } = await open({ DescribeTaskExecution: reply });
    expect(await transfer.readExecution(EXECUTION)).toEqual({
      arn: EXECUTION,
      status: 'TRANSFERRING',
      startedAtMs: 1_700_000_000_000,
      counters: {
        filesToTransfer: 5,
        bytesToTransfer: 500,
        filesTransferred: 2,
        bytesTransferred: 200,
        filesVerified: 1,
        filesSkipped: 3,
      },
      isMismatch: false,
      report: 'pending',
    });
  });

  const ENDS: [string, object, object][] = [
    ['an end with its report', { Status: 'SUCCESS', ReportResult: { Status: 'SUCCESS' } }, { report: 'written' }],
    ['an end without', { Status: 'SUCCESS', ReportResult: { Status: 'ERROR' } }, { report: 'failed' }],
    [
      'mismatches',
      {
        Status: 'ERROR',
        Result: { TransferStatus: 'SUCCESS', VerifyStatus: 'ERROR', ErrorCode: 'C', ErrorDetail: 'd' },
      },
      { isMismatch: true, failure: { code: 'C', detail: 'd' } },
    ],
    [
      'a failure that says nothing',
      { Status: 'ERROR', Result: { TransferStatus: 'ERROR' } },
      { isMismatch: false, failure: { code: 'unknown', detail: 'DataSync gives no reason' } },
    ],
  ];
  test.each(ENDS)('readExecution: %s', async (_name, changes, expected) => {
    const { transfer } = await open({ DescribeTaskExecution: { ...reply, ...changes } });
    expect(await transfer.readExecution(EXECUTION)).toMatchObject(expected);
  });

  test('readExecution: a status that we do not know is an error, not another lap', async () => {
    const { transfer } = await open({ DescribeTaskExecution: { ...reply, Status: 'PONDERING' } });
    await expect(transfer.readExecution(EXECUTION)).rejects.toMatchObject({ code: 'AwsRejected' });
  });
});

test('offlineAgents: those that are not ONLINE', async () => {
  const { transfer } = await open({ DescribeAgent: [{ Status: 'ONLINE' }, { Status: 'OFFLINE' }] });
  expect(await transfer.offlineAgents(['first'])).toEqual([]);
  expect(await transfer.offlineAgents(['second'])).toEqual(['second']);
});

describe('what is refused', () => {
  const gone = new Refusal('InvalidRequestException', `Task ${TASK} is not found.`);

  test('removeTask: one that is gone when it is deleted is fine', async () => {
    const { transfer } = await open({
      ListTasks: [{ Tasks: [{ Name: NAME, TaskArn: TASK }] }, { Tasks: [] }],
      ListTagsForResource: { Tags: OWNER_TAGS },
      DeleteTask: gone,
    });
    await expect(transfer.removeTask(NAME, dataSet(), owner)).resolves.toBeUndefined();
  });

  test('removeTask: one that stays is an error', async () => {
    const { transfer } = await open({
      ListTasks: { Tasks: [{ Name: NAME, TaskArn: TASK }] },
      ListTagsForResource: { Tags: OWNER_TAGS },
      DeleteTask: gone,
    });
    await expect(transfer.removeTask(NAME, dataSet(), owner)).rejects.toMatchObject({ code: 'AwsRejected' });
  });

  test('cancelExecution: one that is over by then is fine, one that runs is an error', async () => {
    const { transfer } = await open({
      CancelTaskExecution: new Refusal('InvalidRequestException', 'can not be cancelled'),
      DescribeTaskExecution: [{ Status: 'SUCCESS' }, { Status: 'TRANSFERRING' }],
    });
    await expect(transfer.cancelExecution(EXECUTION)).resolves.toBeUndefined();
    await expect(transfer.cancelExecution(EXECUTION)).rejects.toMatchObject({ code: 'AwsRejected' });
  });
});
