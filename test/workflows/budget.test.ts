import { MigrationError } from '../../src/domain/errors';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* The budget of a spec stands before anything that costs, and goes with what was built. */

const WITHIN_MS = 90_000;
const NAME = 'crossfade-alerted';
const BUDGET = { monthlyUsd: 100, notify: [{ email: 'ops@example.com' }] };

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);

afterAll(() => theatre.close(), WITHIN_MS);

test(
  'a budget: is the first that is made, and abandoned with the rest',
  async () => {
    const migration = Migration.of(theatre, 'alerted', { budget: BUDGET, cutover: { stabilization: '1h' } });
    const { world } = migration;
    const before = world.snapshot();
    // Nothing else is made while it cannot be.
    world.faults.failCall('budgets.createBudget', 1, new MigrationError('AwsDenied', 'not allowed'));
    await migration.start();
    await migration.untilBlocked();
    const built = [...world.targetGroups.values()].filter(({ name }) => name === NAME);
    await migration.send('retry');
    await migration.untilAtWeight(50);
    const kept = world.budgets.get(NAME);
    await migration.send('rollback');
    await migration.untilRolledBack();
    await migration.send('abandon');
    const { outcome } = await migration.result();

    expect(built).toEqual([]);
    expect(kept).toMatchObject({
      owner: { workload: 'alerted' },
      budget: { monthlyUsd: 100, alertPercents: [80, 100] },
    });
    expect(outcome).toBe('abandoned');
    expect(world.budgets.size).toBe(0);
    expect(world.snapshot()).toEqual(before);
  },
  WITHIN_MS,
);
