/** Replayed pairs → one verdict: of what `judge` says of latencies and errors and `compare` of outputs, the worse. */
import { comparisonTests } from '../analysis/budget';
import { finiteOrNull } from '../analysis/guardrails';
import { histogramOf, quantileOf } from '../analysis/histogram';
import { combine } from '../analysis/judge';
import type { EvidenceWindow } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { fractionOf } from '../domain/quantity';
import type { VerdictKind } from '../domain/verdict';
import type { Policy } from '../spec';
import type { PairResult } from '../tap/compare-answers';
import type { Plan } from '../tap/replay/plan';
import type { ReplayedPair, SentAccount, SideName, SideResult } from '../tap/replay/replay';
import type { FileFacts } from './json-lines';
import { doubted, guardrailFigures, judgeWindows, reasonsOf, resultLines } from './judging';
import { blindPairs, isTooManyUnpaired, judgePairs, OutputPairs, worstLines } from './output-pairs';
import { Recording } from './recording';

/** Of requests that were not sent, or that the source refuses now and did not when they were recorded. */
const ODD_SHARE_MAX = 0.01;
/** How late requests may be sent, as a share of the source's latency at the same quantile. */
const LAG_SHARE_MAX = 0.2;

export interface ReplayContext {
  readonly plan: Plan;
  readonly sent: SentAccount;
  readonly recording: FileFacts;
  /** Figures of how it was run. */
  readonly settings: Readonly<Record<string, number | string>>;
}

export interface ReplayAnswer {
  readonly verdict: VerdictKind;
  readonly reasons: readonly string[];
  readonly figures: object;
}

interface SideFigures {
  answered: number;
  errors: number;
  readonly latencies: number[];
}

export class ReplayEvidence {
  private readonly recording: Recording;
  private readonly pairs: OutputPairs;
  private readonly sides: Record<SideName, SideFigures> = { source: noFigures(), target: noFigures() };
  private readonly lags: number[] = [];
  private unpaired = 0;
  private refused = 0;
  private refusedStatus = 0;

  /** @param startMs when the first request is sent. Unit: milliseconds since 1970. */
  constructor(
    private readonly policy: Policy,
    private readonly windowMs: number,
    private readonly startMs: number,
  ) {
    this.recording = new Recording(windowMs);
    this.pairs = new OutputPairs(policy.equivalence);
  }

  take({ id, line, offsetMs, lagMs, source, target, comparison }: ReplayedPair): void {
    this.lags.push(lagMs);
    for (const [side, result] of [
      ['source', source],
      ['target', target],
    ] as const) {
      const { isOk, latencyMs } = result;
      this.recording.add(side, { at: this.startMs + offsetMs, latencyMs, ok: isOk });
      const figures = this.sides[side];
      if (result.answer !== undefined) figures.answered += 1;
      if (!isOk) figures.errors += 1;
      if (latencyMs !== null) figures.latencies.push(latencyMs);
    }
    this.takeOutputs(id, source, target, comparison);
    if (isRefusal(source) && line.answer?.status !== source.answer?.status) {
      this.refused += 1;
      this.refusedStatus = source.answer?.status ?? 0;
    }
  }

  answer(context: ReplayContext): { answer: ReplayAnswer; lines: string[] } {
    const { plan, sent, recording, settings } = context;
    const { guardrails } = this.policy;
    const windows = squeezed(this.recording.toWindows(), this.windowMs);
    const judged = judgeWindows(windows, guardrails, this.windowMs, { segments: [], otherTests: 1 });
    const compared = judgePairs(this.pairs, this.policy, comparisonTests(guardrails) + 1);
    const outputs = isTooManyUnpaired(this.unpaired, sent.sent)
      ? blindPairs(compared, this.unpaired, sent.sent)
      : compared;
    const both = combine([...judged.results, outputs]);
    const blindness = [judged, both].flatMap(({ kind, reason }) => (kind === 'blind' ? [reason] : []));
    const verdict = doubted(both, [...new Set([...this.doubts(context), ...blindness])]);
    const worst = this.pairs.worst();
    const answer = {
      verdict: verdict.kind,
      reasons: plan.arrivals.length === 0 ? [nothingToSend(plan)] : reasonsOf(verdict),
      figures: {
        recording,
        replay: { ...settings, ...countsOf(plan), ...sent, lagP99Ms: p99Of(this.lags) },
        source: figuresOf(this.sides.source),
        target: figuresOf(this.sides.target),
        guardrails: guardrailFigures(verdict),
        unpaired: this.unpaired,
        refused: this.refused,
        worst,
      },
    };
    return { answer, lines: [...resultLines(verdict), ...worstLines(worst)] };
  }

  /** What makes good news doubtful. */
  private doubts({ plan, sent, recording }: ReplayContext): string[] {
    const share = (count: number): boolean => count > sent.sent * ODD_SHARE_MAX;
    const silent = (['source', 'target'] as const).filter((side) => sent.sent > 0 && this.sides[side].answered === 0);
    return [
      ...(recording.clockGoesBack === undefined ? [] : [`recording: the clock goes back: ${recording.clockGoesBack}`]),
      ...silent.map((side) => `${side}: no answer to any of ${sent.sent} requests`),
      ...(sent.crowded > plan.arrivals.length * ODD_SHARE_MAX
        ? [`${sent.crowded} of ${plan.arrivals.length} requests were not sent, because too many were in flight`]
        : []),
      ...(share(this.refused)
        ? [
            `source: refused ${this.refused} of ${sent.sent} requests with ${this.refusedStatus}, and did not when they were recorded: is a header missing?`,
          ]
        : []),
      ...this.lateness(),
    ];
  }

  /** What both sides share hides what only one has: late sending makes a slow target look like its source. */
  private lateness(): string[] {
    const [lag, source] = [histogramOf(this.lags), histogramOf(this.sides.source.latencies)];
    return this.policy.guardrails.latency.flatMap(({ quantile }) => {
      const [lagMs, sourceMs] = [lag, source].map((each) => quantileOf(each, fractionOf(quantile)));
      if (lagMs === undefined || sourceMs === undefined || !(lagMs > sourceMs * LAG_SHARE_MAX)) return [];
      const name = quantile.toUpperCase();
      return [
        `requests were sent ${lagMs.toFixed(1)} ms late at ${name}, where the source takes ${sourceMs.toFixed(1)} ms: send more slowly`,
      ];
    });
  }

  /** Failures hold IDs and times, so only their status is compared; a failure on both sides is no output. */
  private takeOutputs(id: string, source: SideResult, target: SideResult, comparison: PairResult): void {
    const isRefusedByBoth = isRefusal(source) && source.answer?.status === target.answer?.status;
    if (isRefusedByBoth) return;
    if (!source.isOk || comparison.verdict === 'not_compared') this.unpaired += 1;
    else if (comparison.verdict === 'different') this.pairs.addDifferent(id, comparison.difference);
    else this.pairs.addEqual();
  }
}

function nothingToSend({ recorded, redacted, changing, beyond }: Plan): string {
  return `none of ${recorded} recorded requests can be sent: ${redacted} are redacted, ${changing} may change something, ${beyond} come later than --for`;
}

/** Times at which nobody asked anything are no gap in the evidence: the windows follow one another without them. */
function squeezed(windows: readonly EvidenceWindow[], windowMs: number): EvidenceWindow[] {
  const firstMs = windows[0]?.startMs ?? 0;
  return windows.map((window, index) => ({
    ...window,
    startMs: (firstMs + index * windowMs) as EpochMs,
    endMs: (firstMs + (index + 1) * windowMs) as EpochMs,
  }));
}

function isRefusal({ answer }: SideResult): boolean {
  return answer !== undefined && answer.status >= 400 && answer.status < 500;
}

function noFigures(): SideFigures {
  return { answered: 0, errors: 0, latencies: [] };
}

function figuresOf({ answered, errors, latencies }: SideFigures): object {
  const histogram = histogramOf(latencies);
  const [p50Ms, p99Ms] = [quantileOf(histogram, 0.5), quantileOf(histogram, 0.99)].map(finiteOrNull);
  return { answered, errors, p50Ms, p99Ms };
}

function p99Of(latenciesMs: readonly number[]): number | null {
  return finiteOrNull(quantileOf(histogramOf(latenciesMs), 0.99));
}

function countsOf({ arrivals, ...counts }: Plan): object {
  return { ...counts, planned: arrivals.length };
}
