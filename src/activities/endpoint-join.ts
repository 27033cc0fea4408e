/**
 * A target that joins an endpoint which is there already, as a variant of its own, and leaves it again. How the endpoint
 * is moved stands in endpoint-move.ts. A variant with weight is never taken off.
 */
import type { HostingActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { EndpointState, ModelHosting } from '../ports/model-hosting';
import { VARIANT_NAME } from '../ports/model-hosting';
import { changed, hasWeight, moveEndpoint, ownConfigOf, requireEndpoint, untilSettled } from './endpoint-move';
import type { HostingPorts } from './hosting-wait';
import { ensureOwned, removeOwned, requireOurs } from './ownership';

type JoinActivities = Pick<HostingActivities, 'createJointConfig' | 'joinEndpoint' | 'leaveEndpoint' | 'retireVariant'>;
type JointInput = Parameters<HostingActivities['createJointConfig']>[0];
type LeaveInput = Parameters<HostingActivities['leaveEndpoint']>[0];
type RetireInput = Parameters<HostingActivities['retireVariant']>[0];

export function createJoinActivities(ports: HostingPorts): JoinActivities {
  return {
    createJointConfig: (input) => createJointConfig(ports.hosting, input),
    joinEndpoint: ({ configName, configBefore, shadowConfigName, instanceCount, ...move }) =>
      moveEndpoint(ports, {
        ...move,
        from: [shadowConfigName ?? configBefore],
        to: configName,
        isReady: (endpoint) => hasJoined(endpoint, instanceCount),
      }),
    leaveEndpoint: (input) => leaveEndpoint(ports, input),
    retireVariant: (input) => retireVariant(ports, input),
  };
}

/** Made from what the endpoint serves now: one of ours that was made from something else is made anew. */
async function createJointConfig(hosting: ModelHosting, input: JointInput): Promise<{ configBefore: string }> {
  const { name, endpointName, target, owner, adopt } = input;
  const wanted = { what: `endpoint configuration ${name}`, owner, adopt };
  return createFromOwn(hosting, { ...wanted, name, endpointName }, (own) =>
    hosting.createJointConfig(name, own, target, owner),
  );
}

interface FromOwn {
  readonly what: string;
  readonly name: string;
  readonly endpointName: string;
  readonly owner: JointInput['owner'];
  readonly adopt: boolean;
}

/**
 * A configuration of ours that is the endpoint's own and more; what the endpoint serves may be another one of ours.
 * @throws ResourceNotOurs, EarlierRunLeftovers.
 */
export async function createFromOwn(
  hosting: ModelHosting,
  { name, endpointName, ...wanted }: FromOwn,
  create: (own: string) => Promise<unknown>,
): Promise<{ configBefore: string }> {
  const { configName } = await requireEndpoint(hosting, endpointName);
  const own = await ownConfigOf(hosting, configName, wanted.owner);
  const found = await hosting.findEndpointConfig(name);
  if (found !== undefined) {
    requireOurs(wanted, found.owner);
    const { before } = found.value;
    if (configName === name && before === undefined)
      throw new MigrationError('ResourceNotOurs', `${wanted.what} does not say what ${endpointName} had before it`);
    if (before === own) return { configBefore: own };
    await hosting.deleteEndpointConfig(name);
  }
  await ensureOwned<unknown>(
    wanted,
    () => hosting.findEndpointConfig(name),
    () => create(own),
  );
  return { configBefore: own };
}

/** @throws RouteChanged where it has weight already: nobody has decided that. */
function hasJoined({ arn, variants }: EndpointState, instanceCount: number): boolean {
  const ours = variants.find(({ name }) => name === VARIANT_NAME);
  if (ours !== undefined && hasWeight(ours))
    throw new MigrationError(
      'RouteChanged',
      `${arn}: ${VARIANT_NAME} has weight ${ours.currentWeight}, nobody gave it any`,
    );
  return ours !== undefined && ours.currentInstanceCount >= instanceCount;
}

async function leaveEndpoint(ports: HostingPorts, input: LeaveInput): Promise<void> {
  const { hosting } = ports;
  const { configName, configBefore, ...move } = input;
  const { endpointName } = move;
  const endpoint = await untilSettled(ports, endpointName);
  const ours = endpoint?.variants.find(({ name }) => name === VARIANT_NAME);
  // Somebody took it off, or it never came: what scaled it may still be there.
  if (endpoint === undefined || (ours === undefined && endpoint.configName !== configName))
    return hosting.removeScaling(endpointName);
  if (endpoint.configName === configBefore) return;
  if (endpoint.configName !== configName) throw changed(endpoint, configName);
  if (ours !== undefined && hasWeight(ours))
    throw new MigrationError(
      'RouteChanged',
      `${endpoint.arn}: ${VARIANT_NAME} still has weight ${ours.currentWeight} and is not taken off`,
    );
  await hosting.removeScaling(endpointName);
  await moveEndpoint(ports, { ...move, from: [configName], to: configBefore, isReady: () => true });
}

/** The target stays alone. What it was joined with is not needed any more. */
async function retireVariant(ports: HostingPorts, { endpointName, name, owner }: RetireInput): Promise<void> {
  const { hosting } = ports;
  const sole = `${name}-alone`;
  const endpoint = await untilSettled(ports, endpointName);
  const others = (endpoint?.variants ?? []).filter((variant) => variant.name !== VARIANT_NAME);
  const [busy] = others.filter(hasWeight);
  if (busy !== undefined)
    throw new MigrationError(
      'SourceReceivesTraffic',
      `${busy.name} has weight ${busy.currentWeight} on ${endpointName} and is not taken off`,
    );
  if (endpoint?.configName !== sole)
    await ensureOwned<unknown>(
      { what: `endpoint configuration ${sole}`, owner, adopt: true },
      () => hosting.findEndpointConfig(sole),
      () => hosting.createSoleConfig(sole, name, owner),
    );
  for (const other of others) await hosting.removeScaling(endpointName, other.name);
  await moveEndpoint(ports, { endpointName, from: [name], to: sole, isReady: () => true });
  await removeOwned(
    `endpoint configuration ${name}`,
    owner,
    () => hosting.findEndpointConfig(name),
    () => hosting.deleteEndpointConfig(name),
  );
}
