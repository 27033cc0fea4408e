import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { verifyChain } from '../../src/activities/ledger-chain';
import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { AtOnce } from '../support/temporal/at-once';
import type { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { PREFLIGHT, READS, ReadsRefused, wordsOf } from './reads';
import type { Read } from './reads';
import { IS_FULL } from '../e2e/full';
import { isSourceGone, migrationOn, ROADS, titleOn } from './roads';
import type { Road } from './roads';
import { KINDS_OF_WRITES, WRITES, writesOf } from './writes';
import type { Write } from './writes';

/*
 * Every write that a migration makes, and every read on which one of its steps hangs, refused for good: the migration is
 * blocked with the code and the words, abandoning it leaves the world as it was, and trying again completes it. Those that
 * are tried again are refused one after another in one migration, which takes as long as one.
 */

const AT_ONCE_MAX = 14;
const WITHIN_MS = 150_000;
/** A baseline that finds too little waits for as long. */
const SHORT_WINDOW = { baseline: { window: '1s' } };

/** All writes, or all reads, refused in turn. */
interface Retried {
  readonly blocked: Readonly<Record<string, BlockedOn | null>>;
  readonly outcome: string;
  readonly problems: readonly string[];
}

interface Refused {
  readonly code: unknown;
  readonly message: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Each takes a migration of its own, so roads that share their undoing with these wait for a full run. */
function isAbandoned({ road, afterNoReturn }: { road: Road; afterNoReturn?: boolean }): boolean {
  const isOwn = road === 'ec2' || road === 'endpoint';
  return afterNoReturn !== true && (IS_FULL || isOwn);
}

interface Ending {
  readonly blocked: BlockedOn | null;
  readonly outcome: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly stuck: unknown;
}

/** Giving the claims back is best effort and the last thing that a migration does. */
const BLOCKING = ROADS.flatMap((road) => WRITES[road]).filter(({ name }) => name !== 'claims.release');
/** Once the source leaves there is nothing to go back to, so these are not abandoned. */
const ABANDONED = BLOCKING.filter(isAbandoned);
const ALL_READS = ROADS.flatMap((road) => READS[road]);
/** Nothing is made between two reads of an activity: what is undone after the first is what there is to undo. */
const READS_ABANDONED = ALL_READS.filter(isAbandoned).filter(
  ({ road, activity }, index, reads) =>
    IS_FULL || reads.findIndex((other) => other.road === road && other.activity === activity) === index,
);
/** What the same input can never cure, where these may meet it. */
const READS_REFUSING = [
  ...PREFLIGHT.ec2.filter(({ name }) => /^(router|compute)\./.test(name)),
  ...PREFLIGHT.sagemaker.filter(({ name }) => name.startsWith('hosting.')),
].map((read): Read => {
  const title = titleOn(read.road, `${read.activity}'s ${read.name} #${read.nth}`);
  return { ...read, title, code: 'NotExactlyOne' };
});

let theatre: Theatre;
const plays = new AtOnce<Ending>();
const healthy = new AtOnce<Migration>();
const written = new AtOnce<Retried>();
const read = new AtOnce<Retried>();
const refused = new AtOnce<Refused>();
const refusing = new ReadsRefused();

beforeAll(async () => {
  theatre = await Theatre.open({ replace: refusing.replace });
  healthy.begin(onEachRoad(playHealthy), ROADS.length);
  written.begin(onEachRoad(playWrites), ROADS.length);
  read.begin(onEachRoad(playReads), ROADS.length);
  refused.begin(
    Object.fromEntries(
      READS_REFUSING.map((each, index) => [each.title, () => playRefused(each, `refused-${index}`)] as const),
    ),
    1,
  );
  const named = [
    ...ABANDONED.map((each, index) => [each.title, () => abandonWrite(each, `unwritten-${index}`)] as const),
    ...READS_ABANDONED.map((each, index) => [each.title, () => abandonRead(each, `unread-${index}`)] as const),
  ];
  plays.begin(Object.fromEntries(named), AT_ONCE_MAX);
}, 60_000);

afterAll(async () => {
  await Promise.all([plays, healthy, written, read, refused].map((all) => all.settled()));
  await theatre.close();
}, WITHIN_MS);

function onEachRoad<T>(play: (road: Road) => Promise<T>): Record<string, () => Promise<T>> {
  return Object.fromEntries(ROADS.map((road) => [road, () => play(road)]));
}

async function playHealthy(road: Road): Promise<Migration> {
  const migration = await migrationOn(road, theatre, `once-${road}`).start();
  await migration.result();
  return migration;
}

function abandonWrite({ road, name, nth }: Write, workload: string): Promise<Ending> {
  const migration = migrationOn(road, theatre, workload);
  migration.world.faults.failCall(name, nth, denied({ name, nth }));
  return abandonBlocked(migration);
}

function abandonRead(each: Read, workload: string): Promise<Ending> {
  const migration = migrationOn(each.road, theatre, workload, SHORT_WINDOW);
  refusing.plan(migration, [each]);
  return abandonBlocked(migration);
}

async function abandonBlocked(migration: Migration): Promise<Ending> {
  const before = migration.world.snapshot();
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('abandon');
  const { outcome } = await migration.result();
  const last = (await migration.records()).find(({ kind }) => kind === 'abandoned');
  return { blocked, outcome, before, after: migration.world.snapshot(), stuck: last?.values?.['stuck'] };
}

function denied({ name, nth }: Pick<Write, 'name' | 'nth'>): MigrationError {
  return new MigrationError('AwsDenied', deniedWords({ name, nth }));
}

function deniedWords({ name, nth }: Pick<Write, 'name' | 'nth'>): string {
  return `not allowed to ${name} #${nth}`;
}

function blockingOn(road: Road): Write[] {
  return BLOCKING.filter((write) => write.road === road);
}

function playWrites(road: Road): Promise<Retried> {
  const migration = migrationOn(road, theatre, `made-${road}`);
  const writes = blockingOn(road);
  refuseInTurn(migration, writes);
  return retryEach(
    migration,
    writes.map((write) => ({ title: write.title, words: deniedWords(write) })),
  );
}

/** Each once: the next is armed when the one before was made after all. */
function refuseInTurn(migration: Migration, [write, ...others]: readonly Write[]): void {
  if (write === undefined) return;
  const { faults } = migration.world;
  faults.failCall(write.name, 1, denied(write));
  faults.after(write.name, 2, () => refuseInTurn(migration, others));
}

function playReads(road: Road): Promise<Retried> {
  // A baseline that finds too little is among the reads of the other road.
  const migration = migrationOn(road, theatre, `reads-${road}`, road === 'ec2' ? SHORT_WINDOW : {});
  refusing.plan(migration, READS[road]);
  return retryEach(
    migration,
    READS[road].map((each) => ({ title: each.title, words: wordsOf(each) })),
  );
}

async function retryEach(
  migration: Migration,
  refusals: readonly { readonly title: string; readonly words: string }[],
): Promise<Retried> {
  await migration.start();
  const seen: Record<string, BlockedOn | null> = {};
  for (const { title, words } of refusals) {
    const { blocked } = await migration.until(title, (status) => status.blocked?.message === words);
    seen[title] = blocked;
    await migration.send('retry');
  }
  const { outcome } = await migration.result();
  return { blocked: seen, outcome, problems: verifyChain(await migration.records()) };
}

async function playRefused(each: Read, workload: string): Promise<Refused> {
  const migration = migrationOn(each.road, theatre, workload);
  refusing.plan(migration, [each]);
  const before = migration.world.snapshot();
  await migration.start();
  const failure = await migration.result().then(
    () => new Error('it did not fail'),
    (failed: WorkflowFailedError) => failed.cause ?? failed,
  );
  const code = failure instanceof ApplicationFailure ? failure.type : undefined;
  return { code, message: failure.message, before, after: migration.world.snapshot() };
}

test.each(ROADS)(
  'migrate to %s: a healthy migration completes, the source is gone and nothing is claimed',
  async (road) => {
    const migration = await healthy.of(road);
    const { world } = migration;

    expect(isSourceGone(road, migration)).toBe(true);
    expect([...world.claims]).toEqual([]);
    expect(world.probeRules.size).toBe(0);
  },
  WITHIN_MS,
);

test.each(ROADS)(
  'migrate to %s: a healthy migration leaves a ledger whose chain holds, from its start to its end',
  async (road) => {
    const migration = await healthy.of(road);
    const records = await migration.records();
    const { ledgerRecords } = await migration.result();

    expect(verifyChain(records)).toEqual([]);
    expect(records).toHaveLength(ledgerRecords);
    expect(records.at(0)?.kind).toBe('started');
    expect(records.at(-1)?.kind).toBe('completed');
  },
  WITHIN_MS,
);

test.each(ROADS)(
  'migrate to %s: makes exactly the writes that these tests let go wrong',
  async (road) => {
    const { world } = await healthy.of(road);

    expect(writesOf(world.faults.calls)).toEqual(WRITES[road].map(({ name }) => name));
    expect(KINDS_OF_WRITES.length).toBeGreaterThan(20);
  },
  WITHIN_MS,
);

test.each(ROADS)(
  'preflight for %s: makes exactly the reads that these tests let go wrong',
  async (road) => {
    const { calls } = (await healthy.of(road)).world.faults;

    expect(calls.slice(0, calls.indexOf('claims.acquire'))).toEqual(PREFLIGHT[road].map(({ name }) => name));
  },
  WITHIN_MS,
);

test.each(BLOCKING)(
  '$title refused: blocks the migration with the code and the words',
  async (write) => {
    const { blocked } = await written.of(write.road);

    expect(blocked[write.title]).toMatchObject({ code: 'AwsDenied', message: deniedWords(write) });
  },
  WITHIN_MS,
);

test.each(ROADS)(
  'every write of %s refused once: as many retries complete the migration, and its ledger holds',
  async (road) => {
    const { outcome, problems } = await written.of(road);

    expect(outcome).toBe('completed');
    expect(problems).toEqual([]);
  },
  WITHIN_MS,
);

test.each(ABANDONED)(
  '$title refused: abandoning it leaves the world as it was',
  async ({ title }) => {
    const { blocked, outcome, before, after, stuck } = await plays.of(title);

    expect(blocked?.code).toBe('AwsDenied');
    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([]);
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);

test.each(ALL_READS)(
  '$title refused: blocks the migration with the code and the words',
  async (each) => {
    const { blocked } = await read.of(each.road);

    expect(blocked[each.title]).toEqual({
      step: expect.stringContaining(each.step) as unknown,
      code: each.code,
      message: wordsOf(each),
      skippable: each.skippable,
    });
  },
  WITHIN_MS,
);

test.each(ROADS)(
  'every read of %s refused once: as many retries complete the migration, and its ledger holds',
  async (road) => {
    const { outcome, problems } = await read.of(road);

    expect(outcome).toBe('completed');
    expect(problems).toEqual([]);
  },
  WITHIN_MS,
);

test.each(READS_ABANDONED)(
  '$title refused: abandoning it leaves the world as it was',
  async (each) => {
    const { blocked, outcome, before, after, stuck } = await plays.of(each.title);

    expect(blocked).toMatchObject({ code: each.code, message: wordsOf(each) });
    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([]);
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);

test.each(READS_REFUSING)(
  '$title finds more than one: ends the run as refused, and nothing is made',
  async (each) => {
    const { code, message, before, after } = await refused.of(each.title);

    expect(code).toBe('NotExactlyOne');
    expect(message).toBe(wordsOf(each));
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);
