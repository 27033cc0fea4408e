/**
 * A target that joins an endpoint which is there already, as a variant of its own, and leaves it again.
 *
 * 1. The endpoint is only ever moved from the configuration that was found to the one that was meant: any other one is
 *    somebody's doing, and is told.
 * 2. In service is not done: SageMaker goes back to the old configuration without a word. It is asked again a few times.
 * 3. A variant with weight is never taken off.
 */
import type { HostingActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { EndpointState, ModelHosting } from '../ports/model-hosting';
import { VARIANT_NAME } from '../ports/model-hosting';
import type { HostingPorts, Waiting } from './hosting-wait';
import { inMinutes, phaseOf, poll } from './hosting-wait';
import { ensureOwned, removeOwned, requireOurs } from './ownership';

type JoinActivities = Pick<HostingActivities, 'createJointConfig' | 'joinEndpoint' | 'leaveEndpoint' | 'retireVariant'>;
type JointInput = Parameters<HostingActivities['createJointConfig']>[0];
type LeaveInput = Parameters<HostingActivities['leaveEndpoint']>[0];
type RetireInput = Parameters<HostingActivities['retireVariant']>[0];

/** Invariant 2. */
const ASKED_MAX = 3;

export function createJoinActivities(ports: HostingPorts): JoinActivities {
  return {
    createJointConfig: (input) => createJointConfig(ports.hosting, input),
    joinEndpoint: ({ endpointName, configName, configBefore, instanceCount }) =>
      moveEndpoint(ports, {
        endpointName,
        from: configBefore,
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
  const { configName } = await requireEndpoint(hosting, endpointName);
  const found = await hosting.findEndpointConfig(name);
  if (found !== undefined) {
    requireOurs(wanted, found.owner);
    const { before } = found.value;
    if (configName === name && before === undefined)
      throw new MigrationError('ResourceNotOurs', `${wanted.what} does not say what ${endpointName} had before it`);
    if (before !== undefined && (configName === name || configName === before)) return { configBefore: before };
    await hosting.deleteEndpointConfig(name);
  }
  await ensureOwned<unknown>(
    wanted,
    () => hosting.findEndpointConfig(name),
    () => hosting.createJointConfig(name, configName, target, owner),
  );
  return { configBefore: configName };
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
  const { endpointName, configName, configBefore } = input;
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
  await moveEndpoint(ports, { endpointName, from: configName, to: configBefore, isReady: () => true });
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
  await moveEndpoint(ports, { endpointName, from: name, to: sole, isReady: () => true });
  await removeOwned(
    `endpoint configuration ${name}`,
    owner,
    () => hosting.findEndpointConfig(name),
    () => hosting.deleteEndpointConfig(name),
  );
}

interface Move {
  readonly endpointName: string;
  readonly from: string;
  readonly to: string;
  readonly isReady: (endpoint: EndpointState) => boolean;
}

/** @throws RouteChanged, EndpointFailed; TargetsNotHealthy when it takes longer than 15 minutes. */
async function moveEndpoint({ hosting, ...clock }: HostingPorts, move: Move): Promise<void> {
  const { endpointName, from, to } = move;
  let asked = 0;
  await poll({ hosting, ...clock }, async () => {
    const endpoint = await requireEndpoint(hosting, endpointName);
    const { configName, status, failureReason } = endpoint;
    requireAlive(endpoint);
    if (status === 'InService' && configName === to)
      return move.isReady(endpoint) ? 'done' : waitingFor(move, endpoint);
    if (status !== 'InService') return waitingFor(move, endpoint);
    if (configName !== from) throw changed(endpoint, to);
    if (asked === ASKED_MAX || (asked > 0 && failureReason !== undefined))
      throw new MigrationError(
        'EndpointFailed',
        `${endpoint.arn} went back to ${from} and does not take ${to}: ${failureReason ?? 'SageMaker gives no reason'}`,
      );
    if (await hasTaken(hosting, endpointName, to)) asked += 1;
    return waitingFor(move, endpoint);
  });
}

/** @returns false when SageMaker is busy with another change. */
async function hasTaken(hosting: ModelHosting, endpointName: string, configName: string): Promise<boolean> {
  try {
    await hosting.updateEndpoint(endpointName, configName);
    return true;
  } catch (error) {
    if (!(error instanceof MigrationError && error.code === 'AwsRejected')) throw error;
    const { status } = await requireEndpoint(hosting, endpointName);
    if (status === 'InService') throw error;
    return false;
  }
}

/** @returns undefined when it is not there. */
async function untilSettled(ports: HostingPorts, endpointName: string): Promise<EndpointState | undefined> {
  let settled: EndpointState | undefined;
  await poll(ports, async () => {
    settled = (await ports.hosting.findEndpoint(endpointName))?.value;
    if (settled === undefined || settled.status === 'InService') return 'done';
    requireAlive(settled);
    return waitingFor({ endpointName, to: settled.configName }, settled);
  });
  return settled;
}

/** An update that is rolled back ends in service. */
function requireAlive({ arn, status, failureReason }: EndpointState): void {
  if (phaseOf(status) !== 'over' || status === 'RollingBack') return;
  throw new MigrationError('EndpointFailed', `${arn} is ${status}: ${failureReason ?? 'SageMaker gives no reason'}`);
}

const hasWeight = ({ currentWeight, desiredWeight }: EndpointState['variants'][number]): boolean =>
  !(currentWeight === 0 && desiredWeight === 0);

async function requireEndpoint(hosting: ModelHosting, name: string): Promise<EndpointState> {
  const found = await hosting.findEndpoint(name);
  if (found === undefined) throw new MigrationError('NotFound', `there is no endpoint ${name}`);
  return found.value;
}

function changed({ arn, configName }: EndpointState, wanted: string): MigrationError {
  return new MigrationError(
    'RouteChanged',
    `${arn} serves the configuration ${configName}, which is not ours to leave for ${wanted}: somebody updated it`,
  );
}

function waitingFor(
  { endpointName, to }: Pick<Move, 'endpointName' | 'to'>,
  { status, configName }: EndpointState,
): Waiting {
  return {
    seen: { status, configName },
    late: new MigrationError(
      'TargetsNotHealthy',
      `waiting for endpoint ${endpointName}: after ${inMinutes()} it is ${status} on ${configName}, on its way to ${to}`,
    ),
  };
}
