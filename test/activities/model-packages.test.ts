import type { ModelPackageOrder } from '../../src/contracts/activities';
import type { ModelPackageSpec } from '../../src/domain/model-package';
import { addVersion } from '../support/fakes';
import { EARLIER, OWNER, Stage } from './support';

const ENTRY = {
  InferenceSpecification: {
    Containers: [{ Image: 'registry.example.com/team/ranker:1', ModelDataUrl: 's3://ranker-registry/7/model.tar.gz' }],
    SupportedContentTypes: ['application/json'],
  },
  ModelMetrics: { Bias: { Report: { ContentType: 'application/json', S3Uri: 's3://ranker-registry/7/bias.json' } } },
  CustomerMetadataProperties: { team: 'ranking' },
};
const IMAGE = { name: 'server', from: 'registry.example.com/team/ranker:1', to: 'moved/ranker' };
const PINNED_IMAGE = { digest: 'sha256:a', manifests: ['sha256:a'], blobCount: 1, byteCount: 10 };

/** How a call is done: once more when it fails, or always twice. */
type Again = <T>(run: () => Promise<T>) => Promise<T>;
const once: Again = (run) => run();
const retried: Again = (run) => run().catch(run);
const twice: Again = (run) => run().then(run);

function staged(): { stage: Stage; modelPackage: ModelPackageSpec } {
  const stage = new Stage();
  const { world } = stage;
  const objects = new Map([
    ['7/model.tar.gz', 'weights'],
    ['7/bias.json', '{}'],
    ['8/model.tar.gz', 'other weights'],
  ]);
  world.buckets.set('ranker-registry', { owner: undefined, objects, isLedger: false });
  world.buckets.set('ranker-new', { owner: undefined, objects: new Map(), isLedger: false });
  world.repositories.set('moved/ranker', { owner: OWNER, digests: new Set(['sha256:a']) });
  const from = addVersion(world, 'trained', ENTRY);
  return { stage, modelPackage: { name: 'ranker', from, to: 'ranker', modelDataTo: 's3://ranker-new/registry' } };
}

async function move({ stage, modelPackage }: ReturnType<typeof staged>, again = once): Promise<ModelPackageOrder> {
  const { activities, memory } = stage;
  const setting = { modelPackage, region: 'eu-west-1', images: [{ image: IMAGE, pinned: PINNED_IMAGE }] };
  const pinned = await again(() => activities.pinModelPackage({ ...setting, owner: OWNER, adopt: false }));
  await again(() => activities.copyModelData({ modelPackage, pinned, memory }));
  const proof = await again(() => activities.verifyModelData({ modelPackage, pinned }));
  await again(() => activities.createModelPackageGroup({ name: modelPackage.to, owner: OWNER }));
  const order = { ...setting, pinned, proof, owner: OWNER, adopt: false };
  await again(() => activities.createModelPackage(order));
  await again(() => activities.verifyModelPackage(order));
  return order;
}

async function undo({ stage }: ReturnType<typeof staged>, order: ModelPackageOrder, again = once): Promise<void> {
  const { activities, memory } = stage;
  const { modelPackage, pinned, owner, adopt } = order;
  await again(() => activities.removeModelPackage({ modelPackage, pinned, owner, adopt }));
  await again(() => activities.removeModelPackageGroup({ name: modelPackage.to, owner, adopt }));
  await again(() => activities.removeModelData({ modelPackage, pinned, memory }));
}

const versionsIn = (stage: Stage, group: string): unknown[] => [
  ...(stage.world.modelGroups.get(group)?.versions.values() ?? []),
];

test('model packages: the entry that arrives names what arrived, waits for approval, and says where it comes from', async () => {
  const play = staged();
  const { proof, pinned } = await move(play);
  expect(versionsIn(play.stage, 'ranker')).toEqual([
    expect.objectContaining({
      approval: 'PendingManualApproval',
      entry: {
        InferenceSpecification: {
          Containers: [
            { Image: 'registry/moved/ranker@sha256:a', ModelDataUrl: 's3://ranker-new/registry/0/model.tar.gz' },
          ],
          SupportedContentTypes: ['application/json'],
        },
        ModelMetrics: {
          Bias: { Report: { ContentType: 'application/json', S3Uri: 's3://ranker-new/registry/1/bias.json' } },
        },
        CustomerMetadataProperties: {
          team: 'ranking',
          'crossfade:workload': OWNER.workload,
          'crossfade:run': OWNER.run,
          'crossfade:source': pinned.arn,
          'crossfade:source-approval': 'Approved',
          'crossfade:sha256': proof.sha256,
        },
      },
    }),
  ]);
  expect(play.stage.world.buckets.get('ranker-new')?.objects).toEqual(
    new Map([
      ['registry/0/model.tar.gz', 'weights'],
      ['registry/1/bias.json', '{}'],
    ]),
  );
});

test('model packages: with any reply lost, and with every call made twice, there is one version', async () => {
  const whole = staged();
  await move(whole);
  const wanted = whole.stage.world.snapshot();
  const again = staged();
  await move(again, twice);
  expect(again.stage.world.snapshot()).toEqual(wanted);
  for (let nth = 1; nth <= whole.stage.faults.calls.length; nth += 1) {
    const play = staged();
    play.stage.faults.after('*', nth, () => {
      throw new Error('socket hang up');
    });
    await move(play, retried);
    expect({ nth, snapshot: play.stage.world.snapshot() }).toEqual({ nth, snapshot: wanted });
  }
});

test('model packages: undone, also with any reply lost, the world is as it was', async () => {
  const before = staged().stage.world.snapshot();
  const whole = staged();
  const order = await move(whole);
  const movingCount = whole.stage.faults.calls.length;
  await undo(whole, order);
  expect(whole.stage.world.snapshot()).toEqual(before);
  for (let nth = 1; nth <= whole.stage.faults.calls.length - movingCount; nth += 1) {
    const play = staged();
    const moved = await move(play);
    play.stage.faults.after('*', nth, () => {
      throw new Error('socket hang up');
    });
    await undo(play, moved, retried);
    expect({ nth, snapshot: play.stage.world.snapshot() }).toEqual({ nth, snapshot: before });
  }
});

test('model packages: a group that was there keeps its versions, and stays when ours is removed', async () => {
  const play = staged();
  addVersion(play.stage.world, 'ranker', ENTRY);
  await undo(play, await move(play));
  expect(versionsIn(play.stage, 'ranker')).toHaveLength(1);
});

test('createModelPackage: what an earlier run left is told, taken over with adopt, and not removed without', async () => {
  const play = staged();
  const order = await move(play);
  const next = { ...order, owner: { ...OWNER, run: 'run-2' } };
  const { activities } = play.stage;
  const refused = { type: 'EarlierRunLeftovers' };
  await expect(activities.pinModelPackage(next)).rejects.toMatchObject(refused);
  await expect(activities.createModelPackage(next)).rejects.toMatchObject(refused);
  await undo(play, next);
  expect(versionsIn(play.stage, 'ranker')).toHaveLength(1);
  await activities.createModelPackage({ ...next, adopt: true });
  expect(versionsIn(play.stage, 'ranker')).toHaveLength(1);
});

test('createModelPackage: the version of another workload is another one', async () => {
  const play = staged();
  const order = await move(play);
  await play.stage.activities.createModelPackage({ ...order, owner: { ...EARLIER, workload: 'other' } });
  expect(versionsIn(play.stage, 'ranker')).toHaveLength(2);
});

test('verifyModelData: bytes that differ on the two sides are told by both digests', async () => {
  const play = staged();
  const { modelPackage, pinned } = await move(play);
  play.stage.world.buckets.get('ranker-new')?.objects.set('registry/0/model.tar.gz', 'Weights');
  await expect(play.stage.activities.verifyModelData({ modelPackage, pinned })).rejects.toMatchObject({
    type: 'ModelPackageMismatch',
    message: expect.stringMatching(
      /7\/model\.tar\.gz is sha256:[0-9a-f]{64}.*0\/model\.tar\.gz is sha256:[0-9a-f]{64}/,
    ),
  });
});

test("verifyModelPackage: a member that was changed is told; an approval is a person's own matter", async () => {
  const play = staged();
  const order = await move(play);
  const { activities, world } = play.stage;
  const version = world.modelGroups.get('ranker')?.versions.get(1);
  version!.approval = 'Approved';
  expect(await activities.verifyModelPackage(order)).toMatchObject({ approval: 'Approved' });
  world.modelGroups.get('ranker')?.versions.set(1, { ...version!, entry: { ...version!.entry, Task: 'OTHER' } });
  await expect(activities.verifyModelPackage(order)).rejects.toMatchObject({
    type: 'ModelPackageMismatch',
    message: expect.stringContaining('Task is "OTHER"'),
  });
});

test('verifyModelPackage: a version that the registry refuses is a failure with its name', async () => {
  const play = staged();
  const order = await move(play);
  play.stage.world.modelGroups.get('ranker')!.versions.get(1)!.status = 'Failed';
  await expect(play.stage.activities.verifyModelPackage(order)).rejects.toMatchObject({
    type: 'ModelPackageMismatch',
    message: expect.stringContaining('is Failed'),
  });
});

test('pinModelPackage: an entry that is not there, not ready, or needs another image is told', async () => {
  const { stage, modelPackage } = staged();
  const { activities, world } = stage;
  const pin = (from: string, images: ModelPackageOrder['images'] = []): Promise<unknown> =>
    activities.pinModelPackage({
      modelPackage: { ...modelPackage, from },
      region: 'eu-west-1',
      images,
      owner: OWNER,
      adopt: false,
    });
  await expect(pin('trained/9')).rejects.toMatchObject({ type: 'NotFound' });
  const Image = '123456789012.dkr.ecr.us-east-1.amazonaws.com/ranker:1';
  const far = addVersion(world, 'far', { InferenceSpecification: { Containers: [{ Image }] } });
  await expect(pin(far)).rejects.toMatchObject({
    type: 'ModelPackageUnmovable',
    message: expect.stringContaining('name it in images'),
  });
  world.modelGroups.get('trained')!.versions.get(1)!.status = 'Pending';
  await expect(pin('trained/1')).rejects.toMatchObject({ type: 'ModelPackageUnmovable' });
});
