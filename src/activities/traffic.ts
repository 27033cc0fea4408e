import { heartbeat } from '@temporalio/activity';
import type { Route, RouteSides, TrafficActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { WantedShift } from '../domain/weights';
import { ALL_ON_SOURCE } from '../domain/weights';
import type { RouteState, TrafficRouter } from '../ports/traffic-router';
import type { Ports } from './ports';
import type { Sides } from './route-shares';
import { carries, formatShares, isOnRoute, percentOf, thirdHands } from './route-shares';
import type { ShiftOrder } from './shift-protocol';
import { isDone, refOf, writeShift } from './shift-protocol';
import { sleepOf } from './waiting';

const GUARD_EVERY_MS = 1_000;

type TrafficPorts = Pick<Ports, 'router' | 'now' | 'sleep'>;
type ShiftInput = Parameters<TrafficActivities['shiftWeights']>[0];
type GuardInput = Parameters<TrafficActivities['guardShift']>[0];

export function createTrafficActivities(ports: TrafficPorts): TrafficActivities {
  const { router, now } = ports;
  const confirmed = (generation: number): { generation: number; confirmedAt: EpochMs } => ({
    generation,
    confirmedAt: now() as EpochMs,
  });

  return {
    async shiftWeights(input) {
      await shift(router, input);
      return confirmed(input.shift.generation);
    },

    async restoreSource({ route, generation, workload }) {
      await restore(router, route, { generation, weights: ALL_ON_SOURCE }, workload);
      return confirmed(generation);
    },

    guardShift: (input) => guard(ports, input),

    async leaveRoute({ route, targetGroupArn, forget }) {
      const ref = refOf(route);
      const state = await router.readRoute(ref).catch(absent);
      if (state === undefined) return;
      await takeOff(router, route, state, targetGroupArn);
      if (forget) await router.clearTags(ref);
    },

    async retireSource({ route }) {
      await takeOff(router, route, await router.readRoute(refOf(route)), route.sourceTargetGroupArn);
    },
  };
}

const sidesOf = ({ route, targetGroupArn }: RouteSides): Sides => ({
  sourceTargetGroupArn: route.sourceTargetGroupArn,
  targetGroupArn,
});

/** A route that is gone carries nothing of ours. */
function absent(error: unknown): undefined {
  if (error instanceof MigrationError && error.code === 'NotFound') return undefined;
  throw error;
}

async function shift(router: TrafficRouter, input: ShiftInput): Promise<void> {
  const order: ShiftOrder = { route: input.route, sides: sidesOf(input), shift: input.shift, workload: input.workload };
  const state = await router.readRoute(refOf(input.route));
  if (await isDone(router, order, state)) return;
  refuseChangedRoute(input, state);
  await requireCapacity(router, input, state);
  await writeShift(router, order, state);
}

/** A person or a tool changed production's rule: not ours to repair. */
function refuseChangedRoute({ route, targetGroupArn }: RouteSides, state: RouteState): void {
  const changed = (what: string): MigrationError =>
    new MigrationError('RouteChanged', `${route.arn}: ${what} (it forwards to ${formatShares(state.shares)})`);
  if (!isOnRoute(state, route.sourceTargetGroupArn))
    throw changed(`source target group ${route.sourceTargetGroupArn} is no longer on it`);
  const [third] = thirdHands(state, { sourceTargetGroupArn: route.sourceTargetGroupArn, targetGroupArn });
  if (third) throw changed(`${third.targetGroupArn} takes traffic and is neither source nor target`);
  if (state.stickinessEnabled) throw changed('stickiness was switched on, which overrides weights');
}

/** Capacity comes before weight. A step back to less of the target asks nothing of it. */
async function requireCapacity(router: TrafficRouter, input: ShiftInput, state: RouteState): Promise<void> {
  const { shift: wanted, targetGroupArn, requireHealthyCount } = input;
  const onTarget = isOnRoute(state, targetGroupArn) ? percentOf(state, targetGroupArn) : 0;
  if (wanted.weights.target <= onTarget) return;
  const { healthyCount, registeredCount } = await router.readHealth(targetGroupArn);
  if (healthyCount >= requireHealthyCount) return;
  throw new MigrationError(
    'TargetsNotHealthy',
    `giving ${targetGroupArn} ${wanted.weights.target} %: ${healthyCount} of ${registeredCount} targets are healthy, ${requireHealthyCount} must be`,
  );
}

async function restore(router: TrafficRouter, route: Route, wanted: WantedShift, workload: string): Promise<void> {
  const order: ShiftOrder = {
    route,
    sides: { sourceTargetGroupArn: route.sourceTargetGroupArn },
    shift: wanted,
    workload,
  };
  // Side by side: every call counts between the decision and the users who wait for it.
  const [state, health] = await Promise.all([router.readRoute(refOf(route)), sourceHealth(router, route)]);
  if (await isDone(router, order, state)) return;
  requireSource(route, state, health);
  await writeShift(router, order, state);
}

/** What is known of the source; an error is an answer too, and counts only where health is asked for. */
type SourceHealth = TargetHealth | 'unknown' | { readonly error: unknown };

function sourceHealth(router: TrafficRouter, route: Route): Promise<SourceHealth> {
  return router
    .readHealth(route.sourceTargetGroupArn)
    .catch((error: unknown) =>
      error instanceof MigrationError && error.code === 'AwsUnavailable' ? 'unknown' : { error },
    );
}

/**
 * Health that cannot be known does not hold up a rollback; a source that is known to be down does. A target group that
 * somebody took off the rule gets no health checks, so its "0 healthy" says nothing.
 */
function requireSource(route: Route, state: RouteState, health: SourceHealth): void {
  const arn = route.sourceTargetGroupArn;
  if (health === 'unknown') return;
  if ('error' in health) {
    const { error } = health;
    if (!(error instanceof MigrationError && error.code === 'NotFound')) throw error;
    throw new MigrationError('SourceGone', `restoring the source: its target group ${arn} does not exist`, {
      cause: error,
    });
  }
  if (health.healthyCount > 0 || !isOnRoute(state, arn)) return;
  throw new MigrationError(
    'SourceUnhealthy',
    `restoring the source: 0 of ${health.registeredCount} targets of ${arn} are healthy`,
  );
}

async function guard(ports: TrafficPorts, input: GuardInput): Promise<void> {
  const { router, now } = ports;
  const { route, shift: wanted, workload, untilMs } = input;
  const order: ShiftOrder = { route, sides: sidesOf(input), shift: wanted, workload };
  const sleep = sleepOf(ports);
  for (;;) {
    const state = await router.readRoute(refOf(route));
    const standing = state.shift?.generation ?? 0;
    // A newer decision has its own guard.
    if (standing > wanted.generation) return;
    const holds = standing === wanted.generation && carries(state, order.sides, wanted.weights);
    if (!holds) await writeShift(router, order, state);
    if (now() >= untilMs) return;
    heartbeat({ generation: standing, putBack: !holds });
    await sleep(GUARD_EVERY_MS);
  }
}

/** Twice is once: a target group that is not on the route any more is off it. */
async function takeOff(router: TrafficRouter, route: Route, state: RouteState, targetGroupArn: string): Promise<void> {
  if (!isOnRoute(state, targetGroupArn)) return;
  const share = percentOf(state, targetGroupArn);
  const left = state.shares.filter((each) => each.targetGroupArn !== targetGroupArn);
  // Stated as what must hold, so that a route without any weight (NaN) is refused as well.
  if (!(share === 0)) {
    throw new MigrationError(
      'RouteChanged',
      `${route.arn}: ${targetGroupArn} still has weight and is not taken off (${formatShares(state.shares)})`,
    );
  }
  await router.writeShares(refOf(route), left, state);
  const after = await router.readRoute(refOf(route));
  if (isOnRoute(after, targetGroupArn)) {
    throw new MigrationError(
      'AwsUnavailable',
      `weights read back differ on ${route.arn}: ${targetGroupArn} was taken off and is still there`,
    );
  }
}
