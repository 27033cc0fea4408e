import { MigrationError } from '../domain/errors';
import type { ProbeRule, TrafficRouter } from '../ports/traffic-router';

/** The rule through which requests reach the target before production's rule knows it. @throws NotFound, ResourceNotOurs. */
export async function requireProbeRule(
  router: TrafficRouter,
  listenerArn: string,
  workload: string,
): Promise<ProbeRule> {
  const found = await router.findProbeRule(listenerArn, workload);
  if (found === undefined)
    throw new MigrationError('NotFound', `there is no probe rule of ${workload} on ${listenerArn}`);
  if (found.owner?.workload !== workload)
    throw new MigrationError('ResourceNotOurs', `the probe rule ${found.value.arn} is not ours`);
  return found.value;
}
