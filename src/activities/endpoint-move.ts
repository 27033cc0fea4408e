/**
 * Moves of an endpoint that is there already, from one configuration to another.
 *
 * 1. The endpoint is only ever moved from a configuration that was found to the one that was meant: any other one is
 *    somebody's doing, and is told.
 * 2. In service is not done: SageMaker goes back to the old configuration without a word. It is asked again a few times.
 */
import type { EndpointMove } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { endpointPhase } from '../ports/model-hosting';
import type { EndpointState, ModelHosting, VariantState } from '../ports/model-hosting';
import type { HostingPorts, Waiting } from './hosting-wait';
import { inMinutes, poll } from './hosting-wait';

/** Invariant 2. */
export const ASKED_MAX = 3;

export interface Move extends Pick<EndpointMove, 'endpointName' | 'isCaptureChanged'> {
  readonly from: readonly string[];
  readonly to: string;
  readonly isReady: (endpoint: EndpointState) => boolean;
}

/** @throws RouteChanged, EndpointFailed; TargetsNotHealthy when it takes longer than 15 minutes. */
export async function moveEndpoint({ hosting, ...clock }: HostingPorts, move: Move): Promise<void> {
  const { endpointName, from, to, isCaptureChanged } = move;
  let asked = 0;
  await poll({ hosting, ...clock }, async () => {
    const endpoint = await requireEndpoint(hosting, endpointName);
    const { configName, status, failureReason } = endpoint;
    requireAlive(endpoint);
    if (status === 'InService' && configName === to)
      return move.isReady(endpoint) ? 'done' : waitingFor(move, endpoint);
    if (status !== 'InService') return waitingFor(move, endpoint);
    if (!from.includes(configName)) throw changed(endpoint, to);
    if (asked === ASKED_MAX || (asked > 0 && failureReason !== undefined))
      throw new MigrationError(
        'EndpointFailed',
        `${endpoint.arn} went back to ${configName} and does not take ${to}: ${failureReason ?? 'SageMaker gives no reason'}`,
      );
    const update = (): Promise<void> =>
      hosting.updateEndpoint(endpointName, to, isCaptureChanged === true ? 'configured' : 'kept');
    if (await hasTaken(hosting, endpointName, update)) asked += 1;
    return waitingFor(move, endpoint);
  });
}

/** @returns false when SageMaker is busy with another change. */
export async function hasTaken(
  hosting: ModelHosting,
  endpointName: string,
  change: () => Promise<void>,
): Promise<boolean> {
  try {
    await change();
    return true;
  } catch (error) {
    if (!(error instanceof MigrationError && error.code === 'AwsRejected')) throw error;
    const { status } = await requireEndpoint(hosting, endpointName);
    if (status === 'InService') throw error;
    return false;
  }
}

/** @returns undefined when it is not there. */
export async function untilSettled(ports: HostingPorts, endpointName: string): Promise<EndpointState | undefined> {
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
export function requireAlive({ arn, status, failureReason }: EndpointState): void {
  if (endpointPhase(status) !== 'over') return;
  throw new MigrationError('EndpointFailed', `${arn} is ${status}: ${failureReason ?? 'SageMaker gives no reason'}`);
}

export const hasWeight = ({ currentWeight, desiredWeight }: VariantState): boolean =>
  !(currentWeight === 0 && desiredWeight === 0);

export async function requireEndpoint(hosting: ModelHosting, name: string): Promise<EndpointState> {
  const found = await hosting.findEndpoint(name);
  if (found === undefined) throw new MigrationError('NotFound', `there is no endpoint ${name}`);
  return found.value;
}

/** What the endpoint served before anything of ours. */
export async function ownConfigOf(hosting: ModelHosting, configName: string, owner: Owner): Promise<string> {
  const found = await hosting.findEndpointConfig(configName);
  return (found?.owner?.workload === owner.workload ? found.value.before : undefined) ?? configName;
}

export function changed({ arn, configName }: EndpointState, wanted: string): MigrationError {
  return new MigrationError(
    'RouteChanged',
    `${arn} serves the configuration ${configName}, which is not ours to leave for ${wanted}: somebody updated it`,
  );
}

export function waitingFor(
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
