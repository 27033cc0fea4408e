import { log } from '@temporalio/activity';
import type { Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { WantedShift, Weights } from '../domain/weights';
import { formatShiftTag, formatWeights, sameWeights } from '../domain/weights';
import type { RouteRef, RouteState, TrafficRouter } from '../ports/traffic-router';
import type { Sides } from './route-shares';
import { carries, formatShares, isOnRoute, onlyOther, sharesFor } from './route-shares';
import { describeError } from './waiting';

/*
 * Invariants
 * 1. The tag says the newest decision. It is written before the weights, so whoever finds it knows what was wanted.
 * 2. A lower generation never moves traffic: who reads a higher one puts that one's weights back and stops.
 * 3. Done early only when generation and weights match, in the tag and in the route.
 * 4. ELB has no compare-and-set: what was written is read back, and only what was read back counts.
 */

export const refOf = (route: Route): RouteRef => ({ arn: route.arn, kind: route.kind });

/** Who asks for what. */
export interface ShiftOrder {
  readonly route: Route;
  readonly sides: Sides;
  readonly shift: WantedShift;
  readonly workload: string;
}

/**
 * Compares the order with the decision that stands on the route.
 * @throws StaleGeneration when a newer one stands (its weights are applied again first), or another one of the same generation.
 * @returns true when everything is done already.
 */
export async function isDone(router: TrafficRouter, order: ShiftOrder, state: RouteState): Promise<boolean> {
  const { route, shift, sides } = order;
  const standing = state.shift;
  if (standing === undefined || standing.generation < shift.generation) return false;
  if (standing.generation > shift.generation) {
    await reapply(router, route, sides, state, standing);
    throw stale(order, standing);
  }
  if (!sameWeights(standing.weights, shift.weights)) throw stale(order, standing);
  return (
    carries(state, sides, shift.weights) &&
    (sides.targetGroupArn === undefined || isOnRoute(state, sides.targetGroupArn))
  );
}

function stale({ route, shift }: ShiftOrder, standing: WantedShift): MigrationError {
  return new MigrationError(
    'StaleGeneration',
    `${route.arn} carries decision ${formatShiftTag(standing)}, asked for ${formatShiftTag(shift)} (generation/source/target)`,
  );
}

/** Puts back the weights of the decision that stands, if the route differs from them. Best effort: our own order is stale either way. */
async function reapply(
  router: TrafficRouter,
  route: Route,
  sides: Sides,
  state: RouteState,
  standing: WantedShift,
): Promise<void> {
  const targetGroupArn = sides.targetGroupArn ?? onlyOther(state, sides.sourceTargetGroupArn);
  const known: Sides = { sourceTargetGroupArn: sides.sourceTargetGroupArn, targetGroupArn };
  if (carries(state, known, standing.weights)) return;
  if (targetGroupArn === undefined && standing.weights.target > 0) {
    log.warn('a newer decision stands, and its target group is not known here', { route: route.arn });
    return;
  }
  try {
    await router.writeShares(refOf(route), sharesFor(state, known, standing.weights), state);
  } catch (error) {
    log.warn('the weights of a newer decision could not be put back', {
      route: route.arn,
      error: describeError(error),
    });
  }
}

/** Tag, then weights, then both read back. `state` is what was read before. */
export async function writeShift(router: TrafficRouter, order: ShiftOrder, state: RouteState): Promise<void> {
  const { route, sides, shift, workload } = order;
  const ref = refOf(route);
  await router.writeShiftTag(ref, shift, workload);
  await router.writeShares(ref, sharesFor(state, sides, shift.weights), state);
  const after = await router.readRoute(ref);
  if (await isDone(router, order, after)) return;
  throw readBackDiffers(order, after, shift.weights);
}

function readBackDiffers({ route, shift }: ShiftOrder, after: RouteState, weights: Weights): MigrationError {
  const tag = after.shift === undefined ? 'none' : formatShiftTag(after.shift);
  return new MigrationError(
    'AwsUnavailable',
    `weights read back differ on ${route.arn}: wrote ${formatWeights(weights)} as ${formatShiftTag(shift)}, ` +
      `read tag ${tag} and ${formatShares(after.shares)}`,
  );
}
