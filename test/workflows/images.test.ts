import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/*
 * An image that moves with the workload. Each call refused for good: the migration is blocked with the code before anything
 * runs the image, trying again completes it, abandoning it leaves the world as it was. Each call done twice is once.
 */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 10;
/** The first look for the repository is preflight's, which blocks nothing yet. */
const NTH: Readonly<Record<string, number>> = { findRepository: 2 };
const CALLS = ['pin', 'findRepository', 'createRepository', 'copy', 'verify'];
const REFUSED = new MigrationError('RegistryDenied', 'not allowed to do that');
const PINNED = { digest: 'sha256:a', manifests: ['sha256:a', 'sha256:b'], blobCount: 3, byteCount: 4_000 };

interface Ending {
  readonly outcome: string;
  readonly blocked: BlockedOn | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly decisions: readonly string[];
  readonly digests: readonly string[];
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

function staged(workload: string): { migration: Migration; before: unknown } {
  const from = `registry.example.com/team/${workload}:1.4`;
  const images = [{ name: 'server', from, to: `moved/${workload}` }];
  const migration = Migration.of(theatre, workload, { images });
  migration.world.images.set(from, PINNED);
  return { migration, before: migration.world.snapshot() };
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
    digests: [...(world.repositories.get(`moved/${workload}`)?.digests ?? [])],
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
  const { world } = stage.migration;
  world.faults.failCall(`images.${method}`, NTH[method] ?? 1, REFUSED);
  await stage.migration.start();
  const { blocked } = await stage.migration.untilBlocked();
  expect(world.launchTemplates.size).toBe(0);
  await stage.migration.send(answer);
  return endOf(stage, blocked);
}

/** Abandoned when the image had arrived, with the first reply of its removal lost. */
async function abandoned(workload: string): Promise<Ending> {
  const stage = staged(workload);
  stage.migration.world.answer = () => ({ status: 500, body: {} });
  loseReply(stage.migration, 'remove');
  await stage.migration.start();
  const { blocked } = await stage.migration.untilBlocked();
  await stage.migration.send('abandon');
  return endOf(stage, blocked);
}

function loseReply({ world }: Migration, method: string): void {
  world.faults.after(`images.${method}`, NTH[method] ?? 1, () => {
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
      ['image', () => completed('image')],
      ['undo', () => abandoned('image-undone')],
      ...each('retry', (name, index) => refused(`image-retried-${index}`, name, 'retry')),
      ...each('abandon', (name, index) => refused(`image-given-${index}`, name, 'abandon')),
      ...each('twice', (name, index) => completed(`image-twice-${index}`, name)),
    ]),
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

test(
  'images: one arrives, its digest and its proof stand in the ledger',
  async () => {
    const { outcome, digests, decisions } = await plays.of('image');
    expect({ outcome, digests }).toEqual({ outcome: 'completed', digests: PINNED.manifests });
    expect(decisions.filter((kind) => kind.startsWith('image_'))).toEqual(['image_pinned', 'image_verified']);
  },
  WITHIN_MS,
);

test.each(CALLS)(
  'images: %s refused blocks with its code; retry completes, abandon leaves the world as it was',
  async (name) => {
    const [retried, givenUp] = await Promise.all([plays.of(`retry ${name}`), plays.of(`abandon ${name}`)]);
    expect(retried).toMatchObject({
      outcome: 'completed',
      blocked: { code: 'RegistryDenied' },
      digests: PINNED.manifests,
    });
    expect(givenUp).toMatchObject({ outcome: 'abandoned', blocked: { code: 'RegistryDenied' } });
    expect(givenUp.after).toEqual(givenUp.before);
  },
  WITHIN_MS,
);

test.each(CALLS)(
  'images: %s done twice is once',
  async (name) => {
    const [twice, once] = await Promise.all([plays.of(`twice ${name}`), plays.of('image')]);
    expect({ ...twice, before: null, after: null }).toEqual({ ...once, before: null, after: null });
  },
  WITHIN_MS,
);

test(
  'images: with the reply of their removal lost, abandoning leaves the world as it was',
  async () => {
    const { outcome, before, after } = await plays.of('undo');
    expect(outcome).toBe('abandoned');
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);
