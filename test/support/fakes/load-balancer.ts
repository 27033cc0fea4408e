import { MigrationError } from '../../../src/domain/errors';
import type { TargetHealth } from '../../../src/domain/evidence';
import type { Owner } from '../../../src/domain/resources';
import type { WantedShift } from '../../../src/domain/weights';
import type { LoadBalancing, RouteRef, TrafficRouter } from '../../../src/ports/traffic-router';
import type { FakeRoute, FakeTargetGroup, World } from './world';

/** Each call of it is one call to AWS, and can go wrong by itself. */
interface Calls extends Omit<TrafficRouter, 'applyShift'> {
  writeShiftTag(route: RouteRef, shift: WantedShift): Promise<void>;
}

/** @param throughFaults what every call passes. */
export function fakeLoadBalancer(world: World, throughFaults: (calls: Calls) => Calls): TrafficRouter {
  const calls = throughFaults({ ...routes(world), readHealth: (_route, arn) => readHealth(world, arn) });
  return {
    ...calls,
    async applyShift(route, { shift, shares, read }) {
      await calls.writeShiftTag(route, shift);
      await calls.writeShares(route, shares, read);
      return undefined;
    },
  };
}

export function fakeBalancing(world: World): LoadBalancing {
  return { ...targetGroups(world), ...probeRules(world) };
}

type Groups = Pick<LoadBalancing, 'findTargetGroup' | 'createTargetGroup' | 'deleteTargetGroup' | 'tagTargetGroup'>;
type Probes = Pick<LoadBalancing, 'findProbeRule' | 'createProbeRule' | 'deleteProbeRule'>;

function routeOf(world: World, arn: string): FakeRoute {
  const route = world.routes.get(arn);
  if (route === undefined) throw new MigrationError('NotFound', `there is no route ${arn}`);
  return route;
}

function groupOf(world: World, arn: string): FakeTargetGroup {
  const group = world.targetGroups.get(arn);
  if (group === undefined) throw new MigrationError('NotFound', `there is no target group ${arn}`);
  return group;
}

function routes(world: World): Omit<Calls, 'readHealth'> {
  return {
    async readRoute({ arn }) {
      const { listenerArn, loadBalancerArn, shares, stickinessEnabled, shift } = routeOf(world, arn);
      return { shares: shares.newest(), stickinessEnabled, shift, alb: { listenerArn, loadBalancerArn } };
    },
    async writeShiftTag({ arn }, shift) {
      routeOf(world, arn).shift = shift;
    },
    async writeShares({ arn }, shares) {
      const route = routeOf(world, arn);
      if (shares.length === 0)
        throw new MigrationError('AwsRejected', `a forward action of ${arn} needs a target group`);
      for (const share of shares) groupOf(world, share.backend);
      route.shares.set(
        world.now(),
        shares.map((share) => ({ ...share })),
      );
    },
    async clearTags({ arn }) {
      routeOf(world, arn).shift = undefined;
    },
  };
}

function isInUse(world: World, arn: string): boolean {
  const onRoute = [...world.routes.values()].some((route) =>
    route.shares.newest().some((share) => share.backend === arn),
  );
  return onRoute || [...world.probeRules.values()].some((rule) => rule.targetGroupArn === arn);
}

function countTargets(world: World, group: FakeTargetGroup): { registered: number; booted: number } {
  const fleets = [...world.autoScalingGroups.values()].filter((fleet) => fleet.targetGroupArn === group.arn);
  const booted = fleets.filter((fleet) => world.now() >= fleet.createdAtMs + world.bootMs);
  const sum = (list: typeof fleets): number =>
    list.reduce((total, fleet) => total + fleet.desiredCapacity, group.registeredCount);
  return { registered: sum(fleets), booted: sum(booted) };
}

async function readHealth(world: World, arn: string): Promise<TargetHealth> {
  const group = groupOf(world, arn);
  const { registered, booted } = countTargets(world, group);
  // A target group that no rule uses gets no health checks.
  const healthyCount = isInUse(world, arn) ? Math.max(0, booted - group.unhealthyCount) : 0;
  return { healthyCount, registeredCount: registered };
}

function targetGroups(world: World): Groups {
  return {
    async findTargetGroup(name) {
      const group = [...world.targetGroups.values()].find((each) => each.name === name);
      return group && { value: { arn: group.arn }, owner: group.owner };
    },
    async createTargetGroup({ name }, owner) {
      if ([...world.targetGroups.values()].some((group) => group.name === name)) {
        throw new MigrationError('AwsRejected', `DuplicateTargetGroupName: ${name}`);
      }
      const arn = `arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/${name}/${world.id('tg')}`;
      world.targetGroups.set(arn, { arn, name, owner, tags: {}, registeredCount: 0, unhealthyCount: 0 });
      return { arn };
    },
    async deleteTargetGroup(arn) {
      if (isInUse(world, arn)) throw new MigrationError('AwsRejected', `ResourceInUse: ${arn} is used by a rule`);
      world.targetGroups.delete(arn);
    },
    async tagTargetGroup(arn, tags) {
      Object.assign(groupOf(world, arn).tags, tags);
    },
  };
}

function probeRules(world: World): Probes {
  const find = (listenerArn: string, workload: string) =>
    [...world.probeRules.values()].find(
      (rule) => rule.listenerArn === listenerArn && rule.headerName.endsWith(workload),
    );
  return {
    async findProbeRule(listenerArn, workload) {
      const rule = find(listenerArn, workload);
      return (
        rule && {
          value: { arn: rule.arn, headerName: rule.headerName, headerValue: rule.headerValue },
          owner: rule.owner,
        }
      );
    },
    async createProbeRule({ arn }, targetGroupArn, owner: Owner) {
      groupOf(world, targetGroupArn);
      const { listenerArn } = routeOf(world, arn);
      const rule = {
        arn: `${listenerArn}/rule/${world.id('probe')}`,
        headerName: `x-crossfade-probe-${owner.workload}`,
        headerValue: `secret of ${owner.workload}`,
        listenerArn,
        targetGroupArn,
        owner,
      };
      world.probeRules.set(rule.arn, rule);
      return { arn: rule.arn, headerName: rule.headerName, headerValue: rule.headerValue };
    },
    async deleteProbeRule(arn) {
      world.probeRules.delete(arn);
    },
  };
}
