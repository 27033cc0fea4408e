import type { FakeVariants } from '../support/fakes';
import { addEndpoint, documentFor, HOSTED_TARGET, variantsSpec } from '../support/fakes';
import { Migration, QUICK } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* A migration whose source is a variant of a SageMaker endpoint: the target joins it, and is all that stays. */

const { proxy: _proxy, scaling: _scaling, modelData: _data, ...ALONE } = HOSTED_TARGET.sagemaker;

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, 60_000);
afterAll(() => theatre.close());

async function started(
  workload: string,
  change: (variants: FakeVariants) => void = () => undefined,
): Promise<{ migration: Migration; variants: FakeVariants; arn: string }> {
  const migration = Migration.of(theatre, workload);
  const { route, variants } = addEndpoint(migration.world, workload);
  change(variants);
  const quick = { ...QUICK, shadow: { ...(QUICK['shadow'] as object), tap: migration.place.tap } };
  const changes = { ...quick, data: [], ...variantsSpec(workload, { sagemaker: ALONE }) };
  await migration.start(documentFor(migration.place, { ...changes, decommission }));
  return { migration, variants, arn: route.arn };
}

const decommission = { after: '1s', standby: '1s', approval: 'not_required' };

const sharesOf = ({ world }: Migration, arn: string): unknown => world.routes.get(arn)?.shares.newest();

test('variants: the target joins the endpoint, takes its traffic, and is all that stays', async () => {
  const { migration, variants, arn } = await started('ep');
  expect((await migration.result()).outcome).toBe('completed');

  expect(sharesOf(migration, arn)).toEqual([{ backend: 'crossfade', weight: 100 }]);
  expect(variants.configName).toBe('crossfade-ep-alone');
  expect([...migration.world.endpointConfigs.keys()]).toEqual(['ep-live-config', 'crossfade-ep-alone']);
  const records = await migration.records();
  expect(records.find(({ kind }) => kind === 'endpoint_joined')?.text).toContain('before: ep-live-config');
  expect(migration.world.claims.size).toBe(0);
}, 120_000);

test('variants: abandon gives the endpoint its own configuration back, and leaves nothing behind', async () => {
  const { migration, variants, arn } = await started('ep-off');
  await migration.untilAtWeight(50);
  await migration.send('abandon');
  expect((await migration.result()).outcome).toBe('abandoned');

  expect(variants.configName).toBe('ep-off-live-config');
  expect(sharesOf(migration, arn)).toEqual([{ backend: 'primary', weight: 100 }]);
  expect(migration.world.routes.get(arn)?.shift).toBeUndefined();
  expect([...migration.world.endpointConfigs.keys()]).toEqual(['ep-off-live-config']);
  expect(migration.world.models.size).toBe(0);
}, 120_000);

test('variants: an update of somebody else in the middle holds the step, and a rollback still gets through', async () => {
  const { migration, variants, arn } = await started('ep-hand');
  await migration.untilAtWeight(50);
  variants.configName = 'theirs';
  const { verdict } = await migration.until('it is blind', (status) => status.verdict?.kind === 'blind');
  expect(verdict?.reason).toContain('serves the configuration theirs, and crossfade-ep-hand was put there');

  await migration.send('rollback');
  await migration.untilRolledBack();
  expect(sharesOf(migration, arn)).toEqual([
    { backend: 'primary', weight: 100 },
    { backend: 'crossfade', weight: 0 },
  ]);
}, 120_000);
