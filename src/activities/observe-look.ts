import { log } from '@temporalio/activity';
import type { Look } from '../analysis/judge';
import { withCaptures } from '../analysis/captured';
import type { ObserveInput, ObserveScope, Route, ShadowVariantScope } from '../contracts/activities';
import { assertNever } from '../domain/errors';
import { patienceMs } from '../domain/evidence';
import type { CapturedWindow, Evidence, EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { RouteShare, RouteState } from '../ports/traffic-router';
import { refuseChangedEndpoint } from './endpoint-route';
import { refuseMoreCopies } from './endpoint-shadow';
import { requireServing } from './hosting';
import type { Ports } from './ports';
import { metricScopeOf } from './route';
import { healthOf, refOf } from './shift-protocol';
import { describeError, isCancellation } from './waiting';

/** What an observer reads. */
export type Eyes = Pick<Ports, 'metrics' | 'shadow' | 'captures' | 'router' | 'hosting' | 'now'>;

const NOTHING_NEW: Evidence = { complete: true, windows: [] };

/** A worker whose clock is behind the server's by more than this would look where nothing can be yet. */
const CLOCK_BEHIND_MS_MAX = 60_000;

/** End of the period that contains `atMs`; a time on the edge is its own end. */
export function periodEnd(atMs: number, periodMs: number): EpochMs {
  return (Math.ceil(atMs / periodMs) * periodMs) as EpochMs;
}

export interface Sight {
  /** Everything settled since the judge's last window, and the target's health now. */
  readonly look: Look;
  /**
   * The same with windows that may not be whole yet: good enough for bad news of the target, and for nothing else. Where
   * none is held back it is `look` itself.
   */
  readonly ahead: Look;
}

export async function lookOnce(eyes: Eyes, input: ObserveInput, state: JudgeState): Promise<Sight> {
  const { periodMs } = input.policy;
  const nowMs = eyes.now() as EpochMs;
  const settledMs = Math.floor((nowMs - input.lagMs) / periodMs) * periodMs;
  // Windows after the slice belong to the next one.
  const toMs = Math.max(state.seenToMs, Math.min(settledMs, periodEnd(input.untilMs, periodMs))) as EpochMs;
  const [evidence, health] = await Promise.all([
    toMs > state.seenToMs ? readOrExplain(eyes, input, state.seenToMs, toMs) : clockIsRight(state, nowMs, periodMs),
    readHealth(eyes, input),
  ]);
  const ahead: Look = { evidence, health, toMs, nowMs: eyes.now() as EpochMs };
  if (!evidence.complete) return { look: ahead, ahead };
  const coveredToMs = evidence.coveredToMs ?? publishedTo(evidence, input, state.seenToMs, toMs, nowMs);
  if (coveredToMs >= toMs) return { look: ahead, ahead };
  const windows = evidence.windows.filter(({ endMs }) => endMs <= coveredToMs);
  return { look: { ...ahead, evidence: { ...evidence, windows }, toMs: coveredToMs }, ahead };
}

function clockIsRight(state: JudgeState, nowMs: number, periodMs: number): Evidence {
  const behindMs = state.seenToMs - periodMs - nowMs;
  if (behindMs <= CLOCK_BEHIND_MS_MAX) return NOTHING_NEW;
  return { complete: false, cause: `this worker's clock is behind by at least ${Math.round(behindMs / 1_000)} s` };
}

/**
 * End of what may be judged: a load balancer publishes nothing for an idle window, so an empty one at the end is idle or
 * late. It is passed over only when it is older than anything that still comes; its place in the coverage stays empty.
 */
function publishedTo(
  { windows }: Extract<Evidence, { complete: true }>,
  { policy, lagMs }: ObserveInput,
  fromMs: EpochMs,
  toMs: EpochMs,
  nowMs: number,
): EpochMs {
  const { source, target } = policy.wanted ?? { source: 1, target: 1 };
  const isPublished = (window: EvidenceWindow): boolean =>
    (source === 0 || window.source.requestCount > 0) && (target === 0 || window.target.requestCount > 0);
  const newestMs = windows.filter(isPublished).reduce<number>((latest, { endMs }) => Math.max(latest, endMs), fromMs);
  const givenUpMs = Math.floor((nowMs - patienceMs(lagMs)) / policy.periodMs) * policy.periodMs;
  return Math.max(fromMs, Math.min(toMs, Math.max(newestMs, givenUpMs))) as EpochMs;
}

/** A read that fails is evidence of blindness, not a failure of the observer. */
export async function readOrExplain(
  eyes: Eyes,
  input: ObserveInput,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<Evidence> {
  try {
    return await readEvidence(eyes, input, fromMs, toMs);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { complete: false, cause: describeError(error) };
  }
}

async function readEvidence(
  eyes: Eyes,
  { scope, policy }: ObserveInput,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<Evidence> {
  switch (scope.kind) {
    case 'shadow':
      return eyes.shadow.readWindows(scope.tap, fromMs, toMs);
    case 'shadow-variant': {
      const [counted, captured] = await Promise.all([
        readMetrics(eyes, scope, fromMs, toMs),
        readCaptures(eyes, scope, policy, fromMs, toMs),
      ]);
      return withCaptures(counted, captured, policy.periodMs);
    }
    case 'router':
      return readMetrics(eyes, scope, fromMs, toMs);
    default:
      return assertNever(scope);
  }
}

type Counted = Exclude<ObserveScope, { kind: 'shadow' }>;

async function readMetrics(
  { metrics }: Eyes,
  { sides, metrics: spec }: Counted,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<Evidence> {
  const { route, targetGroupArn } = sides;
  const evidence = await metrics.readWindows(spec, metricScopeOf(route, targetGroupArn), fromMs, toMs);
  if (evidence.complete && evidence.standIn !== undefined)
    log.warn('a stand-in answered for the source of metrics', { ...evidence.standIn });
  return evidence;
}

async function readCaptures(
  { captures }: Eyes,
  { sides, captureTo, redactPaths }: ShadowVariantScope,
  { equivalence, periodMs }: JudgePolicy,
  fromMs: EpochMs,
  toMs: EpochMs,
): Promise<readonly CapturedWindow[]> {
  const { route, targetGroupArn: target } = sides;
  if (route.endpoint === undefined || equivalence === undefined)
    throw new Error(`what is captured at ${route.arn}, and how it compares, is not known`);
  const place = { captureTo, endpointName: route.endpoint.name, source: route.sourceTargetGroupArn, target };
  return captures.readWindows({ ...place, equivalence, redactPaths, periodMs }, fromMs, toMs);
}

/** What cannot be read, and an endpoint that is not the one that was compared, make an observer blind. */
async function readHealth(eyes: Eyes, { scope, endpointName }: ObserveInput): Promise<Look['health']> {
  const { route, targetGroupArn } = scope.kind === 'shadow' ? scope : scope.sides;
  try {
    if (endpointName !== undefined) await requireServing(eyes, endpointName);
    if (route?.endpoint !== undefined) refuseChanges(route, await eyes.router.readRoute(refOf(route)), scope);
    return await healthOf(eyes.router, route, targetGroupArn);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { unreadable: describeError(error) };
  }
}

function refuseChanges(route: Route, state: RouteState, scope: ObserveScope): void {
  refuseChangedEndpoint(route, state);
  if (scope.kind !== 'shadow-variant') return;
  const weightOf = (shares: readonly RouteShare[] = []): number => shares.reduce((sum, { weight }) => sum + weight, 0);
  const weights = { production: weightOf(state.shares), shadow: weightOf(state.endpoint?.shadows) };
  refuseMoreCopies(route.arn, weights, scope.fractionPercent);
}
