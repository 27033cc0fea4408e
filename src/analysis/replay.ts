import type { Baseline, EvidenceWindow } from '../domain/evidence';
import type { JudgePolicy, SplitDraws } from '../domain/judge-state';
import type { EpochMs } from '../domain/quantity';
import type { LedgerRecord } from '../domain/record';
import type { EquivalenceSpec, GuardrailSpec } from '../domain/spec';
import type { Verdict } from '../domain/verdict';
import type { Weights } from '../domain/weights';
import { alphaPerTest, blockFor } from './budget';
import type { PlannedTests } from './budget';
import { averagesOf, baselineHours } from './baseline-test';
import { judgePast, PAST } from './judge-past';

/** What another policy would have said about one stretch of a past migration: a step, or the wait after it. */
export interface ReplayedStep {
  readonly phase: string;
  readonly weights?: Weights;
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
  readonly windowCount: number;
  /** What was said then, last. */
  readonly recorded: Verdict | undefined;
  /** What the other policy says at the end, or when it would have failed. */
  readonly verdict: Verdict;
  /** When it would have rolled back. */
  readonly failedAtMs?: EpochMs;
}

export interface OtherPolicy {
  readonly guardrails: GuardrailSpec;
  readonly equivalence: EquivalenceSpec;
}

interface Stretch {
  readonly phase: string;
  readonly weights: Weights | undefined;
  readonly shiftedAtMs: number;
  readonly splitDraws: SplitDraws | undefined;
  readonly windows: EvidenceWindow[];
  recorded: Verdict | undefined;
}

/** Judges the windows of a ledger again, step by step, as they came. */
export function replayLedger(records: readonly LedgerRecord[], policy: OtherPolicy): ReplayedStep[] {
  const plan = planIn(records);
  const { guardrails } = policy;
  const alpha = plan === undefined ? guardrails.falseRollbackRate : alphaPerTest(plan, guardrails);
  const baseline = records.find(({ kind }) => kind === 'baseline')?.values?.['baseline'] as Baseline | undefined;
  return stretchesOf(records).map((stretch) =>
    replayStretch(stretch, policy, { alpha, baseline, holdMs: plan?.cutover[0]?.stabilizationMs ?? 0 }),
  );
}

/** The plan stands in the first record. */
function planIn(records: readonly LedgerRecord[]): PlannedTests | undefined {
  const plan = records.find(({ kind }) => kind === 'started')?.values?.['plan'];
  return isPlan(plan) ? plan : undefined;
}

function isPlan(plan: unknown): plan is PlannedTests {
  const { shadow, cutover, gates } = (plan ?? {}) as Record<string, unknown>;
  return Array.isArray(shadow) && Array.isArray(cutover) && Array.isArray(gates);
}

/** After these the judge began anew. */
const BOUNDARIES: ReadonlySet<LedgerRecord['kind']> = new Set([
  'shift_confirmed',
  'step_started',
  'step_finished',
  'rolled_back',
]);

/** A step begins where its weights, or its share of copies, are set: there the judge began anew. */
function stretchesOf(records: readonly LedgerRecord[]): Stretch[] {
  const stretches: Stretch[] = [];
  let isNew = true;
  let shiftedAtMs = 0;
  let splitDraws: SplitDraws | undefined;
  for (const { kind, at, phase, weights, windows, verdict, values } of records) {
    if (kind === 'shift_confirmed') {
      shiftedAtMs = at;
      splitDraws = values?.['splitDraws'] as SplitDraws | undefined;
    }
    if (BOUNDARIES.has(kind)) isNew = true;
    if (kind !== 'evidence' || windows === undefined) continue;
    if (isNew) stretches.push({ phase, weights, shiftedAtMs, splitDraws, windows: [], recorded: undefined });
    isNew = false;
    const stretch = stretches.at(-1);
    stretch?.windows.push(...windows);
    if (stretch !== undefined) stretch.recorded = verdict;
  }
  return stretches.filter(({ windows }) => windows.length > 0);
}

function replayStretch(
  { phase, weights, shiftedAtMs, splitDraws, windows, recorded }: Stretch,
  { guardrails, equivalence }: OtherPolicy,
  { alpha, baseline, holdMs }: { alpha: number; baseline: Baseline | undefined; holdMs: number },
): ReplayedStep {
  const [first, last] = [windows[0] as EvidenceWindow, windows.at(-1) as EvidenceWindow];
  const periodMs = usualPeriodMs(windows);
  const policy: JudgePolicy = {
    mode: phase === 'shadow' ? 'shadow' : 'cutover',
    guardrails,
    equivalence,
    ...PAST,
    alpha,
    ...(weights === undefined ? {} : { wanted: weights }),
    splitFromMs: shiftedAtMs + (splitDraws?.everyMs ?? 0) + guardrails.splitSettleMs,
    ...(splitDraws === undefined ? {} : { splitDraws }),
    baselineQuantilesMs: baseline?.quantilesMs ?? {},
    baselineErrorRate: baseline?.errorRate ?? null,
    ...(windows.some(({ segments }) => segments !== undefined) ? { segments: guardrails.segments } : {}),
    baselineMetrics: averagesOf(baseline ?? null),
    baselineHours: baselineHours(baseline ?? null, first.startMs, last.endMs),
    baselineBlock: blockFor(holdMs, periodMs),
    periodMs,
  };
  const fromMs = (Math.floor(first.startMs / periodMs) * periodMs) as EpochMs;
  return {
    phase,
    ...(weights === undefined ? {} : { weights }),
    fromMs: first.startMs,
    toMs: last.endMs,
    windowCount: windows.length,
    recorded,
    ...judgePast(windows, policy, fromMs),
  };
}

/** The longest: merged windows are cut short where a step begins or ends. */
function usualPeriodMs(windows: readonly EvidenceWindow[]): number {
  return windows.reduce((longest, { startMs, endMs }) => Math.max(longest, endMs - startMs), 1);
}
