import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Ways on which people do the work: the gates say what to do, and what arrives is proven. */

const WITHIN_MS = 90_000;
type Json = Record<string, unknown>;

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

function moved(workload: string, dataSet: Json): Migration {
  const [from, to] = [`s3://${workload}-models/ranker`, `s3://${workload}-target/model`];
  return Migration.of(theatre, workload, { data: [{ name: 'model', from, to, ...dataSet }] });
}

test(
  'a Snowball: two gates with instructions, then only what did not arrive is copied, and everything is compared',
  async () => {
    const migration = moved('snow', { method: 'snowball' });
    await migration.start();
    const { gate } = await migration.untilGate('data-order-model');
    await migration.send('approve', { requestedBy: 'ann', reason: 'job JID-1' });
    await migration.untilGate('data-arrived-model');
    const copiedBefore = migration.world.faults.count('data.copy');
    migration.world.buckets.get('snow-target')?.objects.set('model/a.bin', 'weights');
    await migration.send('approve');
    const { outcome } = await migration.result();
    const records = await migration.records();

    expect(gate?.instructions?.join(' ')).toContain('aws snowball create-job');
    expect(gate?.question).toContain('planned, not executed');
    expect(copiedBefore).toBe(0);
    expect(outcome).toBe('completed');
    expect(records.filter(({ actor }) => actor.reason === 'job JID-1')).toHaveLength(1);
    expect(records.filter(({ kind }) => kind === 'data_verified')).toHaveLength(1);
  },
  WITHIN_MS,
);

test(
  'a database: DMS is asked for at three gates, the last one before any weight, and nothing is copied here',
  async () => {
    const migration = moved('base', { kind: 'database', from: 'postgres://db/models', to: 'postgres://aurora/models' });
    await migration.start();
    for (const gate of ['data-order-model', 'data-arrived-model']) {
      await migration.untilGate(gate);
      await migration.send('approve');
    }
    const { wanted, gate } = await migration.untilGate('data-level-model');
    await migration.send('approve');
    const { outcome } = await migration.result();

    expect(wanted.target).toBe(0);
    expect(gate?.instructions?.join(' ')).toContain('CDCLatencyTarget');
    expect(outcome).toBe('completed');
    expect(migration.world.faults.count('data.*')).toBe(0);
  },
  WITHIN_MS,
);

test(
  'a road that a person refuses: the migration goes back, and nothing was copied',
  async () => {
    const migration = moved('refused-road', { method: 'direct-connect' });
    await migration.start();
    await migration.untilGate('data-order-model');
    await migration.send('reject');
    await migration.untilRolledBack();
    await migration.send('abandon');

    expect((await migration.result()).outcome).toBe('abandoned');
    expect(migration.world.faults.count('data.copy')).toBe(0);
    expect(migration.world.buckets.has('refused-road-target')).toBe(false);
  },
  WITHIN_MS,
);
