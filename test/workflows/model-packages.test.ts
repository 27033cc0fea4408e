import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { addVersion } from '../support/fakes';
import { playAll } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import type { PartEnding, Staged } from './part-plays';
import { endingOf, PartTests, playEach, staged, startAbandoned, startRefused } from './part-plays';

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
const UNDONE = ['registry.removeVersion'];
const REFUSED = new MigrationError('AwsDenied', 'not allowed to do that');

interface Ending extends PartEnding {
  readonly versions: readonly unknown[];
  readonly objects: readonly string[];
}

let theatre: Theatre;

function moved(workload: string): Staged {
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
  return staged(migration);
}

async function endOf(play: Staged, blocked: BlockedOn | null = null): Promise<Ending> {
  const ending = await endingOf(play, blocked);
  const { world, workload } = play.migration;
  return {
    ...ending,
    versions: [...(world.modelGroups.get(`moved-${workload}`)?.versions.values() ?? [])].map(
      ({ approval }) => approval,
    ),
    objects: [...(world.buckets.get(`${workload}-target`)?.objects.keys() ?? [])].filter((key) =>
      key.startsWith('registry/'),
    ),
  };
}

async function completed(workload: string, lost?: string): Promise<Ending> {
  const play = moved(workload);
  if (lost !== undefined) loseReply(play.migration, lost);
  await play.migration.start();
  return endOf(play);
}

async function refused(workload: string, call: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const play = moved(workload);
  return endOf(play, await startRefused(play, { call, nth: NTH[call] ?? 1, error: REFUSED, answer }));
}

async function abandoned(workload: string, lost: string): Promise<Ending> {
  const play = moved(workload);
  loseReply(play.migration, lost);
  return endOf(play, await startAbandoned(play));
}

function loseReply({ world }: Migration, call: string): void {
  world.faults.loseReply(call, NTH[call] ?? 1);
}

const plays = playAll<Ending>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => ({
    version: () => completed('model'),
    ...playEach('undo', UNDONE, (name) => abandoned('model-undone', name)),
    ...playEach('retry', CALLS, (name, index) => refused(`model-retried-${index}`, name, 'retry')),
    ...playEach('abandon', CALLS, (name, index) => refused(`model-given-${index}`, name, 'abandon')),
    ...playEach('twice', CALLS, (name, index) => completed(`model-twice-${index}`, name)),
  }),
  atOnceMax: AT_ONCE_MAX,
  withinMs: WITHIN_MS,
});

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

const tests = new PartTests('model packages', plays, WITHIN_MS);
tests.refusals(CALLS, 'AwsDenied', ARRIVED);
tests.repeats(CALLS, 'version');
tests.lostUndos(UNDONE);
