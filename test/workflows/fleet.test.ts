import { fleetId } from '../../src/contracts/messages';
import { Fleet } from '../support/temporal/fleet';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Many migrations in waves: real ones, each in a world of its own. */

const WITHIN_MS = 120_000;

let theatre: Theatre;
beforeAll(async () => {
  // A run of a fleet is short, so that each of them continues as new more than once.
  theatre = await Theatre.open({ settings: { 'limit.historyCount.suggestContinueAsNew': 40 } });
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

const of = (workload: string, changes: Record<string, unknown> = {}): Migration =>
  Migration.of(theatre, workload, changes);

async function runsOf(name: string): Promise<number> {
  let count = 0;
  for await (const run of theatre.client.workflow.list({ query: `WorkflowId = "${fleetId(name)}"` }))
    count += run.runId === '' ? 0 : 1;
  return count;
}

test(
  'migrateFleet: a wave begins when the one before is over, a running migration is joined, and runs that continue as new lose nothing',
  async () => {
    const [first, joined, last] = [of('fleet-a1'), await of('fleet-a2').start(), of('fleet-a3')];
    const fleet = await new Fleet(theatre, 'fleet-a', [[first, joined], [last]]).start();
    const { outcome, standings } = await fleet.result();
    const times = await Promise.all(
      [first, joined, last].map(async (each) => (await each.records()).map(({ at }) => at)),
    );
    const [endOfFirst = 0, endOfJoined = 0] = times.map((each) => each.at(-1));

    expect({ outcome, standings }).toEqual({
      outcome: 'completed',
      standings: { 'fleet-a1': 'completed', 'fleet-a2': 'completed', 'fleet-a3': 'completed' },
    });
    expect(times[2]?.[0]).toBeGreaterThanOrEqual(Math.max(endOfFirst, endOfJoined));
    expect((await joined.recordedKinds()).filter((kind) => kind === 'started')).toHaveLength(1);
    expect(await runsOf('fleet-a')).toBeGreaterThan(1);
  },
  WITHIN_MS,
);

test(
  'migrateFleet: a rollback stops the wave and asks; approved, it goes on without; its migrations outlive it',
  async () => {
    const [bad, good] = [of('fleet-b1'), of('fleet-b2')];
    bad.world.setTraffic('fleet-b1', { targetErrorRate: 0.9 });
    const fleet = await new Fleet(theatre, 'fleet-b', [[bad], [good]], { parallelMax: 1 }).start();
    const asked = await fleet.until('a gate', ({ gate }) => gate !== null);
    await fleet.send('approve', { gate: 'trouble-somebody' });
    await fleet.send('approve', { gate: asked.gate?.name });
    const { outcome, standings } = await fleet.result();

    expect(asked.gate?.question).toMatch(/^fleet-b1 is rolled back\. Approve/);
    expect(asked.waves[1]).toEqual([{ workload: 'fleet-b2', standing: 'waiting' }]);
    expect({ outcome, standings }).toEqual({
      outcome: 'completed',
      standings: { 'fleet-b1': 'rolled_back', 'fleet-b2': 'completed' },
    });
    expect((await bad.status()).phase).toBe('rolled_back');
    await bad.send('abandon');
    await bad.result();
  },
  WITHIN_MS,
);

test(
  'migrateFleet: in a freeze nothing begins, rejected nothing does, and a pause holds',
  async () => {
    const freezes = [{ from: '2020-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z', why: 'year end' }];
    const frozen = await new Fleet(theatre, 'fleet-c', [[of('fleet-c1')]], { freezes }).start();
    const { waitingFor } = await frozen.until('the freeze', (view) => view.waitingFor.startsWith('freeze'));
    await frozen.handle.cancel();
    const paused = new Fleet(theatre, 'fleet-d', [[of('fleet-d1')]], { freezes });
    await paused.start();
    await paused.send('pause');
    await paused.until('the pause', (view) => view.paused);

    expect(waitingFor).toBe('freeze: year end; fleet-c1 may begin at 2099-01-01T00:00:00.000Z');
    await expect(frozen.result()).rejects.toThrow();
    expect((await paused.until('waiting', (view) => view.waitingFor.startsWith('resume'))).waves).toEqual([
      [{ workload: 'fleet-d1', standing: 'waiting' }],
    ]);
    await paused.handle.cancel();
  },
  WITHIN_MS,
);

test(
  'migrateFleet: a fleet with a bad spec, or under another ID, is refused before anything begins',
  async () => {
    const bad = await new Fleet(theatre, 'fleet-e', [[of('fleet-e1', { region: 'nowhere' })]]).start();
    await expect(bad.result()).rejects.toMatchObject({
      cause: { type: 'SpecInvalid', message: expect.stringContaining('migrations[0].spec.region') },
    });
    const other = await new Fleet(theatre, 'fleet-f', [[of('fleet-f1')]], { fleet: 'another' }).start();
    await expect(other.result()).rejects.toMatchObject({ cause: { type: 'WrongWorkflowId' } });
  },
  WITHIN_MS,
);
