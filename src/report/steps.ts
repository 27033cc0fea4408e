import { addHistograms, quantileOf } from '../analysis/histogram';
import type { EvidenceWindow, Histogram, SideWindow } from '../domain/evidence';
import { fractionOf } from '../domain/quantity';
import type { LedgerRecord } from '../domain/record';
import type { Verdict } from '../domain/verdict';
import { errorFacts } from './rates';
import { QUANTILES } from './report';
import type { PairFacts, Quantile, StepFacts, StepSide } from './report';
import { costsOf, latencyOf } from './series';

interface Stretch {
  readonly label: string;
  readonly phase: string;
  readonly targetPercent: number | null;
  readonly records: LedgerRecord[];
  finished: Verdict | undefined;
}

/** A step begins where its weights or its share of copies are set; what is seen after its end is a stretch of its own. */
export function stepsOf(records: readonly LedgerRecord[]): StepFacts[] {
  const stretches: Stretch[] = [];
  let label: string | undefined;
  let current: Stretch | undefined;
  for (const record of records) {
    const { kind, windows } = record;
    if (kind === 'step_started') label = record.text;
    if (kind === 'step_finished' && current !== undefined) current.finished = record.verdict;
    if (BOUNDARIES.has(kind)) current = undefined;
    if (kind === 'step_finished' || kind === 'rolled_back' || kind === 'phase_started') label = undefined;
    if (kind !== 'evidence' || windows === undefined || windows.length === 0) continue;
    if (current === undefined) {
      current = startStretch(record, label);
      stretches.push(current);
    }
    current.records.push(record);
  }
  return stretches.map(factsOf);
}

const BOUNDARIES: ReadonlySet<LedgerRecord['kind']> = new Set([
  'step_started',
  'shift_confirmed',
  'step_finished',
  'rolled_back',
  'phase_started',
]);

function startStretch({ phase, weights }: LedgerRecord, label: string | undefined): Stretch {
  const share = weights === undefined ? 'between steps' : `held at ${weights.target} % on the target`;
  return {
    label: label ?? `${phase.replace('_', ' ')}, ${share}`,
    phase,
    targetPercent: weights?.target ?? null,
    records: [],
    finished: undefined,
  };
}

function factsOf({ label, phase, targetPercent, records, finished }: Stretch): StepFacts {
  const windows = records.flatMap((record) => record.windows ?? []);
  const verdict = finished ?? records.at(-1)?.verdict;
  const cost = costsOf(records).at(-1);
  return {
    label,
    phase,
    targetPercent,
    fromMs: windows[0]?.startMs ?? 0,
    toMs: windows.at(-1)?.endMs ?? 0,
    firstSeq: records[0]?.seq ?? 0,
    lastSeq: records.at(-1)?.seq ?? 0,
    windowCount: windows.length,
    source: sideOf(windows.map(({ source }) => source)),
    target: sideOf(windows.map(({ target }) => target)),
    pairs: pairsOf(windows),
    cost: cost === undefined ? null : { source: cost.source, target: cost.target },
    verdict:
      verdict === undefined
        ? null
        : {
            kind: verdict.kind,
            reason: verdict.reason,
            evaluatedCount: verdict.evaluatedCount,
            guardrailCount: verdict.guardrailCount,
          },
  };
}

function sideOf(sides: readonly SideWindow[]): StepSide {
  const requestCount = sides.reduce((sum, side) => sum + side.requestCount, 0);
  const errorCount = sides.reduce((sum, side) => sum + side.errorCount, 0);
  const whole = wholeHistogram(sides);
  const latencyMs = QUANTILES.flatMap((quantile) => {
    const value = whole === undefined ? medianLatency(sides, quantile) : quantileOf(whole, fractionOf(quantile));
    return Number.isFinite(value) ? [[quantile, value] as const] : [];
  });
  return { ...errorFacts(requestCount, errorCount), latencyMs: Object.fromEntries(latencyMs) };
}

/** undefined: some windows know percentiles alone. */
function wholeHistogram(sides: readonly SideWindow[]): Histogram | undefined {
  if (sides.some(({ latencies }) => latencies === undefined)) return undefined;
  return sides.reduce<Histogram>((sum, { latencies }) => addHistograms(sum, latencies ?? []), []);
}

function medianLatency(sides: readonly SideWindow[], quantile: Quantile): number {
  const known = sides.map((side) => latencyOf(side, quantile)).filter(Number.isFinite);
  known.sort((a, b) => a - b);
  const middle = known.length / 2;
  return ((known[Math.floor(middle)] ?? Number.NaN) + (known[Math.ceil(middle) - 1] ?? Number.NaN)) / 2;
}

function pairsOf(windows: readonly EvidenceWindow[]): PairFacts | null {
  const accounts = windows.flatMap(({ shadow }) => shadow ?? []);
  if (accounts.length === 0) return null;
  return {
    compared: accounts.reduce((sum, { compared }) => sum + compared, 0),
    mismatched: accounts.reduce((sum, { mismatched }) => sum + mismatched, 0),
  };
}
