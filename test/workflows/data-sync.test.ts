import { MigrationError } from '../../src/domain/errors';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/*
 * Data that goes on changing until the cutover: followed, forecast, frozen, proven, and only then the first weight. The
 * runs of a quiet migration are counted: 1 the first copy, 2 before the shadow step, 3 before the forecast, 4 the final
 * delta, 5 the look whether anybody still writes.
 */

const WITHIN_MS = 120_000;
const AT_ONCE_MAX = 8;
const FINAL = 'final delta and full verification';

type Json = Record<string, unknown>;

interface Ending {
  readonly outcome: string;
  readonly records: readonly LedgerRecord[];
  readonly blocked: unknown;
  readonly world: Migration['world'];
  readonly sameData: boolean;
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

function followed(workload: string, sync: Json = {}, changes: Json = {}): Migration {
  const data = [
    {
      name: 'model',
      from: `s3://${workload}-models/ranker`,
      to: `s3://${workload}-target/model`,
      syncEvery: '1h',
      freezeMax: '1m',
      freeze: 'read-only',
      ...sync,
    },
  ];
  return Migration.of(theatre, workload, { data, ...changes });
}

const sourceOf = (migration: Migration): Map<string, string> =>
  migration.world.buckets.get(`${migration.workload}-models`)!.objects;
const targetOf = (migration: Migration): Map<string, string> =>
  migration.world.buckets.get(`${migration.workload}-target`)!.objects;

function holdsTheSame(migration: Migration): boolean {
  const [source, target] = [sourceOf(migration), targetOf(migration)].map((objects) =>
    JSON.stringify([...objects].map(([key, content]) => [key.replace(/^\w+\//, ''), content]).sort()),
  );
  return source === target;
}

async function ended(migration: Migration, blocked: unknown = null): Promise<Ending> {
  const { outcome } = await migration.result();
  const { world } = migration;
  return { outcome, records: await migration.records(), blocked, world, sameData: holdsTheSame(migration) };
}

/** Refused once, then tried again by a person. */
async function refused(name: string, nth: number, workload: string): Promise<Ending> {
  const migration = followed(workload);
  migration.world.faults.failCall(name, nth, new MigrationError('AwsDenied', `not allowed to ${name}`));
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('retry');
  return ended(migration, blocked);
}

/** Its effect happens and its reply is lost. */
async function twice(name: string, nth: number, workload: string): Promise<Ending> {
  const migration = followed(workload);
  migration.world.faults.after(name, nth, () => {
    throw new Error('socket hang up');
  });
  return ended(await migration.start());
}

const STEPS: readonly (readonly [title: string, name: string, nth: number, step: string])[] = [
  ['the run before the shadow step', 'data.copy', 2, 'bring the copy of the data up to date'],
  ['the run before the forecast', 'data.copy', 3, 'bring the copy of the data up to date'],
  ['the final delta', 'data.copy', 4, FINAL],
  ['the look at late writers', 'data.copy', 5, FINAL],
  ['the final verification', 'data.verify', 2, FINAL],
];

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin(
    {
      quiet: async () => ended(await followed('quiet').start()),
      changing: () => playChanging('changing', [1, 3, 4]),
      restless: () => playChanging('restless', [1, 2, 3, 4, 5, 6]),
      damaged: playDamaged,
      late: playLateWriter,
      far: playFar,
      thawed: playThawed,
      mirror: playMirror,
      beside: playFailureBesideHold,
      ...Object.fromEntries(
        STEPS.map(([title, name, nth], i) => [`refused ${title}`, () => refused(name, nth, `sync-refused-${i}`)]),
      ),
      ...Object.fromEntries(
        STEPS.map(([title, name, nth], i) => [`twice ${title}`, () => twice(name, nth, `sync-twice-${i}`)]),
      ),
    },
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

/** Writers add while everything goes on, until they are asked to stop. @param after runs of the copy. */
async function playChanging(workload: string, after: readonly number[]): Promise<Ending> {
  const migration = followed(workload, { freeze: 'declared' });
  const { faults } = migration.world;
  for (const nth of after)
    faults.after('data.copy', nth, () => sourceOf(migration).set(`ranker/new-${nth}.bin`, `version ${nth}`));
  await migration.start();
  const { gate, data } = await migration.untilGate('data-freeze');
  await migration.send('approve');
  return ended(migration, { gate, data });
}

/** The copy says that it is there, and what is there is something else. */
async function playDamaged(): Promise<Ending> {
  const migration = followed('damaged');
  const { faults } = migration.world;
  faults.before('data.verify', 1, () => targetOf(migration).set('model/a.bin', 'rotten!'));
  faults.intercept('data.copy', 2, () =>
    Promise.resolve({ copiedCount: 0, copiedBytes: 0, unchangedCount: 2, deletedCount: 0, durationMs: 1 }),
  );
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('abandon');
  const { outcome } = await migration.result();
  return { outcome, records: await migration.records(), blocked, world: migration.world, sameData: false };
}

async function playLateWriter(): Promise<Ending> {
  const migration = followed('late-writer');
  migration.world.faults.after('data.verify', 2, () => sourceOf(migration).set('ranker/late.bin', 'late'));
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('retry');
  return ended(migration, blocked);
}

/** Listing takes two minutes until the source is tidied up. */
async function playFar(): Promise<Ending> {
  const migration = followed('far', { syncEvery: '200ms' });
  const { world } = migration;
  world.data.copyMs = 120_000;
  await migration.start();
  const { gate, wanted } = await migration.untilGate('data-forecast');
  world.data.copyMs = 1;
  return ended(migration, { gate, wanted });
}

async function playThawed(): Promise<Ending> {
  const migration = followed('thawed', { freeze: 'declared' }, { cutover: { stabilization: '1h' } });
  await migration.start();
  await migration.untilGate('data-freeze');
  await migration.send('approve');
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  sourceOf(migration).set('ranker/after.bin', 'after the rollback');
  await migration.send('retry');
  const { gate } = await migration.untilGate('data-freeze');
  const hasNew = targetOf(migration).has('model/after.bin');
  await migration.send('abandon');
  const { outcome } = await migration.result();
  return {
    outcome,
    records: await migration.records(),
    blocked: { gate, hasNew },
    world: migration.world,
    sameData: false,
  };
}

async function playMirror(): Promise<Ending> {
  const migration = followed('mirror', { deletes: 'mirror', maxDeletePercent: 40 });
  migration.world.faults.after('data.copy', 1, () => sourceOf(migration).delete('ranker/a.bin'));
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  // One of two is too much, one of three is not.
  sourceOf(migration).set('ranker/c.bin', 'labels');
  await migration.send('retry');
  return ended(migration, blocked);
}

/** Rounds beside a hold fail; nobody is kept waiting for them. */
async function playFailureBesideHold(): Promise<Ending> {
  const migration = followed('beside', { syncEvery: '300ms' }, { shadow: { firstHold: '3s' } });
  migration.world.faults.failCall('data.copy', 3, new MigrationError('AwsDenied', 'not allowed'));
  return ended(await migration.start());
}

const kindsOf = ({ records }: Ending): string[] =>
  records.filter(({ kind }) => kind.startsWith('data_') || kind === 'shift_intended').map(({ kind }) => kind);

test(
  'followed data: is frozen, brought level and verified before the first weight above 0',
  async () => {
    const ending = await plays.of('quiet');
    const seq = (found: LedgerRecord | undefined): number => found?.seq ?? NaN;
    const firstWeight = ending.records.find(
      ({ kind, weights }) => kind === 'shift_intended' && (weights?.target ?? 0) > 0,
    );
    const verified = ending.records.filter(({ kind }) => kind === 'data_verified');

    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
    expect(verified).toHaveLength(2);
    expect(seq(ending.records.find(({ kind }) => kind === 'data_frozen'))).toBeLessThan(seq(verified[1]));
    expect(seq(verified[1])).toBeLessThan(seq(firstWeight));
    expect(ending.world.faults.count('data.copy')).toBe(5);
  },
  WITHIN_MS,
);

test(
  'followed data: read-only needs nobody, and a run that finds nothing leaves no record',
  async () => {
    const ending = await plays.of('quiet');

    expect(ending.records.filter(({ kind }) => kind === 'gate_opened')).toEqual([]);
    expect(kindsOf(ending)).not.toContain('data_synced');
  },
  WITHIN_MS,
);

test(
  'declared freeze: the gate says what to stop and how long it takes, and all that came before is in the target',
  async () => {
    const ending = await plays.of('changing');

    expect(ending.blocked).toMatchObject({
      gate: {
        question: expect.stringContaining('the final freeze would take'),
        instructions: expect.any(Array) as unknown,
      },
      data: expect.stringContaining('the final freeze would take'),
    });
    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
    expect(kindsOf(ending).filter((kind) => kind === 'data_synced')).toHaveLength(1);
  },
  WITHIN_MS,
);

test(
  'the first verification: a source that never rests does not block it, and is proven under the freeze',
  async () => {
    const { outcome, sameData, records } = await plays.of('restless');

    expect({ outcome, sameData }).toEqual({ outcome: 'completed', sameData: true });
    expect(records.map(({ text }) => text)).toContainEqual(expect.stringContaining('it is proven once it is frozen'));
  },
  WITHIN_MS,
);

test(
  'the first verification: a copy that differs though nothing changed is a fault',
  async () => {
    const { blocked, outcome } = await plays.of('damaged');

    expect(blocked).toMatchObject({ step: 'verify-data model', code: 'DataMismatch' });
    expect(outcome).toBe('abandoned');
  },
  WITHIN_MS,
);

test(
  'a late writer: found after the verification, blocks, and a retry copies and proves all of it again',
  async () => {
    const ending = await plays.of('late');

    expect(ending.blocked).toMatchObject({ step: FINAL, code: 'DataNotFrozen' });
    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
    expect(ending.world.faults.count('data.verify')).toBe(3);
  },
  WITHIN_MS,
);

test(
  'a forecast above freezeMax: holds before any weight, and opens by itself when it comes down',
  async () => {
    const ending = await plays.of('far');

    expect(ending.blocked).toMatchObject({
      gate: { question: expect.stringContaining('more than freezeMax') },
      wanted: { target: 0 },
    });
    expect(ending.outcome).toBe('completed');
    expect(ending.records.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('gate data-forecast opened by itself'),
    );
  },
  WITHIN_MS,
);

test(
  'a rollback after the freeze: tells the writers to go on, follows what they write, and freezes anew',
  async () => {
    const ending = await plays.of('thawed');

    expect(kindsOf(ending)).toContain('data_thawed');
    expect(ending.blocked).toMatchObject({ gate: { name: 'data-freeze' }, hasNew: true });
    expect(ending.world.notices.map(({ notice }) => notice.text)).toContainEqual(
      expect.stringContaining('writers may write'),
    );
  },
  WITHIN_MS,
);

test(
  'mirrored deletes: more than the spec allows are refused as a whole, fewer are made',
  async () => {
    const ending = await plays.of('mirror');

    expect(ending.blocked).toMatchObject({ code: 'DeletesRefused' });
    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
  },
  WITHIN_MS,
);

test(
  'a run that fails beside a hold: is noted, and the next ones go on',
  async () => {
    const { outcome, records, world } = await plays.of('beside');

    expect(outcome).toBe('completed');
    expect(records.map(({ text }) => text)).toContainEqual(expect.stringContaining('is tried again: AwsDenied'));
    expect(records.filter(({ kind }) => kind === 'blocked')).toEqual([]);
    expect(world.faults.count('data.copy')).toBeGreaterThan(6);
  },
  WITHIN_MS,
);

test.each(STEPS)(
  '%s refused: blocks at its step, and a retry completes it',
  async (title, name, _nth, step) => {
    const ending = await plays.of(`refused ${title}`);

    expect(ending.blocked).toMatchObject({ step, code: 'AwsDenied', message: `not allowed to ${name}` });
    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
  },
  WITHIN_MS,
);

test.each(STEPS)(
  '%s done twice: completes with the decisions of one that was done once',
  async (title) => {
    const ending = await plays.of(`twice ${title}`);

    expect(ending).toMatchObject({ outcome: 'completed', sameData: true });
    expect(kindsOf(ending)).toEqual(kindsOf(await plays.of('quiet')));
  },
  WITHIN_MS,
);
