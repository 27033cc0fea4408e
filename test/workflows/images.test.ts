import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { playAll } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import type { PartEnding, Staged } from './part-plays';
import { endingOf, PartTests, playEach, staged, startAbandoned, startRefused } from './part-plays';

/*
 * An image that moves with the workload. Each call refused for good: the migration is blocked with the code before anything
 * runs the image, trying again completes it, abandoning it leaves the world as it was. Each call done twice is once.
 */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 10;
/** The first look for the repository is preflight's, which blocks nothing yet. */
const NTH: Readonly<Record<string, number>> = { findRepository: 2 };
const CALLS = ['pin', 'findRepository', 'createRepository', 'copy', 'verify'];
const UNDONE = ['remove'];
const REFUSED = new MigrationError('RegistryDenied', 'not allowed to do that');
const PINNED = { digest: 'sha256:a', manifests: ['sha256:a', 'sha256:b'], blobCount: 3, byteCount: 4_000 };

interface Ending extends PartEnding {
  readonly digests: readonly string[];
}

let theatre: Theatre;

function moved(workload: string): Staged {
  const from = `registry.example.com/team/${workload}:1.4`;
  const images = [{ name: 'server', from, to: `moved/${workload}` }];
  const migration = Migration.of(theatre, workload, { images });
  migration.world.images.set(from, PINNED);
  return staged(migration);
}

async function endOf(play: Staged, blocked: BlockedOn | null = null): Promise<Ending> {
  const ending = await endingOf(play, blocked);
  const { world, workload } = play.migration;
  return { ...ending, digests: [...(world.repositories.get(`moved/${workload}`)?.digests ?? [])] };
}

async function completed(workload: string, lost?: string): Promise<Ending> {
  const play = moved(workload);
  if (lost !== undefined) loseReply(play.migration, lost);
  await play.migration.start();
  return endOf(play);
}

async function refused(workload: string, method: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const play = moved(workload);
  const refusal = { call: `images.${method}`, nth: NTH[method] ?? 1, error: REFUSED, answer };
  const noneRuns = (): void => expect(play.migration.world.launchTemplates.size).toBe(0);
  return endOf(play, await startRefused(play, refusal, noneRuns));
}

async function abandoned(workload: string, lost: string): Promise<Ending> {
  const play = moved(workload);
  loseReply(play.migration, lost);
  return endOf(play, await startAbandoned(play));
}

function loseReply({ world }: Migration, method: string): void {
  world.faults.loseReply(`images.${method}`, NTH[method] ?? 1);
}

const plays = playAll<Ending>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => ({
    image: () => completed('image'),
    ...playEach('undo', UNDONE, (name) => abandoned('image-undone', name)),
    ...playEach('retry', CALLS, (name, index) => refused(`image-retried-${index}`, name, 'retry')),
    ...playEach('abandon', CALLS, (name, index) => refused(`image-given-${index}`, name, 'abandon')),
    ...playEach('twice', CALLS, (name, index) => completed(`image-twice-${index}`, name)),
  }),
  atOnceMax: AT_ONCE_MAX,
  withinMs: WITHIN_MS,
});

test(
  'images: one arrives, its digest and its proof stand in the ledger',
  async () => {
    const { outcome, digests, decisions } = await plays.of('image');
    expect({ outcome, digests }).toEqual({ outcome: 'completed', digests: PINNED.manifests });
    expect(decisions.filter((kind) => kind.startsWith('image_'))).toEqual(['image_pinned', 'image_verified']);
  },
  WITHIN_MS,
);

const tests = new PartTests('images', plays, WITHIN_MS);
tests.refusals(CALLS, 'RegistryDenied', { digests: PINNED.manifests });
tests.repeats(CALLS, 'image');
tests.lostUndos(UNDONE);
