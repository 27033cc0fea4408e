import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { addVersion } from '../support/fakes';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/*
 * A version of a model registry that moves with the workload. Each call refused for good: the migration is blocked with
 * the code, trying again completes it, abandoning it leaves the world as it was. Each call done twice is once.
 */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 10;
/** The first look at the source is preflight's, which blocks nothing yet. */
const NTH: Readonly<Record<string, number>> = { 'registry.readSource': 2 };
const CALLS = [
  'registry.readSource',
  'registry.findGroup',
  'registry.createGroup',
  'registry.findVersion',
  'registry.createVersion',
  'registry.readVersion',
  'digests.digestOf',
];
const REFUSED = new MigrationError('AwsDenied', 'not allowed to do that');

interface Ending {
  readonly outcome: string;
  readonly blocked: BlockedOn | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly decisions: readonly string[];
  readonly versions: readonly unknown[];
  readonly objects: readonly string[];
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

function staged(workload: string): { migration: Migration; before: unknown } {
  const registry = `${workload}-registry`;
  // In the bucket that the data set makes.
  const modelDataTo = `s3://${workload}-target/registry`;
  const modelPackages = [{ name: 'ranker', from: 'trained/1', to: `moved-${workload}`, modelDataTo }];
  const migration = Migration.of(theatre, workload, { modelPackages });
  const { world } = migration;
  const objects = new Map([['model.tar.gz', 'weights']]);
  world.buckets.set(registry, { owner: undefined, objects, isLedger: false });
  addVersion(world, 'trained', {
    InferenceSpecification: {
      Containers: [{ Image: 'registry.example.com/ranker:1', ModelDataUrl: `s3://${registry}/model.tar.gz` }],
    },
  });
  return { migration, before: world.snapshot() };
}

async function endOf(
  { migration, before }: ReturnType<typeof staged>,
  blocked: BlockedOn | null = null,
): Promise<Ending> {
  const { outcome } = await migration.result();
  const { world, workload } = migration;
  return {
    outcome,
    blocked,
    before,
    after: world.snapshot(),
    decisions: await migration.recordedKinds(),
    versions: [...(world.modelGroups.get(`moved-${workload}`)?.versions.values() ?? [])].map(
      ({ approval }) => approval,
    ),
    objects: [...(world.buckets.get(`${workload}-target`)?.objects.keys() ?? [])].filter((key) =>
      key.startsWith('registry/'),
    ),
  };
}

async function completed(workload: string, lost?: string): Promise<Ending> {
  const stage = staged(workload);
  if (lost !== undefined) loseReply(stage.migration, lost);
  await stage.migration.start();
  return endOf(stage);
}

async function refused(workload: string, method: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const stage = staged(workload);
  stage.migration.world.faults.failCall(method, NTH[method] ?? 1, REFUSED);
  await stage.migration.start();
  const { blocked } = await stage.migration.untilBlocked();
  await stage.migration.send(answer);
  return endOf(stage, blocked);
}

/** Abandoned when the version had arrived, with the first reply of its removal lost. */
async function abandoned(workload: string): Promise<Ending> {
  const stage = staged(workload);
  stage.migration.world.answer = () => ({ status: 500, body: {} });
  loseReply(stage.migration, 'registry.removeVersion');
  await stage.migration.start();
  const { blocked } = await stage.migration.untilBlocked();
  await stage.migration.send('abandon');
  return endOf(stage, blocked);
}

function loseReply({ world }: Migration, method: string): void {
  world.faults.after(method, NTH[method] ?? 1, () => {
    throw new Error('socket hang up');
  });
}

beforeAll(async () => {
  theatre = await Theatre.open();
  const each = (
    prefix: string,
    play: (name: string, index: number) => Promise<Ending>,
  ): [string, () => Promise<Ending>][] => CALLS.map((name, index) => [`${prefix} ${name}`, () => play(name, index)]);
  plays.begin(
    Object.fromEntries([
      ['version', () => completed('model')],
      ['undo', () => abandoned('model-undone')],
      ...each('retry', (name, index) => refused(`model-retried-${index}`, name, 'retry')),
      ...each('abandon', (name, index) => refused(`model-given-${index}`, name, 'abandon')),
      ...each('twice', (name, index) => completed(`model-twice-${index}`, name)),
    ]),
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

const ARRIVED = { outcome: 'completed', versions: ['PendingManualApproval'], objects: ['registry/0/model.tar.gz'] };

test(
  'model packages: one arrives and is left there; its entry and the proofs stand in the ledger',
  async () => {
    const ending = await plays.of('version');
    expect(ending).toMatchObject(ARRIVED);
    expect(ending.decisions.filter((kind) => kind.startsWith('model_'))).toEqual([
      'model_package_pinned',
      'model_data_verified',
      'model_package_registered',
    ]);
  },
  WITHIN_MS,
);

test.each(CALLS)(
  'model packages: %s refused blocks with its code; retry completes, abandon leaves the world as it was',
  async (name) => {
    const [retried, givenUp] = await Promise.all([plays.of(`retry ${name}`), plays.of(`abandon ${name}`)]);
    expect(retried).toMatchObject({ ...ARRIVED, blocked: { code: 'AwsDenied' } });
    expect(givenUp).toMatchObject({ outcome: 'abandoned', blocked: { code: 'AwsDenied' } });
    expect(givenUp.after).toEqual(givenUp.before);
  },
  WITHIN_MS,
);

test.each(CALLS)(
  'model packages: %s done twice is once',
  async (name) => {
    const [twice, once] = await Promise.all([plays.of(`twice ${name}`), plays.of('version')]);
    expect({ ...twice, before: null, after: null }).toEqual({ ...once, before: null, after: null });
  },
  WITHIN_MS,
);

test(
  'model packages: with the reply of its removal lost, abandoning leaves the world as it was',
  async () => {
    const { outcome, before, after } = await plays.of('undo');
    expect(outcome).toBe('abandoned');
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);
