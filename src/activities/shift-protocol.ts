import { Context, heartbeat, log } from '@temporalio/activity';
import type { Route } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { WantedShift, Weights } from '../domain/weights';
import { formatShiftTag, formatWeights, sameWeights } from '../domain/weights';
import type { Receipt, RouteRef, RouteState, TrafficRouter } from '../ports/traffic-router';
import { refuseChangedEndpoint } from './endpoint-route';
import type { Sides } from './route-shares';
import { carries, formatShares, isOnRoute, onlyOther, sharesFor } from './route-shares';
import type { Ports } from './ports';
import { describeError, sleepOf } from './waiting';

/*
 * Invariants
 * 1. The tag says the newest decision. It is written before the weights, or with them, so whoever finds it knows what was
 *    wanted.
 * 2. A lower generation never moves traffic: who reads a higher one puts that one's weights back and stops.
 * 3. Done early only when generation and weights match, in the tag and in the route.
 * 4. Not every route has a compare-and-set: what was written is read back, and only what was read back counts.
 * 5. Weights that stand are not yet weights in effect: only what the route, or the receipt of the write, says counts.
 */

export const refOf = ({ arn, kind, endpoint }: Route): RouteRef => ({
  arn,
  kind,
  ...(endpoint === undefined ? {} : { endpointName: endpoint.name }),
});

/** Health of a backend of a route; undefined: the one kind there was before payloads named it, which needs no route. */
export function healthOf(router: TrafficRouter, route: Route | undefined, backend: string): Promise<TargetHealth> {
  return router.readHealth(route === undefined ? { arn: backend, kind: 'rule' } : refOf(route), backend);
}

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
 * @throws RouteChanged, EndpointFailed when weights on their way to the target stand on another endpoint than they were meant for.
 * @returns true when everything is written already; whether it is in effect, `inEffect` says.
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
  if (!carries(state, sides, shift.weights)) return false;
  if (sides.targetBackend === undefined) return true;
  refuseChangedEndpoint(route, state);
  return isOnRoute(state, sides.targetBackend);
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
  const targetBackend = sides.targetBackend ?? onlyOther(state, sides.sourceBackend);
  const known: Sides = { sourceBackend: sides.sourceBackend, targetBackend };
  if (carries(state, known, standing.weights)) return;
  if (targetBackend === undefined && standing.weights.target > 0) {
    log.warn('a newer decision stands, and its target is not known here', { route: route.arn });
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

/** How long after its start an attempt still waits for what it wrote; less than SHIFT_ATTEMPT_MS (workflows/calls.ts). */
const EFFECT_WAIT_MS_MAX = 18_000;
const FIRST_LOOK_MS = 500;
const LOOK_EVERY_MS_MAX = 5_000;

type AttemptPorts = Pick<Ports, 'router' | 'now' | 'sleep'>;

/** Does one order, and waits until it is in effect. */
export class Attempt {
  private readonly router: TrafficRouter;
  private readonly ref: RouteRef;
  private readonly giveUpMs: number;
  /** Of the newest write of this order, by this attempt or one before it. */
  private receipt: Receipt | undefined;

  constructor(
    private readonly ports: AttemptPorts,
    private readonly order: ShiftOrder,
  ) {
    this.router = ports.router;
    this.ref = refOf(order.route);
    this.giveUpMs = ports.now() + EFFECT_WAIT_MS_MAX;
    this.receipt = receiptOf(order.shift);
  }

  read(): Promise<RouteState> {
    return this.router.readRoute(this.ref, this.receipt);
  }

  /** @returns true once the order was found written, and is in effect. @throws StaleGeneration. */
  async isFulfilled(state: RouteState): Promise<boolean> {
    if (!(await isDone(this.router, this.order, state))) return false;
    await this.untilInEffect(state);
    return true;
  }

  /** Decision and weights, read back until they are in effect. `state` is what was read before. */
  async write(state: RouteState): Promise<void> {
    const { sides, shift, workload } = this.order;
    const shares = sharesFor(state, sides, shift.weights);
    this.receipt = await this.router.applyShift(this.ref, { shift, shares, workload, read: state });
    if (this.receipt !== undefined) heartbeat({ generation: shift.generation, receipt: this.receipt });
    await this.untilInEffect(await this.readBack());
  }

  private async untilInEffect(state: RouteState): Promise<void> {
    const { now } = this.ports;
    const sleep = sleepOf(this.ports);
    let waitMs = FIRST_LOOK_MS;
    for (let { pending } = state; pending !== undefined; { pending } = await this.readBack()) {
      // The reply that held the receipt was lost. Written twice is written once.
      if (pending.isReceiptMissing) return this.write(state);
      if (now() + waitMs > this.giveUpMs) throw notYet(this.order, pending.why);
      heartbeat({ generation: this.order.shift.generation, receipt: this.receipt });
      await sleep(waitMs);
      waitMs = Math.min(2 * waitMs, LOOK_EVERY_MS_MAX);
    }
  }

  private async readBack(): Promise<RouteState> {
    const after = await this.read();
    if (await isDone(this.router, this.order, after)) return after;
    throw readBackDiffers(this.order, after, this.order.shift.weights);
  }
}

/** What an earlier attempt at the same order wrote, if it lived to say so. */
function receiptOf({ generation }: WantedShift): Receipt | undefined {
  const left = Context.current().info.heartbeatDetails as { generation?: unknown; receipt?: unknown } | undefined;
  return left?.generation === generation && typeof left.receipt === 'string' ? left.receipt : undefined;
}

function notYet({ route, shift }: ShiftOrder, why: string): MigrationError {
  return new MigrationError(
    'AwsUnavailable',
    `${formatShiftTag(shift)} (generation/source/target) is written on ${route.arn} and not in effect yet: ${why}`,
  );
}

function readBackDiffers({ route, shift }: ShiftOrder, after: RouteState, weights: Weights): MigrationError {
  const tag = after.shift === undefined ? 'none' : formatShiftTag(after.shift);
  return new MigrationError(
    'AwsUnavailable',
    `weights read back differ on ${route.arn}: wrote ${formatWeights(weights)} as ${formatShiftTag(shift)}, ` +
      `read tag ${tag} and ${formatShares(after.shares)}`,
  );
}
