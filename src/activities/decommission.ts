import type { DecommissionActivities, RouteSides } from '../contracts/activities';
import type { Evidence } from '../domain/evidence';
import { MigrationError } from '../domain/errors';
import { namesOf } from '../domain/resources';
import type { Ports } from './ports';
import { metricScopeOf } from './route';
import { formatShares, isOnRoute, percentOf } from './route-shares';
import { refOf } from './shift-protocol';
import { beating } from './waiting';

type DecommissionPorts = Pick<Ports, 'router' | 'balancing' | 'compute' | 'hosting' | 'metrics'>;

export function createDecommissionActivities(ports: DecommissionPorts): DecommissionActivities {
  const { balancing, compute, hosting, metrics: source } = ports;
  return {
    async proveNoTraffic({ metrics, sides, fromMs, toMs }) {
      await requireNoWeight(ports, sides);
      const scope = metricScopeOf(sides.route, sides.targetGroupArn);
      const evidence = await source.readWindows(metrics, scope, fromMs, toMs);
      return { windowCount: requireSilence(evidence, scope.source) };
    },

    async terminateSource({ owned }) {
      for (const name of owned.autoScalingGroups) await beating(compute.deleteAutoScalingGroup(name));
      const there = owned.instances.length === 0 ? [] : await compute.findInstances(owned.instances);
      if (there.length > 0) await beating(compute.terminateInstances(there));
      // What is gone now, not what this attempt stopped: an earlier one may have done it and lost its reply.
      return { terminated: namesOf(owned) };
    },

    async tagCosts({ name, targetGroupArn, endpointName, tags }) {
      if (Object.keys(tags).length === 0) return;
      await compute.tagAutoScalingGroup(name, tags);
      await balancing.tagTargetGroup(targetGroupArn, tags);
      const endpoint = endpointName === undefined ? undefined : await hosting.findEndpoint(endpointName);
      if (endpoint !== undefined) await hosting.tagEndpoint(endpoint.value.arn, tags);
    },
  };
}

async function requireNoWeight({ router }: DecommissionPorts, { route }: RouteSides): Promise<void> {
  const state = await router.readRoute(refOf(route));
  const arn = route.sourceTargetGroupArn;
  if (!isOnRoute(state, arn) || percentOf(state, arn) === 0) return;
  throw new MigrationError(
    'SourceReceivesTraffic',
    `${arn} has weight on ${route.arn}, which forwards to ${formatShares(state.shares)}`,
  );
}

/** No evidence is no proof: the target must have been seen serving while the source was seen silent. */
function requireSilence(evidence: Evidence, arn: string): number {
  const refuse = (why: string): MigrationError =>
    new MigrationError('SourceReceivesTraffic', `no proof that ${arn} receives nothing: ${why}`);
  if (!evidence.complete) throw refuse(evidence.cause);
  const { windows } = evidence;
  const busy = windows.filter((window) => !(window.source.requestCount === 0));
  const [first] = busy;
  if (first) {
    const count = busy.reduce((sum, window) => sum + window.source.requestCount, 0);
    throw refuse(
      `it served ${count} requests in ${busy.length} of ${windows.length} windows, first at ${new Date(first.startMs).toISOString()}`,
    );
  }
  const served = windows.filter((window) => window.target.requestCount > 0).length;
  if (served === 0)
    throw refuse(`the target served nothing either in ${windows.length} windows, so silence says nothing`);
  return windows.length;
}
