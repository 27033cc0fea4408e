import { heartbeat } from '@temporalio/activity';
import type { EnvironmentActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { createBudgetActivities } from './budgets';
import type { Ports } from './ports';
import { ensureOwned, removeOwned } from './ownership';
import { listenerOf } from './route';
import { healthOf, refOf } from './shift-protocol';
import { runSmoke } from './smoke';
import { sleepOf } from './waiting';

type EnvironmentPorts = Pick<
  Ports,
  'router' | 'balancing' | 'budgets' | 'compute' | 'hosting' | 'prober' | 'now' | 'sleep'
>;
type Load = Pick<
  EnvironmentActivities,
  'createTargetGroup' | 'removeTargetGroup' | 'createProbeRule' | 'removeProbeRule'
>;
type Fleet = Pick<
  EnvironmentActivities,
  | 'createLaunchTemplate'
  | 'removeLaunchTemplate'
  | 'createAutoScalingGroup'
  | 'removeAutoScalingGroup'
  | 'freezeSource'
  | 'unfreezeSource'
>;

const HEALTH_POLL_MS = 2_000;
/** After this the wait says what it saw instead of waiting on; the retry rule decides whether to go on. */
const HEALTH_WAIT_MS_MAX = 15 * 60_000;

export function createEnvironmentActivities(ports: EnvironmentPorts): EnvironmentActivities {
  return {
    ...loadBalancing(ports),
    ...fleet(ports),
    ...createBudgetActivities(ports),
    waitTargetsHealthy: (input) => waitTargetsHealthy(ports, input),
    runSmoke: (input) => runSmoke(ports, input),
  };
}

function loadBalancing({ balancing }: EnvironmentPorts): Load {
  return {
    createTargetGroup: ({ name, target, route, owner, adopt }) =>
      ensureOwned(
        { what: `target group ${name}`, owner, adopt },
        () => balancing.findTargetGroup(name),
        () => {
          const { port, healthPath } = target;
          return balancing.createTargetGroup(
            { name, port, healthPath, likeTargetGroupArn: route.sourceTargetGroupArn },
            owner,
          );
        },
      ),

    removeTargetGroup: ({ name, owner }) =>
      removeOwned(
        `target group ${name}`,
        owner,
        () => balancing.findTargetGroup(name),
        ({ arn }) => balancing.deleteTargetGroup(arn),
      ),

    async createProbeRule({ route, targetGroupArn, owner, adopt }) {
      // The rule bears the secret header: it is not returned, because results stand in the history.
      await ensureOwned(
        { what: `probe rule of ${owner.workload}`, owner, adopt },
        () => balancing.findProbeRule(listenerOf(route), owner.workload),
        () => balancing.createProbeRule(refOf(route), targetGroupArn, owner),
      );
    },

    async removeProbeRule({ listenerArn, owner }) {
      if (listenerArn === undefined) return;
      await removeOwned(
        `probe rule of ${owner.workload}`,
        owner,
        () => balancing.findProbeRule(listenerArn, owner.workload),
        ({ arn }) => balancing.deleteProbeRule(arn),
      );
    },
  };
}

function fleet({ compute, hosting }: EnvironmentPorts): Fleet {
  return {
    createLaunchTemplate: ({ name, target, owner, adopt }) =>
      ensureOwned(
        { what: `launch template ${name}`, owner, adopt },
        () => compute.findLaunchTemplate(name),
        () => compute.createLaunchTemplate(name, target, owner),
      ),

    removeLaunchTemplate: ({ name, owner }) =>
      removeOwned(
        `launch template ${name}`,
        owner,
        () => compute.findLaunchTemplate(name),
        ({ id }) => compute.deleteLaunchTemplate(id),
      ),

    async createAutoScalingGroup({ name, target, launchTemplateId, targetGroupArn, owner, adopt }) {
      await ensureOwned<unknown>(
        { what: `Auto Scaling group ${name}`, owner, adopt },
        () => compute.findAutoScalingGroup(name),
        () => compute.createAutoScalingGroup(name, target, launchTemplateId, targetGroupArn, owner),
      );
      // Also for a group that was found: an attempt may have ended between the two calls.
      if (target.scaleOn !== undefined) await compute.putScalingPolicy(name, target);
    },

    removeAutoScalingGroup: ({ name, owner }) =>
      removeOwned(
        `Auto Scaling group ${name}`,
        owner,
        () => compute.findAutoScalingGroup(name),
        () => compute.deleteAutoScalingGroup(name),
      ),

    async freezeSource({ owned, route }) {
      for (const name of owned.autoScalingGroups) await compute.freezeCapacity(name);
      const { endpoint, sourceTargetGroupArn = '' } = route ?? {};
      if (endpoint !== undefined) await hosting.holdScaling(endpoint.name, sourceTargetGroupArn);
    },

    async unfreezeSource({ owned, route }) {
      for (const name of owned.autoScalingGroups) await compute.unfreezeCapacity(name);
      const { endpoint, sourceTargetGroupArn = '' } = route ?? {};
      if (endpoint !== undefined) await hosting.releaseScaling(endpoint.name, sourceTargetGroupArn);
    },
  };
}

type HealthInput = Parameters<EnvironmentActivities['waitTargetsHealthy']>[0];

async function waitTargetsHealthy(
  ports: EnvironmentPorts,
  { route, targetGroupArn, healthyCount }: HealthInput,
): Promise<void> {
  const { router, now } = ports;
  const sleep = sleepOf(ports);
  const giveUpMs = now() + HEALTH_WAIT_MS_MAX;
  for (;;) {
    const health = await healthOf(router, route, targetGroupArn);
    if (health.healthyCount >= healthyCount) return;
    if (now() >= giveUpMs) {
      throw new MigrationError(
        'TargetsNotHealthy',
        `waiting for ${targetGroupArn}: after ${HEALTH_WAIT_MS_MAX / 60_000} minutes ${health.healthyCount} of ` +
          `${health.registeredCount} targets are healthy, ${healthyCount} must be`,
      );
    }
    heartbeat(health);
    await sleep(HEALTH_POLL_MS);
  }
}
