import { verifyChain } from '../../src/activities/ledger-chain';
import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { KINDS_OF_WRITES, WRITES, writesOf } from './writes';

/*
 * Every write that a migration makes, refused for good: the migration is blocked with the code and the words, abandoning
 * it leaves the world as it was, and trying again completes it.
 */

const AT_ONCE_MAX = 14;
const WITHIN_MS = 150_000;

interface Ending {
  readonly blocked: BlockedOn | null;
  readonly outcome: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly stuck: unknown;
}

/** Giving the claims back is best effort and the last thing that a migration does. */
const FAILING = WRITES.filter(({ name }) => name !== 'claims.release');
/** Once the source leaves there is nothing to go back to, so these are not abandoned. */
const ABANDONED = FAILING.filter(({ afterNoReturn }) => !afterNoReturn);

let theatre: Theatre;
const plays = new AtOnce<Ending>();
const healthy = new AtOnce<Migration>();

beforeAll(async () => {
  theatre = await Theatre.open();
  healthy.begin({ healthy: playHealthy }, 1);
  const named = [
    ...FAILING.map((write, index) => [`retry ${write.title}`, () => play(write, `retry-${index}`, 'retry')] as const),
    ...ABANDONED.map(
      (write, index) => [`abandon ${write.title}`, () => play(write, `abandon-${index}`, 'abandon')] as const,
    ),
  ];
  plays.begin(Object.fromEntries(named), AT_ONCE_MAX);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

async function playHealthy(): Promise<Migration> {
  const migration = await Migration.of(theatre, 'healthy').start();
  await migration.result();
  return migration;
}

async function play(
  { name, nth }: (typeof WRITES)[number],
  workload: string,
  answer: 'retry' | 'abandon',
): Promise<Ending> {
  const migration = Migration.of(theatre, workload);
  const before = migration.world.snapshot();
  migration.world.faults.failCall(name, nth, new MigrationError('AwsDenied', `not allowed to ${name}`));
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send(answer);
  const { outcome } = await migration.result();
  const last = (await migration.records()).find(({ kind }) => kind === 'abandoned');
  return { blocked, outcome, before, after: migration.world.snapshot(), stuck: last?.values?.['stuck'] };
}

test(
  'migrate: a healthy migration completes, the source is gone and nothing is claimed',
  async () => {
    const { world, place } = await healthy.of('healthy');

    expect(world.autoScalingGroups.has(place.sourceFleet)).toBe(false);
    expect(world.instances.get(place.sourceInstance)).toBe('terminated');
    expect([...world.claims]).toEqual([]);
    expect(world.probeRules.size).toBe(0);
  },
  WITHIN_MS,
);

test(
  'migrate: a healthy migration leaves a ledger whose chain holds, from its start to its end',
  async () => {
    const migration = await healthy.of('healthy');
    const records = await migration.records();
    const { ledgerRecords } = await migration.result();

    expect(verifyChain(records)).toEqual([]);
    expect(records).toHaveLength(ledgerRecords);
    expect(records.at(0)?.kind).toBe('started');
    expect(records.at(-1)?.kind).toBe('completed');
  },
  WITHIN_MS,
);

test(
  'migrate: makes exactly the writes that these tests let go wrong',
  async () => {
    const { world } = await healthy.of('healthy');

    expect(writesOf(world.faults.calls)).toEqual(WRITES.map(({ name }) => name));
    expect(KINDS_OF_WRITES.length).toBeGreaterThan(20);
  },
  WITHIN_MS,
);

test.each(FAILING)(
  '$title refused: blocks the migration, and a retry completes it',
  async ({ title, name }) => {
    const { blocked, outcome } = await plays.of(`retry ${title}`);

    expect(blocked).toMatchObject({ code: 'AwsDenied', message: `not allowed to ${name}` });
    expect(outcome).toBe('completed');
  },
  WITHIN_MS,
);

test.each(ABANDONED)(
  '$title refused: abandoning it leaves the world as it was',
  async ({ title }) => {
    const { blocked, outcome, before, after, stuck } = await plays.of(`abandon ${title}`);

    expect(blocked?.code).toBe('AwsDenied');
    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([]);
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);
