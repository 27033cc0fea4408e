import { verifyChain } from '../../src/activities/ledger-chain';
import type { StatusView } from '../../src/contracts/messages';
import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A server that asks for a new run every 40 events: what a run knows, the next one knows. */

const WITHIN_MS = 120_000;
const EVENTS_A_RUN = 40;

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () =>
    (theatre = await Theatre.open({ settings: { 'limit.historyCount.suggestContinueAsNew': EVENTS_A_RUN } })),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

const runOf = async (migration: Migration): Promise<string> => (await migration.handle.describe()).runId;

/** Signals cost events, so that the run grows until it continues as a new one. */
async function untilNewRun(migration: Migration, before: string): Promise<void> {
  for (let sent = 0; sent < 60 && (await runOf(migration)) === before; sent += 1) {
    const { ledgerRecords: known } = await migration.until('an answer', () => true);
    await migration.handle.signal('hello');
    await migration.until('its record', ({ ledgerRecords }) => ledgerRecords > known);
  }
}

const kept = ({ phase, gate, blocked, paused, wanted, generation, remainingMs, phases }: StatusView): unknown => ({
  phase,
  gate,
  blocked,
  paused,
  wanted,
  generation,
  remainingMs,
  phases,
});

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  whole: async () => {
    const changes = { cutover: { weights: [25, 50, 100], stabilization: '2s' }, decommission: { after: '3s' } };
    const migration = await Migration.of(theatre, 'whole', changes).start();
    const first = await runOf(migration);
    const { outcome } = await migration.result();
    return { outcome, first, last: await runOf(migration), records: await migration.records() };
  },
  gate: async () => {
    const changes = { cutover: { approvals: { beforeFirst: true } } };
    const migration = await Migration.of(theatre, 'gate', changes).start();
    const before = await migration.untilGate('cutover-50');
    const run = await runOf(migration);
    await untilNewRun(migration, run);
    const after = await migration.untilGate('cutover-50');
    await migration.send('approve', { gate: 'cutover-50', ...SAY });
    const { outcome } = await migration.result();
    return { runs: [run, await runOf(migration)], before: kept(before), after: kept(after), outcome };
  },
  pause: async () => {
    const migration = await Migration.of(theatre, 'pause', { shadow: { firstHold: '1h' } }).start();
    await migration.until('copies', ({ phase, remainingMs }) => phase === 'shadow' && remainingMs !== null);
    await migration.send('pause');
    const before = await migration.until('paused', ({ paused }) => paused);
    await migration.send('rollback');
    const status = await migration.untilRolledBack();
    const run = await runOf(migration);
    await untilNewRun(migration, run);
    const after = await migration.untilRolledBack();
    await migration.send('abandon');
    const { outcome } = await migration.result();
    return { before, status: kept(status), after: kept(after), moved: (await runOf(migration)) !== run, outcome };
  },
};

test(
  'a migration over many runs: completes, with one ledger and one identity',
  async () => {
    const { outcome, first, last, records } = await plays.of('whole');
    const runs = new Set((records as { run: string }[]).map(({ run }) => run));

    expect(outcome).toBe('completed');
    expect(last).not.toBe(first);
    expect([...runs]).toEqual([first]);
    expect(verifyChain(records as never)).toEqual([]);
  },
  WITHIN_MS,
);

test(
  'a new run at an open gate: waits at the same gate, and an approval goes on',
  async () => {
    const { runs, before, after, outcome } = await plays.of('gate');

    expect(new Set(runs as string[]).size).toBe(2);
    expect(after).toEqual(before);
    expect(outcome).toBe('completed');
  },
  WITHIN_MS,
);

test(
  'a new run after a rollback: stays latched and paused, and can be abandoned',
  async () => {
    const { status, after, moved, outcome } = await plays.of('pause');

    expect(moved).toBe(true);
    expect(after).toEqual(status);
    expect(after).toMatchObject({ paused: true, phase: 'rolled_back' });
    expect(outcome).toBe('abandoned');
  },
  WITHIN_MS,
);
