import { MigrationError } from '../domain/errors';
import type { LoadBalancing, ProbeRule } from '../ports/traffic-router';

/** How requests reach the target while production's traffic does not. */
export interface WayIn {
  readonly endpoint: string;
  /** In any order of the host's and the probe's; secret ones among them. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface WayInInput {
  readonly endpoint: string;
  readonly host?: string;
  readonly listenerArn?: string | undefined;
  readonly targetEndpoint?: string;
  readonly workload: string;
}

/** To an address of its own, or to the source's with the header of the probe rule. @throws NotFound, ResourceNotOurs. */
export async function wayToTarget(balancing: LoadBalancing, input: WayInInput): Promise<WayIn> {
  const { endpoint, host, listenerArn, targetEndpoint, workload } = input;
  const headers: Record<string, string> = host === undefined ? {} : { host };
  if (targetEndpoint !== undefined) return { endpoint: targetEndpoint, headers };
  const probe = await requireProbeRule(balancing, listenerArn, workload);
  return { endpoint, headers: { ...headers, [probe.headerName]: probe.headerValue } };
}

/** The rule through which requests reach the target before production's rule knows it. @throws NotFound, ResourceNotOurs. */
async function requireProbeRule(
  balancing: LoadBalancing,
  listenerArn: string | undefined,
  workload: string,
): Promise<ProbeRule> {
  if (listenerArn === undefined)
    throw new MigrationError('NotFound', `there is no probe rule of ${workload}: its route has no listener`);
  const found = await balancing.findProbeRule(listenerArn, workload);
  if (found === undefined)
    throw new MigrationError('NotFound', `there is no probe rule of ${workload} on ${listenerArn}`);
  if (found.owner?.workload !== workload)
    throw new MigrationError('ResourceNotOurs', `the probe rule ${found.value.arn} is not ours`);
  return found.value;
}
