import { MigrationError } from '../../src/domain/errors';
import { playAll } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* How a run ends when something around it does not work. */

const WITHIN_MS = 90_000;
const DENIED = new MigrationError('AwsDenied', 'not allowed');

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

const TOLD = { notify: [{ webhook: 'http://told.example/x' }] };

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  'no last record': async () => {
    const migration = Migration.of(theatre, 'last');
    const { faults } = migration.world;
    let mend = (): void => undefined;
    faults.after('balancing.deleteProbeRule', 1, () => (mend = faults.failEvery('ledger.putIfAbsent', DENIED)));
    await migration.start();
    const blocked = await migration.untilBlocked();
    mend();
    await migration.send('retry');
    const { outcome } = await migration.result();
    return { blocked, outcome, kinds: await migration.recordedKinds() };
  },
  'no last record, skipped': async () => {
    const migration = Migration.of(theatre, 'unrecorded');
    const { faults } = migration.world;
    faults.after('balancing.deleteProbeRule', 1, () => faults.failEvery('ledger.putIfAbsent', DENIED));
    await migration.start();
    await migration.untilBlocked();
    await migration.send('skip');
    return { ...(await migration.result()) };
  },
  'a report': async () => {
    const migration = await Migration.of(theatre, 'told', TOLD).start();
    const { outcome } = await migration.result();
    const { buckets, notices } = migration.world;
    const pages = [...buckets.values()].flatMap(({ objects }) => [...objects]).filter(([key]) => key.endsWith('.html'));
    return { outcome, pages, last: notices.at(-1)?.notice };
  },
  'no report': async () => {
    const migration = Migration.of(theatre, 'untold', TOLD);
    const { faults, notices } = migration.world;
    faults.after('claims.release', 1, () => faults.failEvery('ledger.putIfAbsent', DENIED));
    await migration.start();
    const { outcome } = await migration.result();
    return { outcome, last: notices.at(-1)?.notice };
  },
  'a dead tap': async () => {
    const migration = await Migration.of(theatre, 'deaf', { cutover: { stabilization: '1h' } }).start();
    const { faults } = migration.world;
    await migration.untilAtWeight(50);
    faults.failEvery('shadow.setOrder', new MigrationError('TapUnreachable', 'connection refused'));
    const before = faults.count('shadow.setOrder');
    await migration.send('abandon');
    const { outcome } = await migration.result();
    const abandoned = (await migration.records()).find(({ kind }) => kind === 'abandoned');
    return { outcome, stuck: abandoned?.values?.['stuck'], tries: faults.count('shadow.setOrder') - before };
  },
  'cancelled after an abandon': async () => {
    const migration = await Migration.of(theatre, 'late', { cutover: { stabilization: '1h' } }).start();
    const { faults } = migration.world;
    await migration.untilAtWeight(50);
    faults.after('claims.release', 2, () => faults.failEvery('ledger.putIfAbsent', DENIED));
    await migration.send('abandon');
    const blocked = await migration.untilBlocked();
    const countOfWrites = (): number => faults.count('router.writeShares') + faults.count('router.writeShiftTag');
    const writes = countOfWrites();
    await migration.handle.cancel();
    const failure = await migration.result().catch((error: Error) => String(error.cause));
    return { blocked, failure, writesAfter: countOfWrites() - writes };
  },
  'refused after a rollback': async () => {
    const migration = Migration.of(theatre, 'claimed');
    const { faults, claims, buckets } = migration.world;
    faults.failCall('claims.acquire', 2, DENIED);
    const mend = faults.failEvery('claims.release', DENIED);
    await migration.start();
    await migration.untilBlocked();
    const held = claims.size;
    mend();
    await migration.send('rollback');
    await migration.untilRolledBack();
    buckets.delete('claimed-models');
    await migration.send('retry');
    const failure = await migration.result().catch((error: Error) => String(error.cause));
    return { held, failure, left: claims.size };
  },
};

test(
  'a ledger that refuses the last record: the run does not end without it, and a retry completes it',
  async () => {
    const { blocked, outcome, kinds } = await plays.of('no last record');

    expect(blocked).toMatchObject({ outcome: null, blocked: { step: 'ledger', skippable: true } });
    expect(outcome).toBe('completed');
    expect(kinds).toEqual(expect.arrayContaining(['blocked', 'completed']));
  },
  WITHIN_MS,
);

test(
  'a ledger that refuses the last record: a person may let the run end without it',
  async () => {
    expect(await plays.of('no last record, skipped')).toMatchObject({ outcome: 'completed' });
  },
  WITHIN_MS,
);

test(
  'a migration that ends: leaves its report beside the ledger, whole, and its last notice says where',
  async () => {
    const { outcome, pages, last } = await plays.of('a report');

    expect(outcome).toBe('completed');
    expect(pages).toEqual([
      [expect.stringMatching(/told\.report\/.+\.html$/), expect.stringContaining('chain <b>whole</b>')],
    ]);
    expect(last).toMatchObject({
      event: 'completed',
      text: expect.stringMatching(/^outcome: completed; report: s3:.*\.html$/),
    });
  },
  WITHIN_MS,
);

test(
  'a migration whose report cannot be written: ends all the same, and says how to make it',
  async () => {
    const { outcome, last } = await plays.of('no report');

    expect(outcome).toBe('completed');
    expect(last).toMatchObject({
      text: expect.stringMatching(/report could not be written .*: crossfade report untold$/),
    });
  },
  WITHIN_MS,
);

test(
  'abandon with a tap that is gone: is tried a few times, reported as stuck, and keeps nothing else waiting',
  async () => {
    const { outcome, stuck, tries } = await plays.of('a dead tap');

    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([expect.stringMatching(/^shadow: /)]);
    expect(tries).toBe(5);
  },
  WITHIN_MS,
);

test(
  "cancelled when it was abandoned already: ends, and does not touch a route that may be another workload's by now",
  async () => {
    const { blocked, failure, writesAfter } = await plays.of('cancelled after an abandon');

    expect(blocked).toMatchObject({ phase: 'abandoned', blocked: { step: 'ledger', skippable: true } });
    expect(failure).toMatch(/cancelled/i);
    expect(writesAfter).toBe(0);
  },
  WITHIN_MS,
);

test(
  'refused after a rollback to the start: the claims that were held are given back',
  async () => {
    const { held, failure, left } = await plays.of('refused after a rollback');

    expect(held).toBe(1);
    expect(failure).toMatch(/there is no bucket/);
    expect(left).toBe(0);
  },
  WITHIN_MS,
);
