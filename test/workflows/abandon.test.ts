import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* What abandoning must not do: take away what answers users. */

const WITHIN_MS = 90_000;

let theatre: Theatre;

beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);

afterAll(() => theatre.close(), WITHIN_MS);

test(
  'abandon while a third hand has put users on the target: what serves them stays, and is reported as stuck',
  async () => {
    const migration = await Migration.of(theatre, 'peopled', { cutover: { stabilization: '1h' } }).start();
    const { world, place } = migration;
    await migration.untilAtWeight(50);
    await migration.send('rollback');
    await migration.untilRolledBack();
    await migration.send('pause');
    await migration.send('retry');
    await migration.until('the new start', ({ phase }) => phase === 'shadow');
    const route = world.routes.get(place.route.arn);
    const shares = route?.shares.newest().map((share) => ({ ...share, weight: 50 })) ?? [];
    route?.shares.set(Date.now(), shares);

    await migration.send('abandon');
    const { outcome } = await migration.result();
    const abandoned = (await migration.records()).find(({ kind }) => kind === 'abandoned');

    expect(outcome).toBe('abandoned');
    expect(migration.targetShare()).toBe(50);
    expect(world.autoScalingGroups.has('crossfade-peopled')).toBe(true);
    expect([...world.targetGroups.values()].map(({ name }) => name)).toContain('crossfade-peopled');
    expect(abandoned?.values?.['stuck']).toEqual(
      expect.arrayContaining([
        expect.stringContaining('route: '),
        "auto-scaling-group: kept, because production's route may still send requests there",
      ]),
    );
  },
  WITHIN_MS,
);
