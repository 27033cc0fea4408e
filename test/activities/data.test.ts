import { CancelledFailure } from '@temporalio/common';
import type { LedgerEntry } from '../../src/domain/record';
import { EMPTY_LEDGER } from '../../src/domain/record';
import { targetWeight } from '../../src/domain/weights';
import { OWNER, Stage } from './support';

async function withBucket(): Promise<{
  stage: Stage;
  dataSet: ReturnType<Stage['spec']>['data'][number];
  target: Map<string, string>;
}> {
  const stage = new Stage();
  const dataSet = stage.spec().data[0]!;
  await stage.activities.createBucket({ dataSet, region: 'eu-west-1', owner: OWNER, adopt: false });
  return { stage, dataSet, target: stage.world.buckets.get('ranker-target')!.objects };
}

test('copyData: every object arrives, and the second copy finds nothing to do', async () => {
  const { stage, dataSet, target } = await withBucket();

  expect(await stage.activities.copyData({ dataSet, memory: stage.memory })).toMatchObject({
    objectCount: 2,
    byteCount: 17,
    copiedCount: 2,
    deletedCount: 0,
  });
  expect(await stage.activities.copyData({ dataSet, memory: stage.memory })).toMatchObject({
    objectCount: 2,
    byteCount: 0,
    unchangedCount: 2,
  });
  expect([...target.keys()]).toEqual(['model/a.bin', 'model/b.bin']);
  expect(stage.heartbeats).toContainEqual({ objectCount: 2, movedBytes: 17, run: 'fake' });
});

test('copyData: a cancellation stops it between two objects and leaves as a cancellation', async () => {
  const { stage, dataSet, target } = await withBucket();
  const environment = stage.environment();
  environment.on('heartbeat', () => environment.cancel('CANCELLED'));
  const activities = stage.activitiesHere();

  await expect(environment.run(() => activities.copyData({ dataSet, memory: stage.memory }))).rejects.toBeInstanceOf(
    CancelledFailure,
  );
  expect(target.size).toBe(1);
});

test('verifyData: equal data gives counts and a manifest', async () => {
  const { stage, dataSet } = await withBucket();
  await stage.activities.copyData({ dataSet, memory: stage.memory });

  expect(await stage.activities.verifyData({ dataSet, memory: stage.memory })).toEqual({
    objectCount: 2,
    byteCount: 17,
    manifestHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    proofs: { stored: 2, streamed: 0, read: 0, none: 0 },
  });
});

const DAMAGES: [string, (target: Map<string, string>) => unknown, string][] = [
  [
    'an object that differs',
    (target) => target.set('model/a.bin', 'weighty'),
    '1 of 2 objects differ or are missing: a.bin',
  ],
  ['an object that vanished', (target) => target.delete('model/b.bin'), '1 of 2 objects differ or are missing: b.bin'],
];
test.each(DAMAGES)('verifyData: %s is named', async (_name, damage, words) => {
  const { stage, dataSet, target } = await withBucket();
  await stage.activities.copyData({ dataSet, memory: stage.memory });
  damage(target);

  await expect(stage.activities.verifyData({ dataSet, memory: stage.memory })).rejects.toMatchObject({
    type: 'DataMismatch',
    message: expect.stringContaining(words),
  });
});

test('verifyData: nothing to compare is nothing proven', async () => {
  const { stage, dataSet } = await withBucket();

  await expect(
    stage.activities.verifyData({
      dataSet: { ...dataSet, from: 's3://ranker-models/misspelt' },
      memory: stage.memory,
    }),
  ).rejects.toMatchObject({ type: 'DataMismatch' });
});

test('removeBucket: a bucket that holds other things keeps them', async () => {
  const { stage, dataSet, target } = await withBucket();
  await stage.activities.copyData({ dataSet, memory: stage.memory });
  target.set('other/keep', 'mine');

  await stage.activities.removeBucket({ dataSet, owner: OWNER, memory: stage.memory });

  expect([...target.keys()]).toEqual(['other/keep']);
});

test('copyData: mirrored deletes take what the source has no more, and not more than is allowed', async () => {
  const { stage, dataSet, target } = await withBucket();
  const source = stage.world.buckets.get('ranker-models')!.objects;
  const sync = { everyMs: 1, freezeMaxMs: 1, freeze: 'declared', deletes: 'mirror' } as const;
  const mirrored = (maxDeletePercent: number): typeof dataSet =>
    ({ ...dataSet, sync: { ...sync, maxDeletePercent } }) as unknown as typeof dataSet;
  await stage.activities.copyData({ dataSet, memory: stage.memory });
  source.delete('ranker/a.bin');

  await expect(stage.activities.copyData({ dataSet: mirrored(49), memory: stage.memory })).rejects.toMatchObject({
    type: 'DeletesRefused',
  });
  expect([...target.keys()]).toEqual(['model/a.bin', 'model/b.bin']);
  expect(await stage.activities.copyData({ dataSet: mirrored(50), memory: stage.memory })).toMatchObject({
    deletedCount: 1,
  });
  expect([...target.keys()]).toEqual(['model/b.bin']);
});

test.each<[string, (stage: Stage) => unknown, unknown]>([
  ['nobody ever migrated it', () => undefined, null],
  [
    'its migration is running',
    ({ world }) => world.histories.set('ranker', { document: {}, open: true }),
    expect.stringContaining('is running and follows its data itself'),
  ],
  [
    'its migration has ended and moved nobody',
    ({ world }) => world.histories.set('ranker', { document: {}, open: false }),
    null,
  ],
])('whyNotSync: %s', async (_name, prepare, reason) => {
  const stage = new Stage();
  prepare(stage);

  expect(await stage.activities.whyNotSync({ workload: 'ranker', ledger: stage.place.ledger })).toEqual({ reason });
});

test('whyNotSync: a target that serves users keeps what it has', async () => {
  const stage = new Stage();
  const target = { url: stage.place.ledger, workload: 'ranker', run: 'run-1', policyHash: 'p' };
  const entry = (text: string, targetPercent: number | undefined): LedgerEntry => ({
    kind: 'shift_confirmed',
    at: stage.clock.now() as LedgerEntry['at'],
    phase: 'cutover',
    text,
    actor: { requestedBy: 'crossfade', reason: 'test' },
    ...(targetPercent === undefined ? {} : { weights: targetWeight(targetPercent) }),
  });
  const first = await stage.activities.appendRecord({ target, head: EMPTY_LEDGER, entry: entry('moved', 10) });
  await stage.activities.appendRecord({ target, head: first, entry: entry('said something', undefined) });

  expect(await stage.activities.whyNotSync({ workload: 'ranker', ledger: stage.place.ledger })).toEqual({
    reason: expect.stringContaining('serves 10 % of the users'),
  });
});
