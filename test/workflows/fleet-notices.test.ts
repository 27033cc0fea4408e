import { fleetId } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import type { Notice } from '../../src/domain/notice';
import { Fleet } from '../support/temporal/fleet';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* What a fleet tells of itself: each event to everybody, over all its runs, under an ID of its own. */

const WITHIN_MS = 120_000;
const OPS = { webhook: 'https://ops.example.com/secret' };
const CHAT = { slack: 'env:CROSSFADE_NOTIFY_CHAT' };
const DEAF = new MigrationError('EndpointUnreachable', 'no answer');

let theatre: Theatre;
beforeAll(async () => {
  // A run of a fleet is short, so that each of them continues as new more than once.
  theatre = await Theatre.open({ settings: { 'limit.historyCount.suggestContinueAsNew': 40 } });
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

const of = (workload: string): Migration => Migration.of(theatre, workload);

/** Each event once: a run that continued as new while a notice was under way tells it again, with the same ID. */
function toldTo({ world }: Fleet, receiver: object): Notice[] {
  const told = world.notices.filter(({ to }) => JSON.stringify(to) === JSON.stringify(receiver));
  return [...new Map(told.map(({ notice }) => [notice.id, notice])).values()];
}

test(
  'migrateFleet: tells of each wave, of the rollback that stops one and of its end, to everybody under one ID, also after a failed delivery',
  async () => {
    const [bad, good, last] = [of('told-1'), of('told-2'), of('told-3')];
    bad.world.setTraffic('told-1', { targetErrorRate: 0.9 });
    const fleet = new Fleet(theatre, 'told', [[bad], [good], [last]], { notify: [OPS, CHAT] });
    fleet.world.faults.failCall('notifier.notify', 2, DEAF);
    await fleet.start();
    const { gate } = await fleet.until('a gate', (view) => view.gate !== null);
    await fleet.send('approve', { gate: gate?.name });
    await fleet.result();
    await bad.send('abandon');
    await bad.result();
    const notices = toldTo(fleet, OPS);

    expect(notices.map(({ event, text }) => [event, text])).toEqual([
      ['wave_begins', 'Wave 1 of 3 of fleet told begins: told-1.'],
      ['wave_stopped', expect.stringMatching(/^Fleet told starts nothing more: told-1 is rolled back\. Approve to/)],
      ['wave_begins', 'Wave 2 of 3 of fleet told begins: told-2.'],
      ['wave_begins', 'Wave 3 of 3 of fleet told begins: told-3.'],
      ['fleet_finished', 'Fleet told is finished. told-1: rolled back, told-2: completed, told-3: completed.'],
    ]);
    expect(notices[1]).toMatchObject({
      workload: 'told',
      workflowId: fleetId('told'),
      answers: [
        {
          signal: 'approve',
          input: { gate: 'trouble-told-1', requestedBy: 'you', reason: 'why' },
          command: 'crossfade fleet approve FILE --reason why',
        },
        { signal: 'reject' },
      ],
    });
    expect(
      toldTo(fleet, CHAT)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(notices.map(({ id }) => id).sort());
  },
  WITHIN_MS,
);

test(
  'migrateFleet: what blocks it is told, rejected it tells that it is stopped, and who refuses everything holds nothing up',
  async () => {
    const bad = of('refused-1');
    bad.world.faults.failEvery('compute.createLaunchTemplate', new MigrationError('AwsDenied', 'no'));
    const fleet = new Fleet(theatre, 'refused', [[bad]], { notify: [OPS] });
    const mend = fleet.world.faults.failEvery('notifier.notify', new MigrationError('NoticeRefused', 'answered 410'));
    await fleet.start();
    const { decisions } = await fleet.until('the refusal', (view) => /not delivered/.test(view.decisions.join()));
    mend();
    await fleet.until('a gate', (view) => view.gate !== null);
    await fleet.until('it is told', () => toldTo(fleet, OPS).length > 0);
    await fleet.send('reject');
    const { outcome } = await fleet.result();
    await bad.handle.terminate();

    expect(outcome).toBe('stopped');
    expect(decisions.join('\n')).toContain(
      'the notice of wave_begins was not delivered: ops.example.com: NoticeRefused: answered 410',
    );
    expect(toldTo(fleet, OPS).map(({ event, text }) => [event, text])).toEqual([
      ['fleet_blocked', expect.stringContaining('refused-1 is blocked. Approve to')],
      ['fleet_finished', 'Fleet refused is stopped; what runs goes on by itself. refused-1: blocked.'],
    ]);
  },
  WITHIN_MS,
);
