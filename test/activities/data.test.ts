import { CancelledFailure } from '@temporalio/common';
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

  expect(await stage.activities.copyData({ dataSet })).toEqual({ objectCount: 2, byteCount: 17 });
  expect(await stage.activities.copyData({ dataSet })).toEqual({ objectCount: 2, byteCount: 0 });
  expect([...target.keys()]).toEqual(['model/a.bin', 'model/b.bin']);
  expect(stage.heartbeats).toContainEqual({ copiedCount: 2, copiedBytes: 17, unchangedCount: 0 });
});

test('copyData: a cancellation stops it between two objects and leaves as a cancellation', async () => {
  const { stage, dataSet, target } = await withBucket();
  const environment = stage.environment();
  environment.on('heartbeat', () => environment.cancel('CANCELLED'));
  const activities = stage.activitiesHere();

  await expect(environment.run(() => activities.copyData({ dataSet }))).rejects.toBeInstanceOf(CancelledFailure);
  expect(target.size).toBe(1);
});

test('verifyData: equal data gives counts and a manifest', async () => {
  const { stage, dataSet } = await withBucket();
  await stage.activities.copyData({ dataSet });

  expect(await stage.activities.verifyData({ dataSet })).toEqual({
    objectCount: 2,
    byteCount: 17,
    manifestHash: expect.stringMatching(/^[0-9a-f]{64}$/),
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
  await stage.activities.copyData({ dataSet });
  damage(target);

  await expect(stage.activities.verifyData({ dataSet })).rejects.toMatchObject({
    type: 'DataMismatch',
    message: expect.stringContaining(words),
  });
});

test('verifyData: nothing to compare is nothing proven', async () => {
  const { stage, dataSet } = await withBucket();

  await expect(
    stage.activities.verifyData({ dataSet: { ...dataSet, from: 's3://ranker-models/misspelt' } }),
  ).rejects.toMatchObject({ type: 'DataMismatch' });
});

test('removeBucket: a bucket that holds other things keeps them', async () => {
  const { stage, dataSet, target } = await withBucket();
  await stage.activities.copyData({ dataSet });
  target.set('other/keep', 'mine');

  await stage.activities.removeBucket({ dataSet, owner: OWNER });

  expect([...target.keys()]).toEqual(['other/keep']);
});
