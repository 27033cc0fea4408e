import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A migration whose source is a variant of a SageMaker endpoint: the target joins it, and is all that stays. */

const LONG = { cutover: { stabilization: '1h' } };

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);
afterAll(() => theatre.close());

const sharesOf = (migration: Migration): unknown => migration.endpoint.route.shares.newest();

test('variants: the target joins the endpoint, takes its traffic, and is all that stays', async () => {
  const migration = await Migration.joined(theatre, 'ep').start();
  expect((await migration.result()).outcome).toBe('completed');

  const { variants } = migration.endpoint;
  expect(sharesOf(migration)).toEqual([{ backend: 'crossfade', weight: 100 }]);
  expect(variants.configName).toBe('crossfade-ep-alone');
  expect([...variants.scaling]).toEqual([['crossfade', 'running']]);
  expect([...migration.world.endpointConfigs.keys()]).toEqual(['ep-live-config', 'crossfade-ep-alone']);
  const records = await migration.records();
  expect(records.find(({ kind }) => kind === 'endpoint_joined')?.text).toContain('before: ep-live-config');
  expect(migration.world.claims.size).toBe(0);
}, 120_000);

test('variants: a source that the spec does not let go stays at weight 0, and may shrink again', async () => {
  const unowned = { source: { owned: { endpoints: undefined } } };
  const migration = await Migration.joined(theatre, 'ep-kept', unowned).start();
  expect((await migration.result()).outcome).toBe('completed');

  const { variants } = migration.endpoint;
  expect(sharesOf(migration)).toEqual([
    { backend: 'primary', weight: 0 },
    { backend: 'crossfade', weight: 100 },
  ]);
  expect(variants.configName).toBe('crossfade-ep-kept');
  expect(variants.scaling.get('primary')).toBe('running');
}, 120_000);

test('variants: the source keeps its instances from the first weight on, until a rollback is abandoned', async () => {
  const migration = Migration.joined(theatre, 'ep-off', LONG);
  const before = migration.world.snapshot();
  const { variants } = migration.endpoint;
  await migration.start();
  await migration.untilPhase('shadow');
  expect(variants.scaling.get('primary')).toBe('running');
  await migration.untilAtWeight(50);
  expect(variants.scaling.get('primary')).toBe('held');
  await migration.send('rollback');
  await migration.untilRolledBack();
  expect(variants.scaling.get('primary')).toBe('held');
  await migration.send('abandon');
  expect((await migration.result()).outcome).toBe('abandoned');
  expect(migration.world.snapshot()).toEqual(before);
}, 120_000);

test('variants: an update of somebody else in the middle holds the step, and a rollback still gets through', async () => {
  const migration = await Migration.joined(theatre, 'ep-hand', LONG).start();
  await migration.untilAtWeight(50);
  migration.endpoint.variants.configName = 'theirs';
  const { verdict } = await migration.until('it is blind', (status) => status.verdict?.kind === 'blind');
  expect(verdict?.reason).toContain('serves the configuration theirs, and crossfade-ep-hand was put there');

  await migration.send('rollback');
  await migration.untilRolledBack();
  expect(sharesOf(migration)).toEqual([
    { backend: 'primary', weight: 100 },
    { backend: 'crossfade', weight: 0 },
  ]);
}, 120_000);

test('variants: an update that SageMaker never carries out blocks the join, and abandon leaves nothing behind', async () => {
  const migration = Migration.joined(theatre, 'ep-sick');
  const before = migration.world.snapshot();
  migration.endpoint.variants.silentReturnCount = 3;
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('abandon');
  await migration.result();

  expect(blocked?.code).toBe('EndpointFailed');
  expect(blocked?.message).toContain('went back to ep-sick-live-config and does not take crossfade-ep-sick');
  expect(migration.world.snapshot()).toEqual(before);
}, 120_000);

test('variants: an emergency rollback puts the endpoint’s traffic back when the migration is gone', async () => {
  const migration = await Migration.joined(theatre, 'ep-wedged', LONG).start();
  await migration.untilAtWeight(50);
  await migration.handle.terminate('wedged');
  await migration.emergency();

  expect(migration.targetShare()).toBe(0);
  expect(migration.endpoint.route.shift).toMatchObject({ weights: { source: 100, target: 0 } });
}, 120_000);
