import type { TransferInput } from '../../src/contracts/activities';
import { MigrationError } from '../../src/domain/errors';
import type { Owner } from '../../src/domain/resources';
import type { DataSetSpec } from '../../src/domain/spec';
import { EARLIER, OWNER, Stage } from './support';

const name = 'crossfade-ranker-models';
const AGENT = 'arn:aws:datasync:eu-west-1:123456789012:agent/agent-0123456789abcdef0';
const ROLE = 'arn:aws:iam::123456789012:role/datasync';
const FROM = 'nfs://filer.example.com/export/models';
const FOREIGN: Owner = { workload: 'other', run: 'run-1' };
const THROTTLED = new MigrationError('AwsUnavailable', 'ThrottlingException: Rate exceeded');

/** A data set on a file server, and its target's bucket. */
async function stageWithFiles(
  files: Record<string, string> = { 'a.bin': 'weights', 'deep/b.bin': 'vocabulary' },
): Promise<{
  stage: Stage;
  input: TransferInput;
  target: Map<string, string>;
}> {
  const stage = new Stage();
  const { from: _from, ...sdk } = stage.spec().data[0]!;
  const dataSet: DataSetSpec = {
    ...sdk,
    from: FROM,
    method: 'datasync',
    datasync: {
      mode: 'basic',
      agentArns: [AGENT],
      sourceLocation: { kind: 'nfs', host: 'filer.example.com', path: '/export/models', version: 'AUTOMATIC' },
      roleArn: ROLE,
      verify: 'transferred',
      include: [],
      exclude: [],
      reportTo: 's3://ranker-reports',
    },
  };
  stage.world.transfers.files.set(FROM, new Map(Object.entries(files)));
  await stage.activities.createBucket({ dataSet, region: 'eu-west-1', owner: OWNER, adopt: false });
  stage.faults.reset();
  return { stage, input: { name, dataSet, owner: OWNER }, target: stage.world.buckets.get('ranker-target')!.objects };
}

async function created(files?: Record<string, string>): ReturnType<typeof stageWithFiles> {
  const ready = await stageWithFiles(files);
  await ready.stage.activities.createTransfer({ ...ready.input, adopt: false });
  ready.stage.faults.reset();
  return ready;
}

const source = (stage: Stage): Map<string, string> => stage.world.transfers.files.get(FROM)!;

describe('createTransfer', () => {
  test('createTransfer: twice is once, also when the first reply was lost', async () => {
    const { stage, input } = await stageWithFiles();
    stage.faults.loseNextReply('transfer.createTask');

    await expect(stage.activities.createTransfer({ ...input, adopt: false })).rejects.toThrow('socket hang up');
    await stage.activities.createTransfer({ ...input, adopt: false });

    expect(stage.faults.count('transfer.createTask')).toBe(1);
  });

  test('createTransfer: an agent that is offline is waited for, and nothing is made meanwhile', async () => {
    const { stage, input } = await stageWithFiles();
    stage.world.transfers.offlineAgents.add(AGENT);

    await expect(stage.activities.createTransfer({ ...input, adopt: false })).rejects.toMatchObject({
      type: 'AgentOffline',
      nonRetryable: false,
      message: expect.stringContaining(AGENT),
    });
    expect(stage.world.transfers.tasks.size).toBe(0);
  });

  test('createTransfer: what an earlier run left is refused, and taken over with adopt and with our settings', async () => {
    const { stage, input } = await stageWithFiles();
    const old = { ...input.dataSet, to: 's3://ranker-target/old' };
    stage.world.transfers.tasks.set(name, { arn: 'task-old', owner: EARLIER, dataSet: old, executions: [] });

    await expect(stage.activities.createTransfer({ ...input, adopt: false })).rejects.toMatchObject({
      type: 'EarlierRunLeftovers',
    });
    await stage.activities.createTransfer({ ...input, adopt: true });

    expect(stage.world.transfers.tasks.get(name)?.dataSet).toEqual(input.dataSet);
  });

  test.each([
    ['nobody', undefined],
    ['another workload', FOREIGN],
  ])('create, run and remove: a task of %s is refused, and stays', async (_name, owner) => {
    const { stage, input } = await stageWithFiles();
    stage.world.transfers.tasks.set(name, { arn: 'task-1', owner, dataSet: input.dataSet, executions: [] });
    const planted = stage.world.snapshot();

    const refused = { type: 'ResourceNotOurs', nonRetryable: true };
    await expect(stage.activities.createTransfer({ ...input, adopt: true })).rejects.toMatchObject(refused);
    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject(refused);
    await stage.activities.removeTransfer(input);

    expect(stage.world.snapshot()).toEqual(planted);
  });
});

describe('preflight', () => {
  const settings = { mode: 'basic', roleArn: ROLE, agentArns: [AGENT], reportTo: 's3://ranker-reports' };
  const nfs = { host: 'filer.example.com', path: '/export/models' };
  const data = [
    {
      name: 'models',
      to: 's3://ranker-target/model',
      method: 'datasync',
      datasync: { ...settings, sourceLocation: { nfs } },
    },
  ];
  const look = (stage: Stage, adopt = false): Promise<unknown> =>
    stage.activities.preflight({ spec: stage.spec({ data }), owner: OWNER, adopt });

  test('preflight: the reports need a bucket; a source that DataSync alone reads is not looked for', async () => {
    const stage = new Stage();
    const problem = expect.stringContaining('data[0].datasync.reportTo: there is no bucket ranker-reports');

    await expect(look(stage)).rejects.toMatchObject({ type: 'SpecInvalid', message: problem });
    stage.world.buckets.set('ranker-reports', { owner: undefined, objects: new Map(), isLedger: false });
    await expect(look(stage)).resolves.toBeDefined();
  });

  test('preflight: a task of an earlier run is told, and taken with adopt', async () => {
    const { stage, input } = await stageWithFiles();
    stage.world.buckets.set('ranker-reports', { owner: undefined, objects: new Map(), isLedger: false });
    stage.world.transfers.tasks.set(name, { arn: 'task-1', owner: EARLIER, dataSet: input.dataSet, executions: [] });

    await expect(look(stage)).rejects.toMatchObject({
      type: 'EarlierRunLeftovers',
      message: expect.stringContaining(`transfer ${name}`),
    });
    await expect(look(stage, true)).resolves.toBeDefined();
  });
});

describe('runTransfer', () => {
  test('runTransfer: everything arrives, and the heartbeat tells what is done', async () => {
    const { stage, input, target } = await created();

    expect(await stage.activities.runTransfer(input)).toMatchObject({ objectCount: 2, byteCount: 17 });

    expect([...target]).toEqual([
      ['model/a.bin', 'weights'],
      ['model/deep/b.bin', 'vocabulary'],
    ]);
    expect(stage.heartbeats).toContainEqual(expect.objectContaining({ status: 'TRANSFERRING', bytesTransferred: 0 }));
  });

  test.each([
    ['runs still', 60_000],
    ['is over by then', 0],
  ])('runTransfer: after a lost reply of the start, the execution is found; it %s', async (_name, durationMs) => {
    const { stage, input } = await created();
    stage.world.transfers.durationMs = durationMs;
    stage.faults.loseNextReply('transfer.startExecution');

    await expect(stage.activities.runTransfer(input)).rejects.toThrow('socket hang up');
    expect(await stage.activities.runTransfer(input)).toMatchObject({ objectCount: 2 });

    expect(stage.faults.count('transfer.startExecution')).toBe(1);
  });

  test('runTransfer: an execution that somebody else started is followed, not joined by a second', async () => {
    const { stage, input } = await created();
    const [task] = [...stage.world.transfers.tasks.values()];
    const startedAtMs = stage.clock.now();
    task!.executions.push({ arn: 'exec-theirs', start: 'console', startedAtMs, lines: [], isMismatch: false });

    expect(await stage.activities.runTransfer(input)).toMatchObject({ execution: 'exec-theirs', objectCount: 2 });
    expect(stage.faults.count('transfer.startExecution')).toBe(0);
  });

  test('runTransfer: looks that are throttled cost a look, not the transfer', async () => {
    const { stage, input } = await created();
    for (const nth of [1, 2, 3]) stage.faults.failCall('transfer.readExecution', nth, THROTTLED);

    await expect(stage.activities.runTransfer(input)).resolves.toMatchObject({ objectCount: 2 });
  });

  test('runTransfer: a service that nobody hears for a quarter of an hour is an error', async () => {
    const { stage, input } = await created();
    stage.faults.failEvery('transfer.readExecution', THROTTLED);

    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject({ type: 'AwsUnavailable' });
    expect(stage.clock.now()).toBeGreaterThanOrEqual(15 * 60_000);
  });

  test('runTransfer: an execution that failed is told with code and detail; the next attempt starts anew', async () => {
    const { stage, input } = await created();
    stage.world.transfers.failure = { code: 'PermissionDenied', detail: 'no access to the export' };

    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject({
      type: 'TransferFailed',
      nonRetryable: true,
      message: expect.stringContaining('PermissionDenied: no access to the export'),
    });
    stage.world.transfers.failure = undefined;
    expect(await stage.activities.runTransfer(input)).toMatchObject({ objectCount: 2 });
  });

  test('runTransfer: files that change meanwhile are named, and come with the next attempt', async () => {
    const { stage, input, target } = await created();
    stage.world.transfers.changing = ['a.bin'];

    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject({
      type: 'DataChanged',
      nonRetryable: false,
      message: expect.stringContaining('a.bin (ContentMismatch)'),
    });
    expect(await stage.activities.runTransfer(input)).toMatchObject({ objectCount: 1 });
    expect(target.get('model/a.bin')).toBe('weights+');
  });

  test('runTransfer: a task that vanished is told', async () => {
    const { stage, input } = await stageWithFiles();

    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject({ type: 'NotFound' });
  });

  test('runTransfer: an agent that went offline keeps it from starting', async () => {
    const { stage, input } = await created();
    stage.world.transfers.offlineAgents.add(AGENT);

    await expect(stage.activities.runTransfer(input)).rejects.toMatchObject({ type: 'AgentOffline' });
    expect(stage.faults.count('transfer.startExecution')).toBe(0);
  });
});

describe('verifyData by reports', () => {
  const verify = (stage: Stage, { dataSet }: TransferInput): Promise<{ objectCount: number; byteCount: number }> =>
    stage.activities.verifyData({ dataSet, transfer: name });

  test('verifyData: what the executions verified is the proof, over all of them', async () => {
    const { stage, input } = await created();
    await stage.activities.runTransfer(input);
    stage.world.transfers.tasks.get(name)!.executions[0]!.start = 'a call of long ago';
    source(stage).set('c.bin', 'new');
    expect(await stage.activities.runTransfer(input)).toMatchObject({ objectCount: 1 });

    expect(await verify(stage, input)).toEqual({
      objectCount: 3,
      byteCount: 20,
      manifestHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  const DAMAGES: [string, (stage: Stage, target: Map<string, string>) => unknown][] = [
    ['is gone from the target', (_stage, target) => target.delete('model/a.bin')],
    ['has another size in the target', (_stage, target) => target.set('model/a.bin', 'weightier')],
    [
      'was never verified',
      (stage) => {
        const [run] = stage.world.transfers.tasks.get(name)!.executions;
        const kept = run!.lines.filter(({ section, path }) => section !== 'verified' || path !== 'a.bin');
        run!.lines.splice(0, run!.lines.length, ...kept);
      },
    ],
  ];
  test.each(DAMAGES)('verifyData: a file that %s is named', async (_name, damage) => {
    const { stage, input, target } = await created();
    await stage.activities.runTransfer(input);
    damage(stage, target);

    await expect(verify(stage, input)).rejects.toMatchObject({
      type: 'DataMismatch',
      message: expect.stringContaining('1 of 2 objects differ or are missing: a.bin'),
    });
  });

  test.each([
    ['no execution', async () => undefined, 'NotFound'],
    [
      'no report',
      async (stage: Stage, input: TransferInput) => {
        stage.world.transfers.writesReports = false;
        stage.world.transfers.durationMs = 0;
        await stage.activities.runTransfer(input);
      },
      'TransferFailed',
    ],
  ])('verifyData: with %s nothing is proven', async (_name, before, type) => {
    const { stage, input } = await created();
    await before(stage, input);

    await expect(verify(stage, input)).rejects.toMatchObject({ type });
  });

  test('verifyData: nothing transferred is nothing proven', async () => {
    const { stage, input } = await created({});
    await stage.activities.runTransfer(input);

    await expect(verify(stage, input)).rejects.toMatchObject({ type: 'DataMismatch' });
  });
});

describe('removeTransfer', () => {
  test('removeTransfer: task, locations and what was written go; what is not ours in the bucket stays; twice is once', async () => {
    const { stage, input, target } = await created();
    await stage.activities.runTransfer(input);
    target.set('model/theirs', 'mine');

    await stage.activities.removeTransfer(input);
    await stage.activities.removeTransfer(input);

    expect([...target.keys()]).toEqual(['model/theirs']);
    expect(stage.world.transfers.tasks.size + stage.world.transfers.locations.size).toBe(0);
  });

  test('removeTransfer: one that runs is cancelled first', async () => {
    const { stage, input } = await created();
    stage.faults.loseNextReply('transfer.startExecution');
    await expect(stage.activities.runTransfer(input)).rejects.toThrow('socket hang up');

    await stage.activities.removeTransfer(input);

    expect(stage.faults.count('transfer.cancelExecution')).toBe(1);
    expect(stage.world.transfers.tasks.size).toBe(0);
  });

  test('transfer: building, running and removing, each call with its reply lost, leaves the world as it was', async () => {
    const { stage, input } = await stageWithFiles();
    const before = stage.world.snapshot();
    const { activities, faults } = stage;
    const calls: (() => Promise<unknown>)[] = [
      () => activities.createTransfer({ ...input, adopt: false }),
      () => activities.runTransfer(input),
      () => activities.removeTransfer(input),
    ];
    for (const method of ['createTask', 'startExecution', 'removeObjects', 'removeTask']) {
      faults.loseNextReply(`transfer.${method}`);
      for (const call of calls) await call().catch(call);
      faults.reset();
    }

    expect(stage.world.snapshot()).toEqual(before);
  });
});
