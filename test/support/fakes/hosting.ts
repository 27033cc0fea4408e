import { MigrationError } from '../../../src/domain/errors';
import type { Owner } from '../../../src/domain/resources';
import type { EndpointState, EndpointStatus, ModelHosting } from '../../../src/ports/model-hosting';
import { VARIANT_NAME } from '../../../src/ports/model-hosting';
import { joinedEndpoint, joinedState, joining } from './endpoints';
import type { FakeEndpoint, World } from './world';

type Parts = Pick<
  ModelHosting,
  'findModel' | 'createModel' | 'deleteModel' | 'findEndpointConfig' | 'createEndpointConfig' | 'deleteEndpointConfig'
>;
type Scaling = Pick<
  ModelHosting,
  'putScaling' | 'removeScaling' | 'holdScaling' | 'releaseScaling' | 'readInstanceQuota'
>;

const IN_FLUX: readonly EndpointStatus[] = ['Creating', 'Updating', 'SystemUpdating', 'RollingBack', 'Deleting'];

const rejected = (why: string): MigrationError => new MigrationError('AwsRejected', `ValidationException: ${why}`);
const arnOf = (kind: string, name: string): string => `arn:aws:sagemaker:eu-west-1:123456789012:${kind}/${name}`;

export function fakeHosting(world: World): ModelHosting {
  return { ...parts(world), ...endpoints(world), ...joining(world), ...scaling(world) };
}

function parts(world: World): Parts {
  return {
    async findModel(name) {
      const model = world.models.get(name);
      return model && { value: { arn: arnOf('model', name) }, owner: model.owner };
    },
    async createModel(name, target, owner) {
      if (world.models.has(name)) throw rejected(`Cannot create already existing model ${name}`);
      world.models.set(name, { owner, image: target.image });
      return { arn: arnOf('model', name) };
    },
    async deleteModel(name) {
      world.models.delete(name);
    },
    async findEndpointConfig(name) {
      const config = world.endpointConfigs.get(name);
      const before = config?.before === undefined ? {} : { before: config.before };
      return config && { value: { arn: arnOf('endpoint-config', name), ...before }, owner: config.owner };
    },
    async createEndpointConfig(name, target, owner) {
      if (world.endpointConfigs.has(name)) throw rejected(`Cannot create already existing configuration ${name}`);
      if (!world.models.has(name)) throw rejected(`Could not find model ${name}`);
      world.endpointConfigs.set(name, { owner, instanceCount: target.instanceCount });
      return { arn: arnOf('endpoint-config', name) };
    },
    async deleteEndpointConfig(name) {
      world.endpointConfigs.delete(name);
    },
  };
}

/** What time has made of it. */
function endpointNow(world: World, name: string): FakeEndpoint | undefined {
  const endpoint = world.endpoints.get(name);
  if (endpoint?.goneAtMs === undefined || world.now() < endpoint.goneAtMs) return endpoint;
  world.endpoints.delete(name);
  return undefined;
}

function statusOf(world: World, { status, goneAtMs, createdAtMs }: FakeEndpoint): EndpointStatus {
  if (goneAtMs !== undefined) return 'Deleting';
  if (status !== undefined) return status;
  if (world.now() < createdAtMs + world.endpointBootMs) return 'Creating';
  return world.endpointFailure === undefined ? 'InService' : 'Failed';
}

function stateOf(world: World, name: string, endpoint: FakeEndpoint): EndpointState {
  const status = statusOf(world, endpoint);
  const currentInstanceCount = status === 'InService' ? endpoint.instanceCount : 0;
  const shared = { currentWeight: 1, desiredWeight: 1, desiredInstanceCount: endpoint.instanceCount };
  return {
    arn: arnOf('endpoint', name),
    status,
    configName: endpoint.configName,
    ...(status === 'Failed' && world.endpointFailure !== undefined ? { failureReason: world.endpointFailure } : {}),
    variants: [{ name: VARIANT_NAME, currentInstanceCount, ...shared }],
  };
}

function endpoints(
  world: World,
): Pick<ModelHosting, 'findEndpoint' | 'createEndpoint' | 'deleteEndpoint' | 'tagEndpoint'> {
  return {
    async findEndpoint(name) {
      const joined = joinedEndpoint(world, name);
      if (joined !== undefined) return { value: joinedState(world, joined), owner: undefined };
      const endpoint = endpointNow(world, name);
      return endpoint && { value: stateOf(world, name, endpoint), owner: endpoint.owner };
    },
    async createEndpoint(name, owner: Owner) {
      if (endpointNow(world, name) !== undefined) throw rejected(`Cannot create already existing endpoint ${name}`);
      const config = world.endpointConfigs.get(name);
      if (config === undefined) throw rejected(`Could not find endpoint configuration ${name}`);
      const { instanceCount } = config;
      world.endpoints.set(name, { owner, configName: name, instanceCount, createdAtMs: world.now(), tags: {} });
      return { arn: arnOf('endpoint', name) };
    },
    async deleteEndpoint(name) {
      const endpoint = endpointNow(world, name);
      if (endpoint === undefined || endpoint.goneAtMs !== undefined) return;
      if (IN_FLUX.includes(statusOf(world, endpoint))) throw rejected(`Cannot update in-progress endpoint ${name}`);
      endpoint.goneAtMs = world.now() + world.endpointDeleteMs;
    },
    async tagEndpoint(arn, tags) {
      const endpoint = endpointNow(world, arn.split('/')[1] ?? '');
      if (endpoint === undefined) throw rejected(`there is no endpoint ${arn}`);
      Object.assign(endpoint.tags, tags);
    },
  };
}

function scaling(world: World): Scaling {
  return {
    async putScaling(name, { min, max, on }) {
      const joined = joinedEndpoint(world, name)?.variants;
      if (joined !== undefined) return void joined.scaling.set(VARIANT_NAME, 'running');
      const endpoint = endpointNow(world, name);
      if (endpoint === undefined || statusOf(world, endpoint) !== 'InService')
        throw rejected(`endpoint ${name} is not in service`);
      endpoint.scaling = `${min}-${max} on ${on}`;
    },
    async removeScaling(name, variantName = VARIANT_NAME) {
      joinedEndpoint(world, name)?.variants?.scaling.delete(variantName);
      delete endpointNow(world, name)?.scaling;
    },
    async holdScaling(name, variantName) {
      const joined = joinedEndpoint(world, name)?.variants;
      if (joined === undefined) throw new MigrationError('NotFound', `there is no endpoint ${name}`);
      if (joined.scaling.has(variantName)) joined.scaling.set(variantName, 'held');
    },
    async releaseScaling(name, variantName) {
      const joined = joinedEndpoint(world, name)?.variants;
      if (joined?.scaling.has(variantName)) joined.scaling.set(variantName, 'running');
    },
    async readInstanceQuota(instanceType) {
      const value = world.instanceQuotas.get(instanceType);
      return value === undefined
        ? undefined
        : { code: 'L-1928E07B', name: `${instanceType} for endpoint usage`, value };
    },
  };
}
