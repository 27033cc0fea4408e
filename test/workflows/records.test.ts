import { Migration, TTL_MS } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A migration whose traffic DNS divides, between two stacks that are there already. */

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);
afterAll(() => theatre.close());

const sharesOf = ({ recordSet }: Migration): unknown => recordSet.route.shares.newest();

test('records: from one stack to another nothing is built, and each step is held a TTL longer', async () => {
  const migration = await Migration.overRecords(theatre, 'dns').start();
  const built = [...migration.world.targetGroups.keys()];

  expect((await migration.result()).outcome).toBe('completed');

  const records = await migration.records();
  const at = (text: string): number => records.find((record) => record.text.startsWith(text))?.at ?? Number.NaN;
  expect(at('cutover-50: ') - at('weights 50/50 read back')).toBeGreaterThanOrEqual(TTL_MS + 1_000);
  expect(sharesOf(migration)).toEqual([
    { backend: 'source', weight: 0 },
    { backend: 'target', weight: 100 },
  ]);
  expect([...migration.world.targetGroups.keys()]).toEqual(built);
  expect(migration.world.launchTemplates.size).toBe(0);
  expect(migration.world.claims.size).toBe(0);
}, 120_000);

test('records: a rollback writes the source’s weight, and says how long users need to follow', async () => {
  const migration = await Migration.overRecords(theatre, 'dns-back').start();
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();

  expect(sharesOf(migration)).toEqual([
    { backend: 'source', weight: 100 },
    { backend: 'target', weight: 0 },
  ]);
  const { decisions } = await migration.status();
  expect(decisions.join('\n')).toContain('who asked before stays on the target for up to');
}, 120_000);

test('records: abandon takes the decision off the records, and leaves them', async () => {
  const migration = await Migration.overRecords(theatre, 'dns-off').start();
  await migration.untilAtWeight(50);
  await migration.send('abandon');

  expect((await migration.result()).outcome).toBe('abandoned');
  expect(migration.recordSet.route.shift).toBeUndefined();
  expect(sharesOf(migration)).toHaveLength(2);
  expect(migration.world.claims.size).toBe(0);
}, 120_000);
