import { workflowInfo } from '@temporalio/workflow';
import type { EndpointMove, ParsedSpec, Route } from '../contracts/activities';
import type { BlockedOn, ClosedStep, MigrationPhase, OpenGate } from '../contracts/messages';
import { EMPTY_ACCOUNT } from '../domain/evidence';
import type { Baseline, ShadowAccount } from '../domain/evidence';
import type { JudgeState, SplitDraws } from '../domain/judge-state';
import type { PinnedImage } from '../domain/image';
import type { ModelDataProof, PinnedModelPackage } from '../domain/model-package';
import { planMigration } from '../domain/plan';
import type { PhaseName, Plan } from '../domain/plan';
import { EMPTY_LEDGER } from '../domain/record';
import type { Actor, LedgerEntry, LedgerHead } from '../domain/record';
import type { Owner } from '../domain/resources';
import type { Stage } from '../domain/rollback';
import type { MigrationSpec } from '../domain/spec';
import type { Verdict } from '../domain/verdict';
import { ALL_ON_SOURCE } from '../domain/weights';
import type { Weights } from '../domain/weights';
import type { DataState } from './data-state';
import type { Untold } from './tell';

/*
 * Invariants
 * 1. The state is plain JSON and complete: a run that continues as new goes on exactly where it was.
 * 2. Only the main loop acts; handlers write into `operator` and `inbox`.
 * 3. An undo is in `undo` before its action is tried.
 */

export type UndoEntry =
  | { readonly kind: 'claims'; readonly arns: readonly string[] }
  | { readonly kind: 'budget'; readonly name: string }
  | { readonly kind: 'model' | 'endpoint-config' | 'endpoint'; readonly name: string }
  | ({ readonly kind: 'endpoint-join' } & EndpointMove)
  | { readonly kind: 'target-group'; readonly name: string }
  | { readonly kind: 'launch-template'; readonly name: string }
  | { readonly kind: 'probe-rule' }
  | { readonly kind: 'auto-scaling-group'; readonly name: string }
  | { readonly kind: 'bucket'; readonly dataSetName: string }
  | { readonly kind: 'transfer'; readonly name: string; readonly dataSetName: string }
  | { readonly kind: 'replication'; readonly name: string }
  | { readonly kind: 'import'; readonly dataSetName: string }
  | { readonly kind: 'image'; readonly name: string }
  | { readonly kind: 'model-data' | 'model-package' | 'model-package-group'; readonly name: string }
  | { readonly kind: 'shadow' }
  | { readonly kind: 'source-capacity' }
  | { readonly kind: 'route' };

export interface Interrupt {
  readonly kind: 'rollback' | 'abandon';
  readonly actor: Actor;
  readonly requestedAt: number;
}

export interface GateAnswer {
  readonly gate: string;
  readonly approved: boolean;
  readonly actor: Actor;
}

/** What people asked for and the main loop has not acted on yet. */
export interface OperatorState {
  paused: Actor | null;
  interrupt: Interrupt | null;
  answer: GateAnswer | null;
  retry: Actor | null;
  skip: Actor | null;
}

/** Where a step stands; a new one for every step. */
export interface StepClock {
  /** Total to hold, extensions included. Unit: milliseconds. */
  holdMs: number;
  elapsedMs: number;
  /** Since when the clock runs; null: it stands still. */
  runningSinceMs: number | null;
  extensionCount: number;
}

export interface Cursor {
  /** Index of the step inside the phase. */
  step: number;
  /** Name of the part of the step that is next; each phase has its own names. */
  part: string;
  clock: StepClock | null;
  judge: JudgeState | null;
  /** An observer that was cut watched until here, though its judge spoke last before. Epoch milliseconds. */
  watchedToMs?: number;
}

export interface PhaseTiming {
  readonly name: string;
  readonly startedAt: number;
  verdict: string;
  seconds: number;
}

export interface RollbackView {
  readonly requestedAt: number;
  readonly by: string;
  readonly reason: string;
  /** Where `retry` starts again. */
  readonly from: PhaseName | 'starting';
  restoredAt: number | null;
}

export interface ModelPackageState {
  readonly pinned: PinnedModelPackage;
  /** Not there: its files are not proven yet. */
  readonly proof?: ModelDataProof;
}

export interface MigrationState {
  readonly version: 1;
  readonly spec: MigrationSpec;
  readonly policyHash: string;
  readonly plan: Plan;
  readonly adopt: boolean;
  readonly owner: Owner;
  phase: MigrationPhase;
  cursor: Cursor;
  route: Route | null;
  targetGroupArn: string | null;
  launchTemplateId: string | null;
  /** What the endpoint that the target joins was configured with; not there: it joins none, or not yet. */
  configBefore?: string;
  /** Not there: no data is followed, or a state of an earlier version. */
  data?: DataState;
  /** By name in the spec. Not there: no image is moved, or none is looked up yet. */
  images?: Readonly<Record<string, PinnedImage>>;
  /** By name in the spec. Not there: none is moved, or none is looked at yet. */
  modelPackages?: Readonly<Record<string, ModelPackageState>>;
  /** The newest decision about traffic. */
  generation: number;
  wanted: Weights;
  stage: Stage;
  /** A shift was begun and not read back: the weights may be the old or the new ones. */
  shiftInDoubt: boolean;
  /** When the newest weights were read back. */
  shiftedAtMs: number;
  /** Older attempts to write weights have ended by then. */
  attemptsEndedByMs: number;
  baseline: Baseline | null;
  ledger: LedgerHead;
  /** Of the ledger, where it is no migration's. Not there: the workload's. */
  chain?: string;
  undo: UndoEntry[];
  operator: OperatorState;
  inbox: LedgerEntry[];
  verdict: Verdict | null;
  /** The verdict with which the last step that held anything was left. */
  lastStep: ClosedStep | null;
  observedTargetPercent: number | null;
  blindSinceMs: number | null;
  gate: OpenGate | null;
  blocked: BlockedOn | null;
  /** What was blocked already when the ledger failed on top of it. */
  blockedBeneath: BlockedOn | null;
  rollback: RollbackView | null;
  shadowAccount: ShadowAccount;
  /** Notices under way; not there: none yet, or a state of an earlier version. */
  untold?: Untold[];
  decisions: string[];
  unknownMessages: string[];
  phases: PhaseTiming[];
  sliceCount: number;
  /** What is being done, for a person. */
  doing: string;
  outcome: string | null;
}

export const FRESH_CURSOR: Cursor = { step: 0, part: 'start', clock: null, judge: null };

export function newState(parsed: ParsedSpec, adopt: boolean): MigrationState {
  const info = workflowInfo();
  return {
    version: 1,
    spec: parsed.spec,
    policyHash: parsed.policyHash,
    plan: planMigration(parsed.spec),
    adopt,
    owner: { workload: parsed.spec.workload, run: info.firstExecutionRunId },
    phase: 'starting',
    cursor: { ...FRESH_CURSOR },
    route: null,
    targetGroupArn: null,
    launchTemplateId: null,
    generation: 0,
    wanted: ALL_ON_SOURCE,
    stage: 'before_traffic',
    shiftInDoubt: false,
    shiftedAtMs: 0,
    attemptsEndedByMs: 0,
    baseline: null,
    ledger: EMPTY_LEDGER,
    undo: [],
    operator: { paused: null, interrupt: null, answer: null, retry: null, skip: null },
    inbox: [],
    verdict: null,
    lastStep: null,
    observedTargetPercent: null,
    blindSinceMs: null,
    gate: null,
    blocked: null,
    blockedBeneath: null,
    rollback: null,
    shadowAccount: EMPTY_ACCOUNT,
    decisions: [],
    unknownMessages: [],
    phases: [],
    sliceCount: 0,
    doing: 'checking the spec and the account',
    outcome: null,
  };
}

/** The route, once preflight has found it. Its absence later is a broken invariant, not an operator's mistake. */
export function routeOf(state: MigrationState): Route {
  if (state.route === null) throw new Error('the route is not known yet');
  return state.route;
}

/** How long after a confirmed shift users may still be where they were. Unit: milliseconds. */
/** Behind DNS a resolver draws a side, and its users follow it for as long as it keeps the answer. */
export function splitDrawsOf(state: MigrationState): { readonly splitDraws?: SplitDraws } {
  const { route53 } = state.spec.router;
  const everyMs = settleMsOf(state);
  return route53 === undefined || everyMs === 0 ? {} : { splitDraws: { everyMs, shareMax: route53.resolverShareMax } };
}

export function settleMsOf(state: MigrationState): number {
  return state.route?.settleMs ?? 0;
}

/** How requests reach the target before users do: the probe rule's listener, or an address of its own. */
export function wayToTarget(state: MigrationState): { listenerArn: string | undefined } | { targetEndpoint: string } {
  const { target, router } = state.spec;
  const targetEndpoint = target.existing?.endpoint ?? router.sagemaker?.targetEndpoint;
  return targetEndpoint === undefined ? { listenerArn: routeOf(state).listenerArn } : { targetEndpoint };
}

export function targetGroupOf(state: MigrationState): string {
  if (state.targetGroupArn === null) throw new Error('the target group is not known yet');
  return state.targetGroupArn;
}

export function registerUndo(state: MigrationState, entry: UndoEntry): void {
  const known = JSON.stringify(entry);
  if (!state.undo.some((other) => JSON.stringify(other) === known)) state.undo.push(entry);
}

/** Nothing is left to decide; only last words are. */
export function isOver({ phase }: MigrationState): boolean {
  return phase === 'completed' || phase === 'abandoned';
}
