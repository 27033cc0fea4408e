import { verifyChain } from '../../src/activities/ledger-chain';
import { MAIN_QUEUE, ROLLBACK_QUEUE } from '../../src/contracts/messages';
import { Migration, SAY } from '../support/temporal/migration';
import { playbookDocument, SkippedTime } from '../support/temporal/skipped-time';
import type { Theatre } from '../support/temporal/theatre';
import { findSkippingServer } from '../support/temporal/time-skipping';

/*
 * The playbook's true durations, on a server that skips time. Without such a server these are reported as skipped: the
 * same code runs everywhere else in seconds.
 */

const server = findSkippingServer();
const whereTimeSkips = server === undefined ? test.skip : test;

const DAY_MS = 24 * 3_600_000;
const WITHIN_MS = 240_000;
/** 48 h, 5 × 24 h of shadow; 5 × 24 h of cutover; 72 h and 7 d. The baseline's week is in the past. */
const DAYS_MIN = 22;

let theatre: Theatre | undefined;
afterEach(async () => {
  await theatre?.close();
}, 60_000);

whereTimeSkips(
  'a migration of the playbook: takes its days, and completes',
  async () => {
    const time = new SkippedTime();
    theatre = await time.open(server!);
    const migration = Migration.of(theatre, 'playbook', {}, time.world());
    await migration.start(playbookDocument(migration.document, migration.place.tap));
    await migration.untilGate('cutover-10', WITHIN_MS);
    await migration.send('approve', { ...SAY });
    await migration.untilGate('decommission', WITHIN_MS);
    await migration.send('approve', { ...SAY });
    const { outcome } = await migration.result();
    const records = await migration.records();
    const heldDays = ((records.at(-1)?.at ?? 0) - (records.at(0)?.at ?? 0)) / DAY_MS;

    expect(outcome).toBe('completed');
    expect(heldDays).toBeGreaterThanOrEqual(DAYS_MIN);
    expect(heldDays).toBeLessThan(DAYS_MIN + 1);
    expect(verifyChain(records)).toEqual([]);
    // The run's own records follow the observers' without reading days of evidence again.
    expect(migration.world.faults.count('ledger.get')).toBeLessThan(40);
  },
  WITHIN_MS,
);

whereTimeSkips(
  'observers that nobody runs: are blindness, and after blindHold a step goes one weight back and asks',
  async () => {
    const time = new SkippedTime();
    theatre = await time.open(server!, [MAIN_QUEUE, ROLLBACK_QUEUE]);
    const changes = { cutover: { approvals: { beforeFirst: false } }, shadow: { firstHold: '1s' } };
    const migration = Migration.of(theatre, 'unwatched', changes, time.world());
    await migration.start({ ...migration.document, guardrails: { blindHold: '1h' } });
    await migration.untilPhase('shadow');
    // Five minutes until an observer counts as missing, as often as an hour has them.
    for (let slice = 0; slice < 13; slice += 1) await time.pass(5 * 60_000);
    const status = await migration.untilGate('blind-shadow-50', WITHIN_MS);

    expect(status).toMatchObject({ verdict: { kind: 'blind', reason: expect.stringMatching(/^nobody watches/) } });
  },
  WITHIN_MS,
);
