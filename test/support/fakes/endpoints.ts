import { MigrationError } from '../../../src/domain/errors';
import { SHADOW_VARIANT } from '../../../src/domain/resources';
import type { EndpointState, ModelHosting } from '../../../src/ports/model-hosting';
import { VARIANT_NAME } from '../../../src/ports/model-hosting';
import type { TrafficRouter } from '../../../src/ports/traffic-router';
import { NO_LOAD_BALANCER, TARGET_ENDPOINT } from './records';
import { Timeline } from './traffic-model';
import type { FakeEndpointConfig, FakeRoute, World } from './world';

/** What an endpoint has besides the weights of its variants. */
export interface FakeVariants {
  readonly name: string;
  configName: string;
  /** Every variant that was ever there; those of its configuration are on the route. */
  readonly counts: Map<string, number>;
  /** What scales a variant, by its name; held: takes no instances away. */
  readonly scaling: Map<string, 'running' | 'held'>;
  /** Until then a change is carried out, and no other one is taken. Unit: milliseconds since 1970. */
  busyUntilMs: number;
  /** How long the next changes take. Unit: milliseconds. */
  changeMs: number;
  /** How many of the next updates end on the old configuration, without a word. */
  silentReturnCount: number;
  /** Weight of its shadow variant; undefined: it has none. */
  readonly shadowWeight: Timeline<number | undefined>;
  captureTo?: string | undefined;
}

const arnOf = (name: string): string => `arn:aws:sagemaker:eu-west-1:123456789012:endpoint/${name}`;

/** An endpoint that answers users with one variant, and its configuration. */
export function addEndpoint(world: World, workload: string): { route: FakeRoute; variants: FakeVariants } {
  const name = `${workload}-live`;
  const variants: FakeVariants = {
    name,
    configName: `${name}-config`,
    counts: new Map([['primary', 2]]),
    scaling: new Map([['primary', 'running']]),
    busyUntilMs: 0,
    changeMs: 50,
    silentReturnCount: 0,
    shadowWeight: new Timeline<number | undefined>(undefined),
  };
  const route: FakeRoute = {
    arn: arnOf(name),
    kind: 'endpoint',
    listenerArn: NO_LOAD_BALANCER,
    loadBalancerArn: NO_LOAD_BALANCER,
    shares: new Timeline([{ backend: 'primary', weight: 1 }]),
    stickinessEnabled: false,
    workload,
    variants,
  };
  world.routes.set(route.arn, route);
  world.endpointConfigs.set(variants.configName, { owner: undefined, instanceCount: 2, variants: ['primary'] });
  return { route, variants };
}

/** What of a spec differs where an endpoint divides the traffic among its variants. */
export function variantsSpec(workload: string, target: Record<string, unknown>): Record<string, unknown> {
  const endpointName = `${workload}-live`;
  return {
    target,
    router: { sagemaker: { endpointName, targetEndpoint: `${TARGET_ENDPOINT}.${workload}.internal` } },
    source: {
      endpoint: `http://source.${workload}.internal`,
      metrics: { kind: 'cloudwatch', period: '1s', lag: '0s' },
      owned: { endpoints: [endpointName] },
    },
  };
}

const isBusy = (world: World, { busyUntilMs }: FakeVariants): boolean => world.now() < busyUntilMs;

export function joinedEndpoint(world: World, name: string): FakeRoute | undefined {
  return [...world.routes.values()].find(({ variants }) => variants?.name === name);
}

export function joinedState(world: World, { arn, shares, variants }: FakeRoute): EndpointState {
  if (variants === undefined) throw new Error(`${arn} is no endpoint`);
  const shadowWeight = variants.shadowWeight.newest();
  const shadowCount = variants.counts.get(SHADOW_VARIANT) ?? 0;
  return {
    arn,
    status: isBusy(world, variants) ? 'Updating' : 'InService',
    configName: variants.configName,
    variants: shares.newest().map(({ backend, weight }) => {
      const count = variants.counts.get(backend) ?? 0;
      return {
        name: backend,
        currentWeight: weight,
        desiredWeight: weight,
        currentInstanceCount: count,
        desiredInstanceCount: count,
      };
    }),
    ...(shadowWeight === undefined
      ? {}
      : {
          shadows: [
            {
              name: SHADOW_VARIANT,
              currentWeight: shadowWeight,
              desiredWeight: shadowWeight,
              currentInstanceCount: shadowCount,
              desiredInstanceCount: shadowCount,
            },
          ],
        }),
    ...(variants.captureTo === undefined ? {} : { captureTo: variants.captureTo }),
  };
}

type Joining = Pick<
  ModelHosting,
  'createJointConfig' | 'createShadowConfig' | 'createSoleConfig' | 'updateEndpoint' | 'setVariantWeight'
>;

export function joining(world: World): Joining {
  const configOf = (name: string): NonNullable<ReturnType<World['endpointConfigs']['get']>> => {
    const config = world.endpointConfigs.get(name);
    if (config === undefined) throw new MigrationError('AwsRejected', `Could not find endpoint configuration ${name}`);
    return config;
  };
  const create = (name: string, config: ReturnType<typeof configOf>): { arn: string } => {
    if (world.endpointConfigs.has(name))
      throw new MigrationError('AwsRejected', `Cannot create already existing configuration ${name}`);
    world.endpointConfigs.set(name, config);
    return { arn: `${arnOf(name)}-config` };
  };
  return {
    async createJointConfig(name, from, { instanceCount }, owner) {
      const variants = [...(configOf(from).variants ?? []), VARIANT_NAME];
      return create(name, { owner, instanceCount, before: from, variants });
    },
    async createShadowConfig(name, from, { target, variant }, owner) {
      if (world.shadowRefusal !== undefined) throw new MigrationError('AwsRejected', world.shadowRefusal);
      const { captureTo } = variant;
      const variants = configOf(from).variants ?? [];
      return create(name, {
        owner,
        instanceCount: target.instanceCount,
        before: from,
        variants,
        shadow: { captureTo },
      });
    },
    async createSoleConfig(name, from, owner) {
      return create(name, { ...configOf(from), owner, before: from, variants: [VARIANT_NAME] });
    },
    async setVariantWeight(name, variantName, weight) {
      const route = joinedEndpoint(world, name);
      if (route?.variants === undefined) throw new MigrationError('AwsRejected', `Could not find endpoint ${name}`);
      const { variants } = route;
      if (isBusy(world, variants))
        throw new MigrationError('AwsRejected', `Cannot update in-progress endpoint ${name}`);
      if (variantName !== SHADOW_VARIANT || variants.shadowWeight.newest() === undefined)
        throw new MigrationError('AwsRejected', `The variant name(s) "${variantName}" is/are not present`);
      variants.busyUntilMs = world.now() + variants.changeMs;
      if (variants.silentReturnCount > 0) variants.silentReturnCount -= 1;
      else variants.shadowWeight.set(world.now(), weight);
    },
    async updateEndpoint(name, configName, capture) {
      const route = joinedEndpoint(world, name);
      if (route?.variants === undefined) throw new MigrationError('AwsRejected', `Could not find endpoint ${name}`);
      if (isBusy(world, route.variants))
        throw new MigrationError('AwsRejected', `Cannot update in-progress endpoint ${name}`);
      const config = configOf(configName);
      update(world, route, route.variants, configName, config);
      if (capture === 'configured' && route.variants.configName === configName)
        route.variants.captureTo = config.shadow?.captureTo;
    },
  };
}

function update(
  world: World,
  { shares }: FakeRoute,
  variants: FakeVariants,
  configName: string,
  config: FakeEndpointConfig,
): void {
  variants.busyUntilMs = world.now() + variants.changeMs;
  if (variants.silentReturnCount > 0) {
    variants.silentReturnCount -= 1;
    return;
  }
  variants.configName = configName;
  const before = shares.newest();
  const names = config.variants ?? [];
  variants.shadowWeight.set(world.now(), config.shadow === undefined ? undefined : 0);
  const all = config.shadow === undefined ? names : [...names, SHADOW_VARIANT];
  for (const name of all) if (!variants.counts.has(name)) variants.counts.set(name, config.instanceCount);
  for (const name of [...variants.counts.keys()]) if (!all.includes(name)) variants.counts.delete(name);
  const weightOf = (name: string): number => before.find(({ backend }) => backend === name)?.weight ?? 0;
  shares.set(
    world.now(),
    names.map((backend) => ({ backend, weight: weightOf(backend) })),
  );
}

/** Weights are in force at once; until the change is carried out they are pending, and no others are taken. */
export function fakeEndpointRouter(world: World): TrafficRouter {
  const routeOf = ({ arn, endpointName = '' }: { arn: string; endpointName?: string }): FakeRoute => {
    const route = world.routes.get(arn) ?? joinedEndpoint(world, endpointName);
    if (route === undefined) throw new MigrationError('NotFound', `there is no endpoint ${endpointName}`);
    return route;
  };
  const write = (route: FakeRoute, shares: readonly { backend: string; weight: number }[]): void => {
    const { variants } = route;
    if (variants === undefined) throw new Error(`${route.arn} is no endpoint`);
    if (isBusy(world, variants)) throw new MigrationError('AwsUnavailable', `${route.arn} takes no weights now`);
    variants.busyUntilMs = world.now() + variants.changeMs;
    route.shares.set(
      world.now(),
      route.shares.newest().map(({ backend }) => ({
        backend,
        weight: shares.find((share) => share.backend === backend)?.weight ?? 0,
      })),
    );
  };
  return {
    async readRoute(ref) {
      const route = routeOf(ref);
      const { status, configName, shadows = [], captureTo } = joinedState(world, route);
      return {
        shares: route.shares.newest(),
        stickinessEnabled: false,
        shift: route.shift,
        ...(status === 'Updating' ? { pending: { why: 'it is Updating', isReceiptMissing: false } } : {}),
        endpoint: {
          arn: route.arn,
          configName,
          ...(shadows.length === 0
            ? {}
            : { shadows: shadows.map(({ name, currentWeight }) => ({ backend: name, weight: currentWeight })) }),
          ...(captureTo === undefined ? {} : { captureTo }),
        },
      };
    },
    async applyShift(ref, { shift, shares }) {
      const route = routeOf(ref);
      route.shift = shift;
      write(route, shares);
      return undefined;
    },
    async writeShares(ref, shares) {
      write(routeOf(ref), shares);
    },
    async clearTags(ref) {
      routeOf(ref).shift = undefined;
    },
    async readHealth(ref, backend) {
      const count = routeOf(ref).variants?.counts.get(backend);
      if (count === undefined) throw new MigrationError('NotFound', `${ref.arn} has no variant ${backend}`);
      return { healthyCount: count, registeredCount: count };
    },
  };
}
