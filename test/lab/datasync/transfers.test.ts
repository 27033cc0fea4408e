import { rmSync } from 'node:fs';
import path from 'node:path';
import { CancelTaskExecutionCommand, DescribeTaskCommand, UpdateTaskExecutionCommand } from '@aws-sdk/client-datasync';
import type { CreateTaskRequest, DescribeTaskExecutionResponse, TaskReportConfig } from '@aws-sdk/client-datasync';
import { eventually } from '../eventually';
import { HOST, LocalDataSync, ROLE } from './local-datasync';

const gateway = new LocalDataSync();

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
afterEach(() => gateway.dataSync.clearFaults());

const REPORT: TaskReportConfig = {
  Destination: { S3: { S3BucketArn: 'arn:aws:s3:::reports', BucketAccessRoleArn: ROLE, Subdirectory: '/told/' } },
  OutputType: 'STANDARD',
  ReportLevel: 'SUCCESSES_AND_ERRORS',
};

let count = 0;
/** A folder of its own on both sides. */
async function nfsTask(more: Partial<CreateTaskRequest> = {}): Promise<{ task: string; folder: string }> {
  count += 1;
  const folder = `run-${count}`;
  gateway.writeFile(`${folder}/.keep`, '');
  const [from, to] = [await gateway.nfs(`/${folder}`), await gateway.bucket('target', `/${folder}`)];
  return { task: await gateway.task(from, to, { TaskReportConfig: REPORT, ...more }), folder };
}

type Row = Record<string, unknown>;

async function rows(execution: DescribeTaskExecutionResponse, section: string): Promise<Row[]> {
  const [, task, run] = /(task-\w+)\/execution\/(exec-\w+)/.exec(execution.TaskExecutionArn ?? '') ?? [];
  const keys = await gateway.keys('reports', `told/Detailed-Reports/${task}/${run}/`);
  const wanted = keys.filter((key) => key.includes(`.files-${section.toLowerCase()}-v1-`));
  const parts = await Promise.all(wanted.map((key) => gateway.get('reports', key)));
  return parts.flatMap((text) => (JSON.parse(text) as Record<string, Row[]>)[section] ?? []);
}

test('datasync: what it says it copied is there, byte for byte, and the next run copies only what changed', async () => {
  const { task, folder } = await nfsTask();
  const large = Buffer.alloc(20 * 1024 * 1024, 'weights ');
  gateway.writeFile(`${folder}/large.bin`, large);
  gateway.writeFile(`${folder}/deep/small one.txt`, 'text');

  const first = await gateway.run(task);
  expect(first).toMatchObject({
    Status: 'SUCCESS',
    FilesTransferred: 3,
    BytesTransferred: large.length + 4,
    FilesVerified: 3,
  });
  expect(await gateway.keys('target', folder)).toEqual([
    `${folder}/.keep`,
    `${folder}/deep/small one.txt`,
    `${folder}/large.bin`,
  ]);
  expect((await gateway.get('target', `${folder}/large.bin`)) === large.toString()).toBe(true);

  gateway.writeFile(`${folder}/deep/small one.txt`, 'other text');
  const second = await gateway.run(task);
  expect(second).toMatchObject({ Status: 'SUCCESS', FilesTransferred: 1, FilesSkipped: 2 });
  expect((await rows(second, 'Transferred')).map(({ RelativePath, Overwrite }) => [RelativePath, Overwrite])).toEqual([
    ['/deep/small one.txt', 'true'],
  ]);
});

test('datasync: states come in their order, counters grow, and a limit of bytes per second is kept', async () => {
  const { task, folder } = await nfsTask({ Options: { BytesPerSecond: 500_000 } });
  gateway.writeFile(`${folder}/a.bin`, Buffer.alloc(1_000_000));
  const startedMs = Date.now();
  const execution = await gateway.begin(task);

  const seen: string[] = [];
  const bytes: number[] = [];
  await eventually(async () => {
    const { Status = '', BytesTransferred = 0 } = await gateway.describe(execution);
    if (seen.at(-1) !== Status) seen.push(Status);
    bytes.push(BytesTransferred);
    expect(Status).toBe('SUCCESS');
  });

  const order = ['QUEUED', 'LAUNCHING', 'PREPARING', 'TRANSFERRING', 'VERIFYING', 'SUCCESS'];
  expect(seen).toEqual(order.filter((status) => seen.includes(status)));
  expect(seen).toContain('TRANSFERRING');
  expect(bytes).toEqual([...bytes].sort((a, b) => a - b));
  expect(bytes.some((value) => value > 0 && value < 1_000_000)).toBe(true);
  expect(Date.now() - startedMs).toBeGreaterThan(1_900);
});

test('datasync: a limit can be lifted under way', async () => {
  const { task, folder } = await nfsTask({ Options: { BytesPerSecond: 65_536 } });
  gateway.writeFile(`${folder}/a.bin`, Buffer.alloc(2_000_000));
  const TaskExecutionArn = await gateway.begin(task);
  await eventually(async () => expect((await gateway.describe(TaskExecutionArn)).Status).toBe('TRANSFERRING'));

  const Options = { BytesPerSecond: -1 };
  await gateway.client.send(new UpdateTaskExecutionCommand({ TaskExecutionArn, Options }));

  expect(await gateway.over(TaskExecutionArn)).toMatchObject({ Status: 'SUCCESS', BytesTransferred: 2_000_000 });
});

test.each(['BASIC', 'ENHANCED'] as const)(
  'datasync: a file that changes while it is copied ends a %s task as a mismatch, in the report with both hashes',
  async (TaskMode) => {
    const { task, folder } = await nfsTask({ TaskMode, Options: { BytesPerSecond: 200_000 } });
    gateway.writeFile(`${folder}/a.bin`, 'early');
    gateway.writeFile(`${folder}/b.bin`, Buffer.alloc(400_000));
    const execution = await gateway.begin(task);
    await eventually(async () => expect((await gateway.describe(execution)).FilesTransferred).toBeGreaterThan(1));
    gateway.writeFile(`${folder}/a.bin`, 'later');

    const over = await gateway.over(execution);
    expect(over).toMatchObject({
      Status: 'ERROR',
      Result: { PrepareStatus: 'SUCCESS', TransferStatus: 'SUCCESS', VerifyStatus: 'ERROR' },
    });
    const failed = (await rows(over, 'Verified')).filter(({ VerifyStatus }) => VerifyStatus !== 'SUCCESS');
    const [source, target] = TaskMode === 'BASIC' ? ['SrcHash', 'DstHash'] : ['SourceHash', 'DestinationHash'];
    expect(failed).toEqual([expect.objectContaining({ RelativePath: '/a.bin', FailureCode: 'ContentMismatch' })]);
    expect(failed[0]?.[source]).not.toBe(failed[0]?.[target]);
    expect(over.FilesFailed?.Verify).toBe(TaskMode === 'BASIC' ? undefined : 1);
    // The next run mends it.
    expect(await gateway.run(task)).toMatchObject({ Status: 'SUCCESS', FilesTransferred: 1 });
    expect(await gateway.get('target', `${folder}/a.bin`)).toBe('later');
  },
);

test('datasync: filters say what is copied, and what the target has beside is deleted only where that is asked for', async () => {
  const Options = { PreserveDeletedFiles: 'REMOVE' } as const;
  const Includes = [{ FilterType: 'SIMPLE_PATTERN', Value: '/models|/top*' }] as const;
  const Excludes = [{ FilterType: 'SIMPLE_PATTERN', Value: '*.tmp' }] as const;
  const { task, folder } = await nfsTask({ Options, Includes: [...Includes], Excludes: [...Excludes] });
  for (const file of ['models/a.bin', 'models/a.tmp', 'topmost', 'other/b.bin'])
    gateway.writeFile(`${folder}/${file}`, 'x');
  for (const key of ['models/old.bin', 'elsewhere']) await gateway.put('target', `${folder}/${key}`, 'old');

  const over = await gateway.run(task);

  expect(over).toMatchObject({ Status: 'SUCCESS', FilesTransferred: 2, FilesDeleted: 1 });
  expect(await gateway.keys('target', folder)).toEqual([
    `${folder}/elsewhere`,
    `${folder}/models/a.bin`,
    `${folder}/topmost`,
  ]);
  expect((await rows(over, 'Deleted')).map(({ RelativePath }) => RelativePath)).toEqual(['/models/old.bin']);
});

test('datasync: a manifest names the files, and one that is not there fails the run', async () => {
  await gateway.put('reports', 'manifest.csv', 'a.bin\n"with, comma"\nmissing.bin\n');
  const S3 = { S3BucketArn: 'arn:aws:s3:::reports', BucketAccessRoleArn: ROLE, ManifestObjectPath: 'manifest.csv' };
  const { task, folder } = await nfsTask({ ManifestConfig: { Action: 'TRANSFER', Format: 'CSV', Source: { S3 } } });
  for (const file of ['a.bin', 'with, comma', 'b.bin']) gateway.writeFile(`${folder}/${file}`, 'x');

  expect(await gateway.run(task)).toMatchObject({ Status: 'ERROR', FilesTransferred: 2 });
  expect(await gateway.keys('target', folder)).toEqual([`${folder}/a.bin`, `${folder}/with, comma`]);
});

test('datasync: between buckets it keeps what is there with OverwriteMode NEVER, and copies it with ALWAYS', async () => {
  for (const key of ['both/a', 'both/b']) await gateway.put('source', key, 'from the source');
  await gateway.put('target', 'both/a', 'own');
  const [from, to] = [await gateway.bucket('source', 'both'), await gateway.bucket('target', 'both')];

  const keeping = await gateway.task(from, to, { TaskMode: 'ENHANCED', Options: { OverwriteMode: 'NEVER' } });
  expect(await gateway.run(keeping)).toMatchObject({ FilesTransferred: 1, FilesSkipped: 1, TaskMode: 'ENHANCED' });
  expect(await gateway.get('target', 'both/a')).toBe('own');
  await gateway.run(await gateway.task(from, to));
  expect(await gateway.get('target', 'both/a')).toBe('from the source');
});

test('datasync: a second execution of a task waits in its queue, and is refused where queueing is off', async () => {
  const { task, folder } = await nfsTask({ Options: { BytesPerSecond: 500_000 } });
  gateway.writeFile(`${folder}/a.bin`, Buffer.alloc(1_000_000));
  const [first, second] = [await gateway.begin(task), await gateway.begin(task)];
  await eventually(async () => expect((await gateway.describe(first)).Status).toBe('TRANSFERRING'));

  expect((await gateway.describe(second)).Status).toBe('QUEUED');
  await expect(gateway.begin(task, { OverrideOptions: { TaskQueueing: 'DISABLED' } })).rejects.toMatchObject({
    name: 'InvalidRequestException',
  });
  await gateway.over(first);
  expect(await gateway.over(second)).toMatchObject({ Status: 'SUCCESS', FilesTransferred: 0 });
});

test('datasync: one that is cancelled ends with an error, and its task can run again', async () => {
  const { task, folder } = await nfsTask({ Options: { BytesPerSecond: 100_000 } });
  gateway.writeFile(`${folder}/a.bin`, Buffer.alloc(1_000_000));
  const TaskExecutionArn = await gateway.begin(task);
  await eventually(async () => expect((await gateway.describe(TaskExecutionArn)).Status).toBe('TRANSFERRING'));
  gateway.dataSync.setDelays({ cancellingMs: 500 });
  await gateway.client.send(new CancelTaskExecutionCommand({ TaskExecutionArn }));

  expect((await gateway.describe(TaskExecutionArn)).Status).toBe('CANCELLING');
  expect(await gateway.over(TaskExecutionArn)).toMatchObject({ Status: 'ERROR', Result: { TransferStatus: 'ERROR' } });
  expect(await gateway.client.send(new DescribeTaskCommand({ TaskArn: task }))).toMatchObject({ Status: 'AVAILABLE' });
});

describe('faults', () => {
  test('access_denied: a bucket cannot be made a location, and a location cannot be read', async () => {
    const { task } = await nfsTask();
    gateway.dataSync.fault({ kind: 'access_denied', location: 's3://target' });

    await expect(gateway.bucket('target')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringContaining('DataSync location access test failed'),
    });
    expect(await gateway.run(task)).toMatchObject({ Status: 'ERROR', Result: { ErrorCode: 'PermissionDenied' } });
  });

  test('agent_offline: its task is unavailable and does not start', async () => {
    const agent = await gateway.agent();
    const from = await gateway.nfs('/any');
    const task = await gateway.task(from, await gateway.bucket('target'));
    gateway.dataSync.fault({ kind: 'agent_offline', agentArn: agent });
    // Another agent than the location's.
    expect((await gateway.client.send(new DescribeTaskCommand({ TaskArn: task }))).Status).toBe('AVAILABLE');
    const own = gateway.seen.filter(({ operation }) => operation === 'CreateLocationNfs').at(-1)?.input ?? '{}';
    const { OnPremConfig } = JSON.parse(own) as { OnPremConfig: { AgentArns: string[] } };
    gateway.dataSync.fault({ kind: 'agent_offline', agentArn: OnPremConfig.AgentArns[0] });

    expect((await gateway.client.send(new DescribeTaskCommand({ TaskArn: task }))).Status).toBe('UNAVAILABLE');
    await expect(gateway.begin(task)).rejects.toMatchObject({ name: 'InvalidRequestException' });
  });

  test('execution_error: the next execution ends with the code and detail that were asked for', async () => {
    const { task } = await nfsTask();
    gateway.dataSync.fault({ kind: 'execution_error', errorCode: 'SockTlsHandshakeFailure', errorDetail: 'cut' });

    const Result = { ErrorCode: 'SockTlsHandshakeFailure', ErrorDetail: 'cut', TransferStatus: 'ERROR' };
    expect(await gateway.run(task)).toMatchObject({ Status: 'ERROR', Result });
    expect(await gateway.run(task)).toMatchObject({ Status: 'SUCCESS' });
  });

  test('a file server whose folder is gone fails the run, with the reason', async () => {
    const { task, folder } = await nfsTask();
    rmSync(path.join(gateway.files, HOST, folder), { recursive: true });

    expect(await gateway.run(task)).toMatchObject({
      Status: 'ERROR',
      Result: { ErrorCode: 'InputOutputError', ErrorDetail: expect.stringContaining(folder) },
    });
  });
});

type Refused = [string, () => Promise<unknown>, RegExp];
const REFUSALS: Refused[] = [
  [
    'a bucket that does not exist',
    () => gateway.bucket('nowhere'),
    /could not perform s3:ListObjectsV2 on bucket nowhere/,
  ],
  [
    'a task without its location',
    async () =>
      gateway.task(
        await gateway.bucket('source'),
        `arn:aws:datasync:us-east-1:123456789012:location/loc-${'0'.repeat(17)}`,
      ),
    /Location .* is not found/,
  ],
  [
    'from server to server',
    async () => gateway.task(await gateway.nfs('/a'), await gateway.nfs('/b')),
    /must be an AWS storage service/,
  ],
  [
    'enhanced mode that verifies everything',
    () => s3Task({ TaskMode: 'ENHANCED', Options: { VerifyMode: 'POINT_IN_TIME_CONSISTENT' } }),
    /VerifyMode/,
  ],
  [
    'owners of files between buckets',
    () => s3Task({ Options: { Uid: 'INT_VALUE' } }),
    /invalid for non-POSIX transfer\. please use NONE/,
  ],
  [
    'deletions without a comparison',
    () => s3Task({ Options: { PreserveDeletedFiles: 'REMOVE', TransferMode: 'ALL' } }),
    /TransferMode ALL/,
  ],
  ['a report without a place', () => s3Task({ TaskReportConfig: { OutputType: 'STANDARD' } }), /destination/],
  [
    'a filter in the middle of a path',
    () => s3Task({ Includes: [{ FilterType: 'SIMPLE_PATTERN', Value: '/a*b/c' }] }),
    /last character/,
  ],
  [
    'an option that does not exist',
    () => s3Task({ Options: { VerifyMode: 'SOMETIMES' as 'NONE' } }),
    /options\.verifyMode/,
  ],
];

async function s3Task(more: Partial<CreateTaskRequest>): Promise<string> {
  return gateway.task(await gateway.bucket('source'), await gateway.bucket('target'), more);
}

test.each(REFUSALS)('datasync: %s is refused', async (_name, attempt, words) => {
  await expect(attempt()).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringMatching(words),
  });
});
