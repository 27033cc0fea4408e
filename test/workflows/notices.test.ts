import { MigrationError } from '../../src/domain/errors';
import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Each event once to everybody, and nothing waits for those who do not listen. */

const WITHIN_MS = 120_000;
const EVENTS_A_RUN = 40;
const OPS = { webhook: 'https://ops.example.com/secret' };
const CHAT = { slack: 'env:CROSSFADE_NOTIFY_CHAT' };
const ASKED = { notify: [OPS, CHAT], cutover: { approvals: { beforeFirst: true } } };
const DEAF = new MigrationError('EndpointUnreachable', 'no answer');

let theatre: Theatre;
const plays = playAll<Record<string, unknown>>({
  open: async () =>
    (theatre = await Theatre.open({ settings: { 'limit.historyCount.suggestContinueAsNew': EVENTS_A_RUN } })),
  plays: () => PLAYS,
  withinMs: WITHIN_MS,
});

const toldAt = ({ world }: Migration, event: string): { to: unknown; id: string }[] =>
  world.notices.filter(({ notice }) => notice.event === event).map(({ to, notice }) => ({ to, id: notice.id }));

const runOf = async (migration: Migration): Promise<string> => (await migration.handle.describe()).runId;

const PLAYS: Record<string, () => Promise<Record<string, unknown>>> = {
  once: async () => {
    const migration = Migration.of(theatre, 'once', ASKED);
    migration.world.faults.failCall('notifier.notify', 2, DEAF);
    await migration.start();
    await migration.untilGate('cutover-50');
    await migration.until('both are told', () => toldAt(migration, 'gate').length >= 2);
    const [gate] = migration.world.notices.map(({ notice }) => notice);
    await migration.send('approve', { gate: 'cutover-50', ...SAY });
    const { outcome } = await migration.result();
    return { gate, outcome, at: toldAt(migration, 'gate'), end: toldAt(migration, 'completed') };
  },
  refused: async () => {
    const migration = Migration.of(theatre, 'refused', ASKED);
    migration.world.faults.failEvery('notifier.notify', new MigrationError('NoticeRefused', 'answered with 410'));
    await migration.start();
    await migration.untilGate('cutover-50');
    await migration.send('approve', { gate: 'cutover-50', ...SAY });
    const { outcome } = await migration.result();
    const lost = (await migration.records()).filter(({ kind }) => kind === 'notice_lost');
    return { outcome, lost: lost.map(({ text }) => text) };
  },
  'carried over': async () => {
    const migration = Migration.of(theatre, 'carried', ASKED);
    const mend = migration.world.faults.failEvery('notifier.notify', DEAF);
    await migration.start();
    await migration.untilGate('cutover-50');
    const before = await runOf(migration);
    for (let sent = 0; sent < 60 && (await runOf(migration)) === before; sent += 1) {
      const { ledgerRecords: known } = await migration.until('an answer', () => true);
      await migration.handle.signal('hello');
      await migration.until('its record', ({ ledgerRecords }) => ledgerRecords > known);
    }
    const after = await runOf(migration);
    mend();
    await migration.until('both are told', () => toldAt(migration, 'gate').length >= 2);
    await migration.handle.terminate();
    return { before, after, at: toldAt(migration, 'gate') };
  },
};

test(
  'a receiver that fails once: is told later, nobody is told twice, and both get the same event',
  async () => {
    const { gate, outcome, at, end } = await plays.of('once');
    const { id } = (at as [{ id: string }])[0];

    expect(at).toEqual([
      { to: OPS, id },
      { to: CHAT, id },
    ]);
    expect(gate).toMatchObject({
      workflowId: 'migration/once',
      answers: [{ signal: 'approve', input: { gate: 'cutover-50' } }, { signal: 'reject' }],
    });
    expect({ outcome, ends: (end as unknown[]).length }).toEqual({ outcome: 'completed', ends: 2 });
    expect((end as [{ id: string }])[0].id).not.toBe(id);
  },
  WITHIN_MS,
);

test(
  'receivers that refuse everything: hold nothing up, and the ledger says who was not told of what',
  async () => {
    const { outcome, lost } = await plays.of('refused');
    const both =
      'ops.example.com: NoticeRefused: answered with 410; env:CROSSFADE_NOTIFY_CHAT: NoticeRefused: answered with 410';

    expect(outcome).toBe('completed');
    expect(lost).toEqual([
      `the notice of gate was not delivered: ${both}`,
      `the notice of completed was not delivered: ${both}`,
    ]);
  },
  WITHIN_MS,
);

test(
  'continue-as-new while nobody listens: the next run tells it, under the same ID',
  async () => {
    const { before, after, at } = await plays.of('carried over');
    const [first, second] = at as [{ id: string }, { id: string }];

    expect(after).not.toBe(before);
    expect(first.id).toBe(second.id);
  },
  WITHIN_MS,
);
