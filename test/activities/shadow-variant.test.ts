import { refuseMoreCopies } from '../../src/activities/endpoint-shadow';
import type { Activities } from '../../src/contracts/activities';
import type { SageMakerTargetSpec } from '../../src/domain/spec';
import { addEndpoint, HOSTED_TARGET, variantsSpec } from '../support/fakes';
import type { FakeVariants } from '../support/fakes';
import { EARLIER, OWNER, Stage } from './support';

const { proxy: _proxy, scaling: _scaling, modelData: _data, ...ALONE } = HOSTED_TARGET.sagemaker;
const PLACE = 's3://captured/ranker';
const SHADOW = 'crossfade-ranker-shadow';
const JOINT = 'crossfade-ranker';
const OWN = 'ranker-live-config';
const endpointName = 'ranker-live';
const move = { endpointName, configName: SHADOW, configBefore: OWN, isCaptureChanged: true as const };

interface Set {
  readonly stage: Stage;
  readonly variants: FakeVariants;
  readonly spec: ReturnType<Stage['spec']>;
}

/** An endpoint that answers users, and a spec whose target becomes its shadow. */
function staged(router: Record<string, unknown> = {}): Set {
  const stage = new Stage();
  const { variants } = addEndpoint(stage.world, 'ranker');
  const { world } = stage;
  world.buckets.set('captured', { owner: undefined, objects: new Map(), isLedger: false });
  world.instanceQuotas.set('ml.g5.xlarge', 4);
  const changes = variantsSpec('ranker', { sagemaker: ALONE });
  const written = changes['router'] as { sagemaker: Record<string, unknown> };
  const spec = stage.spec({
    ...changes,
    source: { ...(changes['source'] as object), owned: {} },
    data: [],
    shadow: { variant: { capture: { to: PLACE } } },
    router: { sagemaker: { ...written.sagemaker, ...router } },
  });
  return { stage, variants, spec };
}

async function shadowed(): Promise<Set> {
  const set = staged();
  const calls = callsOf(set);
  for (const call of [calls.config, calls.shadow]) await call();
  set.stage.faults.reset();
  return set;
}

/** The way of a target through the endpoint's configurations. */
function callsOf({
  stage,
  spec,
}: Set): Record<'config' | 'shadow' | 'copy' | 'joint' | 'join', () => Promise<unknown>> {
  const { activities } = stage;
  const target = spec.target.sagemaker as SageMakerTargetSpec;
  const hosted = { target, owner: OWNER, adopt: false };
  const variant = spec.shadow.variant as NonNullable<typeof spec.shadow.variant>;
  return {
    config: () => activities.createShadowConfig({ ...hosted, name: SHADOW, endpointName, model: JOINT, variant }),
    shadow: () => activities.shadowEndpoint({ ...move, instanceCount: 2, jointConfigName: JOINT }),
    copy: () => activities.setShadowVariant({ endpointName, configName: SHADOW, fractionPercent: 15 }),
    joint: () => activities.createJointConfig({ ...hosted, name: JOINT, endpointName }),
    join: () => activities.joinEndpoint({ ...move, configName: JOINT, instanceCount: 2, shadowConfigName: SHADOW }),
  };
}

const leave = ({ stage }: Set, configName: string): Promise<void> =>
  stage.activities.leaveEndpoint({ ...move, configName });

test('the way through the shadow: every call whose reply is lost, done again, ends where it ends once', async () => {
  const once = staged();
  for (const call of Object.values(callsOf(once))) await call();

  const twice = staged();
  for (const call of Object.values(callsOf(twice))) {
    twice.stage.faults.loseNextReply('hosting.*');
    await call().catch(call);
  }
  expect(twice.stage.world.snapshot()).toEqual(once.stage.world.snapshot());
  expect(twice.variants).toMatchObject({ configName: JOINT, captureTo: undefined });
});

test('the way back: from the shadow, from two variants and from neither it is the same configuration', async () => {
  for (const steps of [[], ['shadow'], ['shadow', 'copy'], ['shadow', 'copy', 'joint', 'join']] as const) {
    const set = staged();
    const calls = callsOf(set);
    await calls.config();
    for (const step of steps) await calls[step]();
    for (const configName of [JOINT, SHADOW]) {
      set.stage.faults.loseNextReply('hosting.updateEndpoint');
      await leave(set, configName).catch(() => leave(set, configName));
      set.stage.faults.reset();
    }
    expect([set.variants.configName, set.variants.captureTo]).toEqual([OWN, undefined]);
    expect(set.variants.shadowWeight.newest()).toBeUndefined();
  }
});

test('createShadowConfig: from two variants of ours it is made from the endpoint’s own, as before', async () => {
  const set = await shadowed();
  const calls = callsOf(set);
  for (const call of [calls.joint, calls.join]) await call();
  expect(await calls.config()).toEqual({ configBefore: OWN });
  expect(set.stage.world.endpointConfigs.get(SHADOW)?.before).toBe(OWN);
  await calls.shadow();
  expect(set.variants).toMatchObject({ configName: SHADOW, captureTo: PLACE });
});

test('createShadowConfig: one that an earlier run left, or somebody else made, is not taken', async () => {
  for (const [owner, type] of [
    [EARLIER, 'EarlierRunLeftovers'],
    [undefined, 'ResourceNotOurs'],
  ] as const) {
    const set = staged();
    set.stage.world.endpointConfigs.set(SHADOW, { owner, instanceCount: 1, before: OWN });
    await expect(callsOf(set).config()).rejects.toMatchObject({ type });
  }
});

describe('setShadowVariant', () => {
  const set = (stage: Stage, fractionPercent: number): ReturnType<Activities['setShadowVariant']> =>
    stage.activities.setShadowVariant({ endpointName, configName: SHADOW, fractionPercent });

  test('setShadowVariant: the share is of the production variant’s own weight, and is waited for', async () => {
    const { stage, variants } = await shadowed();
    stage.world.routes.forEach(({ kind, shares }) =>
      kind === 'endpoint' ? shares.set(stage.clock.now(), [{ backend: 'primary', weight: 40 }]) : undefined,
    );
    variants.changeMs = 60_000;
    const startMs = stage.clock.now();
    await set(stage, 5);
    expect(variants.shadowWeight.newest()).toBe(2);
    expect(stage.clock.now() - startMs).toBeGreaterThanOrEqual(60_000);
    expect(stage.heartbeats).toContainEqual({ status: 'Updating', configName: SHADOW });
  });

  test('setShadowVariant: while SageMaker is busy it waits; what it never does is told', async () => {
    const { stage, variants } = await shadowed();
    variants.busyUntilMs = stage.clock.now() + 60_000;
    await set(stage, 5);
    variants.silentReturnCount = 9;
    await expect(set(stage, 15)).rejects.toMatchObject({
      type: 'EndpointFailed',
      message: expect.stringContaining('does not take weight 0.15 for crossfade-shadow: it is in service with 0.05'),
    });
  });

  test.each([
    ['another configuration', (variants: FakeVariants) => (variants.configName = 'theirs')],
    ['two production variants', (_variants: FakeVariants, stage: Stage) => addProduction(stage)],
  ])('setShadowVariant: on %s nothing is ordered', async (_what, change) => {
    const { stage, variants } = await shadowed();
    change(variants, stage);
    await expect(set(stage, 15)).rejects.toMatchObject({ type: 'RouteChanged' });
    expect(stage.faults.count('hosting.setVariantWeight')).toBe(0);
  });
});

function addProduction({ world, clock }: Stage): void {
  for (const { kind, shares } of world.routes.values())
    if (kind === 'endpoint') shares.set(clock.now(), [...shares.newest(), { backend: 'other', weight: 1 }]);
}

test.each([
  ['as many as were ordered', { production: 1, shadow: Math.fround(0.15) }],
  ['fewer', { production: 1, shadow: 0.1 }],
  ['none', { production: 0, shadow: 0 }],
])('refuseMoreCopies: %s pass', (_what, weights) => {
  expect(() => refuseMoreCopies('arn', weights, 15)).not.toThrow();
});

test.each([
  ['more', { production: 1, shadow: 0.16 }],
  ['copies of nothing', { production: 0, shadow: 0.01 }],
])('refuseMoreCopies: %s are refused', (_what, weights) => {
  expect(() => refuseMoreCopies('arn', weights, 15)).toThrow(/more than 15 % of the requests/);
});

describe('preflight of a shadow variant', () => {
  const preflight = ({ stage, spec }: Set, adopt = false): Promise<unknown> =>
    stage.activities.preflight({ spec, owner: OWNER, adopt });

  test('preflight: an endpoint with one production variant will do, and so will its own capture to our place', async () => {
    const set = staged();
    await expect(preflight(set)).resolves.toMatchObject({ targetBackend: 'crossfade' });
    set.variants.captureTo = `${PLACE}/`;
    await expect(preflight(set)).resolves.toMatchObject({ targetBackend: 'crossfade' });
  });

  const REFUSED: [string, (set: Set) => void, RegExp, Record<string, unknown>][] = [
    [
      'several production variants',
      ({ stage }) => addProduction(stage),
      /the endpoint has 2 production variants \(primary=1, other=1\).*give shadow\.tap/,
      { sourceVariant: 'primary' },
    ],
    [
      'a shadow variant already',
      ({ variants, stage }) => variants.shadowWeight.set(stage.clock.now(), 0.5),
      /has the shadow variant crossfade-shadow, by its configuration ranker-live-config/,
      {},
    ],
    [
      'captures to another place',
      ({ variants }) => (variants.captureTo = 's3://monitor/live'),
      /shadow\.variant\.capture\.to: the endpoint captures to s3:\/\/monitor\/live already/,
      {},
    ],
    [
      'no bucket to capture to',
      ({ stage }) => stage.world.buckets.delete('captured'),
      /shadow\.variant\.capture\.to: there is no bucket captured/,
      {},
    ],
  ];
  test.each(REFUSED)('preflight: %s is refused in one sentence', async (_what, change, words, router) => {
    const set = staged(router);
    change(set);
    await expect(preflight(set)).rejects.toMatchObject({
      type: 'SpecInvalid',
      message: expect.stringMatching(words),
    });
  });

  test('preflight: a shadow configuration that an earlier run left is told', async () => {
    const set = staged();
    set.stage.world.endpointConfigs.set(SHADOW, { owner: EARLIER, instanceCount: 1, before: OWN });
    await expect(preflight(set)).rejects.toMatchObject({
      type: 'EarlierRunLeftovers',
      message: expect.stringContaining(`endpoint configuration ${SHADOW}`),
    });
  });
});
