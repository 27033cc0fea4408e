import { heartbeat } from '@temporalio/activity';
import type { Route, RouteSides, TrafficActivities } from '../contracts/activities';
import type { ErrorCode } from '../domain/errors';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { WantedShift } from '../domain/weights';
import { ALL_ON_SOURCE } from '../domain/weights';
import type { RouteState, TrafficRouter } from '../ports/traffic-router';
import type { Ports } from './ports';
import { refuseChangedEndpoint } from './endpoint-route';
import type { Sides } from './route-shares';
import { carries, formatShares, isOnRoute, percentOf, thirdHands } from './route-shares';
import type { ShiftOrder } from './shift-protocol';
import { Attempt, refOf } from './shift-protocol';
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
      await shift(ports, input);
      return confirmed(input.shift.generation);
    },

    async restoreSource({ route, generation, workload }) {
      await restore(ports, route, { generation, weights: ALL_ON_SOURCE }, workload);
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
  sourceBackend: route.sourceTargetGroupArn,
  targetBackend: targetGroupArn,
});

/** A route that is gone carries nothing of ours. */
function absent(error: unknown): undefined {
  if (error instanceof MigrationError && error.code === 'NotFound') return undefined;
  throw error;
}

async function shift(ports: TrafficPorts, input: ShiftInput): Promise<void> {
  const order: ShiftOrder = { route: input.route, sides: sidesOf(input), shift: input.shift, workload: input.workload };
  const attempt = new Attempt(ports, order);
  const state = await attempt.read();
  if (await attempt.isFulfilled(state)) return;
  refuseChangedRoute(input, state);
  await requireCapacity(ports.router, input, state);
  await attempt.write(state);
}

/** A person or a tool changed production's rule: not ours to repair. */
function refuseChangedRoute(on: RouteSides, state: RouteState): void {
  const { route } = on;
  const changed = (what: string): MigrationError =>
    new MigrationError('RouteChanged', `${route.arn}: ${what} (it forwards to ${formatShares(state.shares)})`);
  if (!isOnRoute(state, route.sourceTargetGroupArn))
    throw changed(`the source, ${route.sourceTargetGroupArn}, is no longer on it`);
  const [third] = thirdHands(state, sidesOf(on));
  if (third) throw changed(`${third.backend} takes traffic and is neither source nor target`);
  if (state.stickinessEnabled) throw changed('stickiness was switched on, which overrides weights');
  refuseChangedEndpoint(route, state);
}

/** Capacity comes before weight. A step back to less of the target asks nothing of it. */
async function requireCapacity(router: TrafficRouter, input: ShiftInput, state: RouteState): Promise<void> {
  const { route, shift: wanted, targetGroupArn, requireHealthyCount } = input;
  const onTarget = isOnRoute(state, targetGroupArn) ? percentOf(state, targetGroupArn) : 0;
  if (wanted.weights.target <= onTarget) return;
  const { healthyCount, registeredCount } = await router.readHealth(refOf(route), targetGroupArn);
  if (healthyCount >= requireHealthyCount) return;
  throw new MigrationError(
    'TargetsNotHealthy',
    `giving ${targetGroupArn} ${wanted.weights.target} %: ${healthyCount} of ${registeredCount} targets are healthy, ${requireHealthyCount} must be`,
  );
}

async function restore(ports: TrafficPorts, route: Route, wanted: WantedShift, workload: string): Promise<void> {
  const sides: Sides = { sourceBackend: route.sourceTargetGroupArn };
  const attempt = new Attempt(ports, { route, sides, shift: wanted, workload });
  // Side by side: every call counts between the decision and the users who wait for it.
  const [state, health] = await Promise.all([attempt.read(), sourceHealth(ports.router, route)]);
  if (await attempt.isFulfilled(state)) return;
  requireSource(route, state, health);
  await attempt.write(state);
}

/** What is known of the source; an error is an answer too, and counts only where health is asked for. */
type SourceHealth = TargetHealth | 'unknown' | { readonly error: unknown };

/** Codes of a health that nobody tells, now or ever. */
const UNKNOWN_HEALTH: readonly ErrorCode[] = ['AwsUnavailable', 'AwsRejected'];

function sourceHealth(router: TrafficRouter, route: Route): Promise<SourceHealth> {
  return router
    .readHealth(refOf(route), route.sourceTargetGroupArn)
    .catch((error: unknown) =>
      error instanceof MigrationError && UNKNOWN_HEALTH.includes(error.code) ? 'unknown' : { error },
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
    throw new MigrationError('SourceGone', `restoring the source: ${arn} does not exist`, {
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
    if (!holds) await new Attempt(ports, order).write(state);
    if (now() >= untilMs) return;
    heartbeat({ generation: standing, putBack: !holds });
    await sleep(GUARD_EVERY_MS);
  }
}

/** Twice is once: a backend that is not on the route any more is off it. */
async function takeOff(router: TrafficRouter, route: Route, state: RouteState, backend: string): Promise<void> {
  if (!isOnRoute(state, backend)) return;
  const share = percentOf(state, backend);
  const left = state.shares.filter((each) => each.backend !== backend);
  // Stated as what must hold, so that a route without any weight (NaN) is refused as well.
  if (!(share === 0)) {
    throw new MigrationError(
      'RouteChanged',
      `${route.arn}: ${backend} still has weight and is not taken off (${formatShares(state.shares)})`,
    );
  }
  // Both records were there before us: they stay, at weight 0. A variant leaves with its endpoint's configuration.
  if (route.kind === 'record' || route.kind === 'endpoint') return;
  await router.writeShares(refOf(route), left, state);
  const after = await router.readRoute(refOf(route));
  if (isOnRoute(after, backend)) {
    throw new MigrationError(
      'AwsUnavailable',
      `weights read back differ on ${route.arn}: ${backend} was taken off and is still there`,
    );
  }
}
