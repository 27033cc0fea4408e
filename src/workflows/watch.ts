import { ActivityFailure, CancellationScope, isCancellation } from '@temporalio/workflow';
import type { ObserveResult, ObserveScope } from '../contracts/activities';
import { alphaPerTest, blockOf } from '../analysis/budget';
import { averagesOf, baselineHours } from '../analysis/baseline-test';
import { startJudging } from '../analysis/judge';
import { assertNever } from '../domain/errors';
import { addAccounts, EMPTY_ACCOUNT, patienceMs } from '../domain/evidence';
import { capacityOf } from '../domain/fleet';
import type { JudgePolicy, JudgeState } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { LedgerHead } from '../domain/record';
import { resourceName, SHADOW_VARIANT, shadowConfigName } from '../domain/resources';
import { rollbackAt } from '../domain/rollback';
import type { MigrationSpec } from '../domain/spec';
import { formatWeights } from '../domain/weights';
import { observeCall, SLICE_MS_MAX } from './calls';
import { remainingMs, syncClock } from './clock';
import { ledgerTarget } from './journal';
import { countVerdict, meterBlindness } from './metering';
import { routeOf, settleMsOf, splitDrawsOf, targetGroupOf } from './state';
import type { MigrationState } from './state';

/**
 * How often an observer speaks up when nothing changes. A report costs four events; where it decides nothing (a gate, the
 * wait and the standby after the cutover) it is heard less often. A change of the verdict is told at once everywhere.
 */
const REPORT_EVERY_MS = 3_600_000;
const QUIET_REPORT_EVERY_MS = 4 * REPORT_EVERY_MS;

/** The observer of the moment. Lives in memory only: after continue-as-new a new slice starts from the carried judge. */
export interface Watch {
  slice: number;
  endsAtMs: number;
  /** The end of the step's first window, before which no slice ends. */
  readonly endsAtMsMin: number;
  scope: CancellationScope;
  settled: ObserveResult | { readonly failed: string } | null;
}

/** Whether somebody has to watch now. */
export function isWatched(state: MigrationState): boolean {
  return scopeNow(state) !== null;
}

/**
 * What has to be watched now; null when the target sees neither users nor copies, and when a verdict could change nothing
 * because there is no way back.
 */
function scopeNow(state: MigrationState): ObserveScope | null {
  const { spec, wanted, phase, cursor } = state;
  if (!rollbackAt(state.stage).allowed) return null;
  // In doubt, the weights may still be those from before.
  if (wanted.target > 0 || (state.stage === 'traffic_moves' && state.shiftInDoubt)) {
    return {
      kind: 'router',
      metrics: spec.source.metrics,
      sides: { route: routeOf(state), targetGroupArn: targetGroupOf(state) },
    };
  }
  if (phase !== 'shadow' || cursor.clock === null) return null;
  if (spec.shadow.tap === undefined) return shadowVariantScope(state);
  return { kind: 'shadow', tap: spec.shadow.tap, targetGroupArn: targetGroupOf(state), route: routeOf(state) };
}

function shadowVariantScope(state: MigrationState): ObserveScope {
  const { spec, plan, cursor } = state;
  const { endpoint, ...route } = routeOf(state);
  const { variant, copies } = spec.shadow;
  if (endpoint === undefined || variant === undefined) throw new Error('there is no endpoint that copies');
  // Whoever stands in for CloudWatch does not count copies.
  const { standIn: _standIn, ...metrics } = spec.source.metrics;
  return {
    kind: 'shadow-variant',
    metrics,
    sides: {
      route: { ...route, endpoint: { ...endpoint, configName: shadowConfigName(spec.workload) } },
      targetGroupArn: SHADOW_VARIANT,
    },
    captureTo: variant.captureTo,
    redactPaths: copies?.redact?.paths ?? [],
    fractionPercent: plan.shadow[cursor.step]?.fractionPercent ?? 0,
  };
}

/** Of what is watched. Unit: milliseconds. */
function timesOf({ spec }: MigrationState, scope: ObserveScope): { periodMs: number; lagMs: number } {
  const { periodSeconds, lagMs } = spec.source.metrics;
  switch (scope.kind) {
    case 'shadow':
      // The tap counts by the second; several of its windows make one of ours only where periods are longer.
      return { periodMs: 1_000, lagMs: TAP_LAG_MS };
    case 'shadow-variant':
      return { periodMs: periodSeconds * 1_000, lagMs: Math.max(lagMs, spec.shadow.variant?.lagMs ?? 0) };
    case 'router':
      return { periodMs: periodSeconds * 1_000, lagMs };
    default:
      return assertNever(scope);
  }
}

function policyNow(
  state: MigrationState,
  scope: ObserveScope,
  [judgedFromMs, untilMs]: readonly [EpochMs, EpochMs],
): JudgePolicy {
  const { spec } = state;
  const { periodMs, lagMs } = timesOf(state, scope);
  const { watchedToMs } = state.cursor;
  const shared = {
    guardrails: spec.guardrails,
    healthyCountMin: capacityOf(spec).healthyMin,
    alpha: alphaPerTest(state.plan, spec.guardrails),
    baselineBlock: blockOf(spec),
    ...(watchedToMs === undefined ? {} : { watchedToMs }),
  };
  if (scope.kind !== 'router') {
    return {
      ...shared,
      ...segmentsOf(spec, spec.shadow.copies?.segmentBy !== undefined),
      isNoiseKnown: spec.shadow.copies?.noise !== undefined,
      mode: 'shadow',
      ...(scope.kind === 'shadow-variant' ? { copiedShareMax: scope.fractionPercent / 100 } : {}),
      equivalence: spec.shadow.equivalence,
      periodMs,
      lateMsMax: scope.kind === 'shadow' ? LATE_MS_MAX : patienceMs(lagMs) + LATE_MS_MAX,
    };
  }
  return {
    ...shared,
    // Weights that may be the old or the new ones have no split to be judged by; everything else is.
    ...(state.shiftInDoubt ? { guardrails: { ...spec.guardrails, splitTolerancePoints: 100 } } : {}),
    ...segmentsOf(spec, spec.source.metrics.kind === 'prometheus' && spec.source.metrics.segmentBy !== undefined),
    mode: 'cutover',
    wanted: state.wanted,
    splitFromMs: state.shiftedAtMs + settleMsOf(state) + spec.guardrails.splitSettleMs,
    ...splitDrawsOf(state),
    baselineQuantilesMs: state.baseline?.quantilesMs ?? {},
    baselineErrorRate: state.baseline?.errorRate ?? null,
    baselineMetrics: averagesOf(state.baseline),
    baselineHours: baselineHours(state.baseline, judgedFromMs, untilMs),
    periodMs,
    lateMsMax: patienceMs(lagMs) + LATE_MS_MAX,
  };
}

function segmentsOf({ guardrails }: MigrationSpec, isLabelled: boolean): Pick<JudgePolicy, 'segments'> {
  const { segments = [] } = guardrails as Partial<typeof guardrails>;
  return isLabelled && segments.length > 0 ? { segments } : {};
}

/** A window read later than this after its time was not watched: nobody could have acted on it. */
const LATE_MS_MAX = 5 * 60_000;
/** How long the tap needs to settle a window: the longest that a copy may take, see `tap/`. */
const TAP_LAG_MS = 1_000;

function judgeNow(state: MigrationState, scope: ObserveScope): JudgeState {
  const { periodMs } = timesOf(state, scope);
  // The first window that lies wholly after the weights were confirmed.
  const fromMs = Math.ceil(Date.now() / periodMs) * periodMs;
  return (state.cursor.judge ??= startJudging(fromMs as EpochMs));
}

/** Whether the time watched now counts for a step that its evidence may end. */
function isJudged({ phase, cursor, gate }: MigrationState): boolean {
  return (phase === 'shadow' || phase === 'cutover') && cursor.clock !== null && gate === null;
}

/** @param onSettled called when the observer has answered, or failed, before anybody looks. */
export function startWatch(state: MigrationState, onSettled: (watch: Watch) => void): Watch | null {
  const scope = scopeNow(state);
  if (scope === null) return null;
  const judge = judgeNow(state, scope);
  const slice = ++state.sliceCount;
  const { clock } = state.cursor;
  const holdsMs = clock?.runningSinceMs != null ? remainingMs(clock) : SLICE_MS_MAX;
  const { periodMs, lagMs } = timesOf(state, scope);
  const endsAtMsMin = judge.fromMs + periodMs;
  const endsAtMs = Math.max(Date.now() + Math.min(holdsMs, SLICE_MS_MAX), endsAtMsMin);
  const watch: Watch = { slice, endsAtMs, endsAtMsMin, scope: new CancellationScope(), settled: null };
  void watch.scope
    .run(() =>
      observeCall(`watch ${formatWeights(state.wanted)}, slice ${slice}`, state.spec.checkEveryMs, {
        slice,
        scope,
        ...(state.spec.target.sagemaker?.proxy === undefined
          ? {}
          : { endpointName: resourceName(state.spec.workload) }),
        policy: policyNow(state, scope, [judge.seenToMs, endsAtMs as EpochMs]),
        judge,
        lagMs,
        untilMs: endsAtMs as EpochMs,
        checkEveryMs: state.spec.checkEveryMs,
        reportEveryMs: isJudged(state) ? REPORT_EVERY_MS : QUIET_REPORT_EVERY_MS,
        phase: state.phase,
        ledger: ledgerTarget(state),
        ledgerHead: state.ledger,
      }),
    )
    .then((result) => (watch.settled = result))
    .catch((error: unknown) => {
      if (!isCancellation(error)) watch.settled = { failed: failureText(error) };
    })
    .then(() => onSettled(watch));
  return watch;
}

function failureText(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

/** A slice that would end later than the step's clock must be cut short; the judge goes on where it was. */
export function endsTooLate(state: MigrationState, watch: Watch): boolean {
  const { clock } = state.cursor;
  if (clock?.runningSinceMs == null) return false;
  return watch.endsAtMs > Math.max(Date.now() + remainingMs(clock), watch.endsAtMsMin) + state.spec.checkEveryMs;
}

export interface Heard {
  readonly judge: JudgeState;
  readonly verdict: MigrationState['verdict'];
  /** undefined: said by an observer of an older version. */
  readonly ledgerHead?: LedgerHead;
}

/** Takes over what an observer said, by signal or as its result. */
export function hear(state: MigrationState, heard: Heard): void {
  state.cursor.judge = heard.judge;
  state.verdict = heard.verdict;
  if (heard.verdict !== null) countVerdict(state, heard.verdict.kind);
  // Days of evidence may have been written since; the head is on the same chain, whoever is further.
  if (heard.ledgerHead !== undefined && heard.ledgerHead.seq > state.ledger.seq) state.ledger = heard.ledgerHead;
  const split = heard.verdict?.results.find((result) => result.guardrail === 'trafficSplit');
  const observed = split?.values['observedPercent'];
  if (typeof observed === 'number') state.observedTargetPercent = Math.round(observed * 10) / 10;
  setBlind(state, heard.verdict?.kind === 'blind');
}

/** Nobody watched: the time since counts as blind. */
export function hearNothing(state: MigrationState, cause: string): void {
  state.verdict = {
    kind: 'blind',
    reason: `nobody watches: ${cause}`,
    results: [],
    evaluatedCount: 0,
    guardrailCount: 0,
  };
  setBlind(state, true);
}

function setBlind(state: MigrationState, blind: boolean): void {
  const before = state.blindSinceMs;
  state.blindSinceMs = blind ? (before ?? Date.now()) : null;
  if (before !== null && !blind) meterBlindness(state, before);
  if ((before === null) === blind) syncClock(state);
}

/** The step's evidence is closed: its shadow account goes to the total, the next step starts with a clean judge. */
export function closeEvidence(state: MigrationState): void {
  state.shadowAccount = addAccounts(state.shadowAccount, state.cursor.judge?.account ?? EMPTY_ACCOUNT);
  state.cursor.judge = null;
  state.verdict = null;
  setBlind(state, false);
}

/** The next slice waits for metrics with fresh patience; the migration still knows since when it has been blind. */
export function stopBlindness(state: MigrationState): void {
  if (state.cursor.judge === null) return;
  const { blindSinceMs: _, ...judge } = state.cursor.judge;
  state.cursor.judge = judge;
}
