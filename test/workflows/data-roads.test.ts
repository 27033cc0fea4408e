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

const SNOWBALL = {
  addressId: 'ADID12345678-1234-1234-1234-123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/snowball',
  kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012',
};

test(
  'a Snowball that the spec describes: ordered after a yes, filled by people, and its import waited for',
  async () => {
    const migration = moved('followed-snow', { method: 'snowball', snowball: SNOWBALL });
    const { roads } = migration.world;
    await migration.start();
    const asked = await migration.untilGate('data-order-model');
    const orderedBefore = roads.jobs.size;
    await migration.send('approve');
    const filled = await migration.untilGate('data-arrived-model');
    roads.jobs.set('model', { id: 'JID-1', state: 'Complete' });
    await migration.send('approve');
    const { outcome } = await migration.result();

    expect(asked.gate?.instructions?.join(' ')).toContain('no new customers');
    expect(orderedBefore).toBe(0);
    expect(filled.gate?.question).toContain('Fill the device');
    expect(migration.world.faults.count('roads.createImport')).toBe(1);
    expect(outcome).toBe('completed');
    expect(await migration.recordedKinds()).toEqual(expect.arrayContaining(['data_ordered', 'data_verified']));
  },
  WITHIN_MS,
);

test(
  'a Snowball that failed blocks; abandoned while nobody prepares it, its job is cancelled',
  async () => {
    const migration = moved('failed-snow', { method: 'snowball', snowball: SNOWBALL });
    const { roads } = migration.world;
    roads.firstState = 'Pending';
    await migration.start();
    await migration.untilGate('data-order-model');
    await migration.send('approve');
    const { blocked } = await migration.untilBlocked();
    roads.jobs.set('model', { id: 'JID-1', state: 'New' });
    await migration.send('abandon');

    expect((await migration.result()).outcome).toBe('abandoned');
    expect(blocked?.code).toBe('TransferFailed');
    expect(roads.jobs.get('model')?.state).toBe('Cancelled');
  },
  WITHIN_MS,
);

test(
  'a line that the spec names: nobody is asked, and nothing is copied before it is available',
  async () => {
    const directConnect = { connectionId: 'dxcon-fg1234567' };
    const migration = moved('lined', { method: 'direct-connect', directConnect });
    migration.world.roads.lines.set(directConnect.connectionId, 'deleted');
    await migration.start();
    const { blocked } = await migration.untilBlocked();
    const copiedBefore = migration.world.faults.count('data.copy');
    migration.world.roads.lines.set(directConnect.connectionId, 'available');
    await migration.send('retry');

    expect((await migration.result()).outcome).toBe('completed');
    expect(blocked?.code).toBe('TransferFailed');
    expect(copiedBefore).toBe(0);
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
