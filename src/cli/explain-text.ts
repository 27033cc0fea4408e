import type { ReplayedStep } from '../analysis/replay';
import type { LedgerRecord } from '../domain/record';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Baseline, EvidenceWindow } from '../domain/evidence';
import { formatWeights } from '../domain/weights';
import { baselineLines } from './baseline-text';

/** Every decision with who took it, why, and on which numbers. */
export function explainLines(records: readonly LedgerRecord[], otherRuns: readonly string[]): string[] {
  const [first] = records;
  if (first === undefined) return [];
  return [
    `${first.workload}, run ${first.run}: ${records.length} records, policy ${first.policyHash.slice(0, 12)}`,
    ...(otherRuns.length === 0 ? [] : [`earlier runs (--run): ${otherRuns.join(', ')}`]),
    '',
    ...records.flatMap(recordLines),
  ];
}

function recordLines(record: LedgerRecord): string[] {
  const { seq, kind, at, phase, text, actor, weights, verdict, windows, values } = record;
  const decidedBy = actor.requestedBy === DECIDED_BY_POLICY ? '' : ` [${actor.requestedBy}: ${actor.reason}]`;
  const share = weights === undefined ? '' : ` (${formatWeights(weights)})`;
  const lines = [`${String(seq).padStart(5)}  ${new Date(at).toISOString()}  ${phase}: ${text}${share}${decidedBy}`];
  if (verdict) {
    lines.push(
      indent(
        `verdict ${verdict.kind}: ${verdict.reason} (${verdict.evaluatedCount} of ${verdict.guardrailCount} guardrails)`,
      ),
    );
    lines.push(
      ...verdict.results.map((result) => indent(`  ${result.kind.padEnd(12)} ${result.guardrail}: ${result.reason}`)),
    );
  }
  if (windows) lines.push(indent(evidenceText(windows)));
  const baseline = values?.['baseline'];
  if (kind === 'baseline' && baseline !== undefined) lines.push(...baselineLines(baseline as Baseline).map(indent));
  return lines;
}

function evidenceText(windows: readonly EvidenceWindow[]): string {
  const sum = (count: (window: EvidenceWindow) => number): number =>
    windows.reduce((total, window) => total + count(window), 0);
  const requests = `${sum((window) => window.source.requestCount)} requests on the source, ${sum((window) => window.target.requestCount)} on the target`;
  const errors = `${sum((window) => window.source.errorCount)} and ${sum((window) => window.target.errorCount)} errors`;
  return `evidence: ${windows.length} windows, ${requests}, ${errors}`;
}

/** What another policy would have said, beside what was said. */
export function replayLines(workload: string, steps: readonly ReplayedStep[]): string[] {
  if (steps.length === 0) return [`${workload}: there is no evidence in the ledger to judge again`];
  const time = (ms: number): string => new Date(ms).toISOString();
  return [
    `${workload}: ${steps.length} stretches of evidence, judged again; target health is not in the ledger and not judged`,
    ...steps.flatMap(({ phase, weights, fromMs, toMs, windowCount, recorded, verdict, failedAtMs }) => [
      '',
      `${phase}${weights === undefined ? '' : ` ${formatWeights(weights)}`}, ${time(fromMs)} to ${time(toMs)}, ${windowCount} windows`,
      indent(`then  ${recorded === undefined ? 'nothing' : `${recorded.kind}: ${recorded.reason}`}`),
      indent(`now   ${verdict.kind}${failedAtMs === undefined ? '' : ` at ${time(failedAtMs)}`}: ${verdict.reason}`),
    ]),
  ];
}

function indent(text: string): string {
  return `${' '.repeat(7)}${text}`;
}
