import { formatBytes } from '../domain/data-quantity';
import { formatDuration } from '../domain/quantity';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Actor } from '../domain/record';
import type { Report, StepFacts } from './report';
import { summaryOf } from './summary';
import { costText, countText, msText, percentText, timeText } from './words';

/** For a wiki or a pull request: the tables without the plots. */
export function markdownReport(report: Report): string {
  const { workload, run, outcome, fromMs, toMs, recordCount, policyHash } = report;
  return `${[
    `# ${plain(workload)}: ${outcome.kind.replace('_', ' ')}`,
    plain(outcome.text),
    `Run \`${run.replaceAll('`', '')}\`, ${timeText(fromMs)} to ${timeText(toMs)} (${formatDuration(toMs - fromMs)}), ${countText(recordCount)} records, policy \`${policyHash.slice(0, 12)}\`.`,
    ...troublePart(report),
    chapter(
      'Summary',
      ['what', 'value', 'detail'],
      summaryOf(report).map(({ name, value, detail }) => [name, value, detail ?? '']),
    ),
    chapter(
      'Phases',
      ['phase', 'from', 'to', 'took', 'ended'],
      report.phases.map(({ name, startMs, endMs, ending }) => [
        name,
        timeText(startMs),
        endMs === null ? '–' : timeText(endMs),
        formatDuration((endMs ?? toMs) - startMs),
        ending.replace('_', ' '),
      ]),
    ),
    chapter('Steps', STEP_COLUMNS, report.steps.map(stepRow)),
    ...provenParts(report),
    chapter(
      'Decisions',
      ['record', 'at', 'phase', 'what', 'by'],
      report.decisions.map(({ seq, atMs, phase, text, actor }) => [
        String(seq),
        timeText(atMs),
        phase,
        text,
        whom(actor),
      ]),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

function provenParts({ gates, data, controls }: Report): string[] {
  return [
    chapter(
      'Gates',
      ['gate', 'question', 'opened', 'answer', 'by'],
      gates.map(({ name, question, openedMs, answer, actor }) => [
        name,
        question,
        timeText(openedMs),
        answer?.replaceAll('_', ' ') ?? 'open',
        actor === null ? '–' : whom(actor),
      ]),
    ),
    chapter(
      'Data proof',
      ['data set', 'verified', 'objects', 'size', 'root'],
      data.map(({ dataSet, atMs, objectCount, byteCount, root, seq }) => [
        dataSet,
        `${timeText(atMs)}, record ${seq}`,
        countText(objectCount),
        formatBytes(byteCount),
        root ?? '–',
      ]),
    ),
    chapter(
      'Controls',
      ['area', 'requirement', 'state', 'finding', 'records'],
      (controls ?? []).map(({ area, requirement, state, finding, evidence }) => [
        area,
        requirement,
        state.replace('_', ' '),
        finding,
        evidence.join(', '),
      ]),
    ),
  ];
}

function troublePart({ trouble, lost }: Report): string[] {
  const lines = [...trouble, ...lost.map(({ seq, cause }) => `record ${seq}: evidence was lost: ${cause}`)];
  return lines.length === 0
    ? []
    : [`**This ledger is not whole:**`, lines.map((line) => `- ${plain(line)}`).join('\n')];
}

const STEP_COLUMNS = [
  'step',
  'from',
  'windows',
  'errors source',
  'errors target',
  'P50',
  'P95',
  'P99',
  'cost',
  'differ',
  'verdict',
];

function stepRow({ label, fromMs, windowCount, source, target, cost, pairs, verdict }: StepFacts): string[] {
  const latency = (quantile: 'p50' | 'p95' | 'p99'): string =>
    `${msText(source.latencyMs[quantile])} → ${msText(target.latencyMs[quantile])}`;
  return [
    label,
    timeText(fromMs),
    countText(windowCount),
    ...[source, target].map(({ rate, low, high }) =>
      rate === null ? '–' : `${percentText(rate)} (${percentText(low)} to ${percentText(high)})`,
    ),
    latency('p50'),
    latency('p95'),
    latency('p99'),
    cost === null ? '–' : `${costText(cost.source)} → ${costText(cost.target)}`,
    pairs === null ? '–' : `${countText(pairs.mismatched)} of ${countText(pairs.compared)}`,
    verdict === null ? '–' : `${verdict.kind}: ${verdict.reason}`,
  ];
}

function whom({ requestedBy, reason }: Actor): string {
  return requestedBy === DECIDED_BY_POLICY ? 'policy' : `${requestedBy}: ${reason}`;
}

/** Empty without rows. */
function chapter(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [`## ${title}`, '', line(columns), `|${columns.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** Foreign text must neither end a cell nor become a link, an image or HTML. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>|#!~&]/g, (sign) => `\\${sign}`);
}
