/**
 * A target that SageMaker serves: model, endpoint configuration, endpoint, each of one name.
 *
 * 1. An endpoint counts as ours to serve with only when it is in service on the configuration of its own name, with as
 *    many instances as are wanted. SageMaker calls an endpoint in service that fell back to another configuration.
 * 2. SageMaker accepts no new endpoint under the name of one that failed or that is going: it must be gone first.
 */
import type { HostedInput, HostingActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { EndpointState, EndpointStatus, ModelHosting } from '../ports/model-hosting';
import { endpointPhase, VARIANT_NAME } from '../ports/model-hosting';
import type { Found } from '../ports/traffic-router';
import { createJoinActivities } from './endpoint-join';
import { createShadowHosting } from './endpoint-shadow';
import type { HostingPorts } from './hosting-wait';
import { inMinutes, poll } from './hosting-wait';
import { ensureOwned, removeOwned, requireOurs } from './ownership';
import type { Ports } from './ports';

type Parts = Pick<HostingActivities, 'createModel' | 'removeModel' | 'createEndpointConfig' | 'removeEndpointConfig'>;

export function createHostingActivities(ports: HostingPorts): HostingActivities {
  const { hosting } = ports;
  return {
    ...parts(hosting),
    ...createJoinActivities(ports),
    ...createShadowHosting(ports),
    createEndpoint: (input) => createEndpoint(ports, input),
    removeEndpoint: ({ name, owner }) =>
      removeOwned(
        `endpoint ${name}`,
        owner,
        () => hosting.findEndpoint(name),
        async () => {
          await hosting.removeScaling(name);
          await removeUntilGone(ports, name, owner.workload);
        },
      ),
    waitEndpointInService: (input) => waitEndpointInService(ports, input),
    putEndpointScaling: ({ name, scaling }) => hosting.putScaling(name, scaling),
  };
}

function parts(hosting: ModelHosting): Parts {
  return {
    async createModel({ name, target, owner, adopt }) {
      await ensureOwned(
        { what: `model ${name}`, owner, adopt },
        () => hosting.findModel(name),
        () => hosting.createModel(name, target, owner),
      );
    },

    removeModel: ({ name, owner }) =>
      removeOwned(
        `model ${name}`,
        owner,
        () => hosting.findModel(name),
        () => hosting.deleteModel(name),
      ),

    async createEndpointConfig({ name, target, owner, adopt }) {
      await ensureOwned(
        { what: `endpoint configuration ${name}`, owner, adopt },
        () => hosting.findEndpointConfig(name),
        () => hosting.createEndpointConfig(name, target, owner),
      );
    },

    removeEndpointConfig: ({ name, owner }) =>
      removeOwned(
        `endpoint configuration ${name}`,
        owner,
        () => hosting.findEndpointConfig(name),
        () => hosting.deleteEndpointConfig(name),
      ),
  };
}

async function createEndpoint(ports: HostingPorts, { name, owner, adopt }: HostedInput): Promise<void> {
  const { hosting } = ports;
  const wanted = { what: `endpoint ${name}`, owner, adopt };
  const found = await hosting.findEndpoint(name);
  if (found !== undefined) {
    requireOurs(wanted, found.owner);
    // Invariant 2: this is what lets a person's `retry` make it anew.
    const { status } = found.value;
    if (status === 'Failed' || status === 'Deleting') await removeUntilGone(ports, name, owner.workload);
  }
  await ensureOwned<unknown>(
    wanted,
    () => hosting.findEndpoint(name),
    () => hosting.createEndpoint(name, owner),
  );
}

/** @throws AwsUnavailable when it is still there after 15 minutes. */
async function removeUntilGone(ports: HostingPorts, name: string, workload: string): Promise<void> {
  const { hosting } = ports;
  await poll(ports, async () => {
    const found = await hosting.findEndpoint(name);
    // Somebody else's, made under the name as soon as it was free, is none of our business.
    if (found === undefined || found.owner?.workload !== workload) return 'done';
    const { status } = found.value;
    if (status !== 'Deleting') await deleteUnlessBusy(hosting, name, status);
    return {
      seen: { status },
      late: new MigrationError('AwsUnavailable', `endpoint ${name} is not gone after ${inMinutes()}: it is ${status}`),
    };
  });
}

/** While it is made or changed, SageMaker refuses to delete it; it is asked again when that is over. */
async function deleteUnlessBusy(hosting: ModelHosting, name: string, status: EndpointStatus): Promise<void> {
  try {
    await hosting.deleteEndpoint(name);
  } catch (error) {
    const refused = error instanceof MigrationError && error.code === 'AwsRejected';
    if (!refused || endpointPhase(status) !== 'changing') throw error;
  }
}

type WaitInput = Parameters<HostingActivities['waitEndpointInService']>[0];

async function waitEndpointInService(ports: HostingPorts, input: WaitInput): Promise<void> {
  await poll(ports, async () => {
    const endpoint = requireThere(input.name, await ports.hosting.findEndpoint(input.name));
    const count = countServing(input.name, endpoint);
    if (count !== undefined && count >= input.instanceCount) return 'done';
    const { status } = endpoint;
    return {
      seen: { status, instanceCount: count ?? 0 },
      late: new MigrationError(
        'TargetsNotHealthy',
        `waiting for endpoint ${input.name}: after ${inMinutes()} it is ${status} with ${count ?? 0} instances, ` +
          `${input.instanceCount} must be there`,
      ),
    };
  });
}

/** @returns instances in service; undefined while the endpoint changes. @throws EndpointFailed. */
function countServing(name: string, endpoint: EndpointState): number | undefined {
  const { status, configName, failureReason, variants } = endpoint;
  const phase = endpointPhase(status);
  if (phase === 'changing') return undefined;
  if (phase === 'rolling back' || phase === 'over') {
    const why = failureReason ?? 'SageMaker gives no reason';
    throw new MigrationError(
      'EndpointFailed',
      `endpoint ${name} is ${status}: ${why}. It stays to be looked at until retry makes it anew, or abandon removes it`,
    );
  }
  if (configName !== name)
    throw new MigrationError(
      'EndpointFailed',
      `endpoint ${name} serves the configuration ${configName}, and ${name} was asked for`,
    );
  const ours = variants.find((variant) => variant.name === VARIANT_NAME);
  if (ours === undefined) {
    const names = variants.map((variant) => variant.name).join(', ') || 'none';
    throw new MigrationError('EndpointFailed', `endpoint ${name} has no variant ${VARIANT_NAME}; it has ${names}`);
  }
  return ours.currentInstanceCount;
}

/**
 * For whoever watches: SageMaker that cannot be asked now says nothing against the endpoint.
 * @throws NotFound, EndpointFailed: it serves something else than what was compared, or nothing.
 */
export async function requireServing({ hosting }: Pick<Ports, 'hosting'>, name: string): Promise<void> {
  const found = await hosting.findEndpoint(name).catch((error: unknown) => {
    if (error instanceof MigrationError && error.code === 'AwsUnavailable') return 'unknown' as const;
    throw error;
  });
  if (found !== 'unknown') countServing(name, requireThere(name, found));
}

function requireThere(name: string, found: Found<EndpointState> | undefined): EndpointState {
  if (found !== undefined) return found.value;
  throw new MigrationError('NotFound', `endpoint ${name} is not there: somebody deleted it`);
}
