import type { Look } from '../analysis/judge';
import type { ObserveInput, ObserveScope } from '../contracts/activities';
import { assertNever } from '../domain/errors';
import type { Evidence } from '../domain/evidence';
import type { JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { Ports } from './ports';
import { describeError, isCancellation } from './waiting';

/** What an observer reads. */
export type Eyes = Pick<Ports, 'metrics' | 'shadow' | 'router' | 'now'>;

const NOTHING_NEW: Evidence = { complete: true, windows: [] };

/** End of the period that contains `atMs`; a time on the edge is its own end. */
export function periodEnd(atMs: number, periodMs: number): EpochMs {
  return (Math.ceil(atMs / periodMs) * periodMs) as EpochMs;
}

/** Everything settled since the judge's last window, and the target's health now. */
export async function lookOnce(eyes: Eyes, input: ObserveInput, state: JudgeState): Promise<Look> {
  const { periodMs } = input.policy;
  const settledMs = Math.floor((eyes.now() - input.lagMs) / periodMs) * periodMs;
  // Windows after the slice belong to the next one.
  const toMs = Math.max(state.seenToMs, Math.min(settledMs, periodEnd(input.untilMs, periodMs))) as EpochMs;
  const [evidence, health] = await Promise.all([
    toMs > state.seenToMs ? readOrExplain(eyes, input.scope, state.seenToMs, toMs) : NOTHING_NEW,
    readHealth(eyes, input.scope),
  ]);
  const coveredToMs = evidence.complete ? (evidence.coveredToMs ?? toMs) : toMs;
  return { evidence, health, toMs: coveredToMs, nowMs: eyes.now() as EpochMs };
}

/** A read that fails is evidence of blindness, not a failure of the observer. */
export async function readOrExplain(
  eyes: Eyes,
  scope: ObserveScope,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<Evidence> {
  try {
    return await readEvidence(eyes, scope, fromMs, toMs);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { complete: false, cause: describeError(error) };
  }
}

function readEvidence(eyes: Eyes, scope: ObserveScope, fromMs: EpochMs, toMs: EpochMs): Promise<Evidence> {
  switch (scope.kind) {
    case 'shadow':
      return eyes.shadow.readWindows(scope.tap, fromMs, toMs);
    case 'router': {
      const { route, targetGroupArn } = scope.sides;
      const { loadBalancerArn, sourceTargetGroupArn } = route;
      const metricScope = { loadBalancerArn, sourceTargetGroupArn, targetTargetGroupArn: targetGroupArn };
      return eyes.metrics.readWindows(scope.metrics, metricScope, fromMs, toMs);
    }
    default:
      return assertNever(scope);
  }
}

async function readHealth(eyes: Eyes, scope: ObserveScope): Promise<Look['health']> {
  try {
    return await eyes.router.readHealth(scope.kind === 'shadow' ? scope.targetGroupArn : scope.sides.targetGroupArn);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { unreadable: describeError(error) };
  }
}
