/** The chapters of the page that are no plots. */
import { formatBytes } from '../../domain/data-quantity';
import { formatDuration } from '../../domain/quantity';
import type { Actor } from '../../domain/record';
import { DECIDED_BY_POLICY } from '../../domain/record';
import { placeIn } from './scale';
import type { Control, Decision, Report } from '../report';
import { summaryOf } from '../summary';
import { countText, minuteText, msText, percentText, ratioText, timeText } from '../words';
import { escaped, folded, mark, number, pill, section, table, words } from './markup';
import type { Cell } from './markup';
import { errorText } from './plots';
import type { Scene } from './plot';

export function alarm({ trouble, missing, lost }: Report): string {
  if (trouble.length + lost.length === 0) return '';
  const lines = [
    ...trouble,
    ...lost.map(
      ({ seq, fromMs, toMs, cause }) =>
        `record ${seq}: the evidence from ${timeText(fromMs)} to ${timeText(toMs)} was lost: ${cause}`,
    ),
  ];
  const drawn = missing.length === 0 ? '' : ' Red columns in the plots: records are missing there.';
  return `<section class="alarm" id="trouble" aria-labelledby="trouble-title"><h2 id="trouble-title">This ledger is not whole</h2><p>${escaped(`What is below was made from the records that are there.${drawn}`)}</p><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul></section>`;
}

export function summary(report: Report): string {
  const tiles = summaryOf(report).map(({ name, value, side, detail }) => {
    const dot = side === undefined ? '' : `<i class="${side}"></i>`;
    return `<div class="tile"><dt>${escaped(name)}</dt><dd>${dot}${escaped(value)}</dd>${detail === undefined ? '' : `<dd class="small">${escaped(detail)}</dd>`}</div>`;
  });
  return section('summary', 'Summary', `<dl class="tiles" style="margin:0">${tiles.join('')}</dl>`);
}

/** A narrower span has no room for a word. Unit: percent of the strip. */
const LABEL_SHARE_MIN = 8;

/** The phases as a strip above the first plot, on its scale; below it the time in which a gate was open. */
export function phaseStrip({ phases, gates }: Report, { time }: Scene): string {
  const share = (atMs: number): number => Math.round(placeIn(time, atMs) * 10_000) / 100;
  const place = (fromMs: number, toMs: number): string =>
    `left:${share(fromMs)}%;width:${Math.max(0, share(toMs) - share(fromMs)).toFixed(2)}%`;
  const spans = phases.map(({ name, startMs, endMs, ending }) => {
    const end = endMs ?? time.to;
    const label = share(end) - share(startMs) < LABEL_SHARE_MIN ? '' : escaped(name);
    return `<span class="${escaped(`${name} ${ending}`)}" style="${place(startMs, end)}" title="${escaped(`${name}: ${formatDuration(end - startMs)}, ${ending.replace('_', ' ')}`)}">${label}</span>`;
  });
  const waits = gates.map(
    ({ name, openedMs, answeredMs }) =>
      `<i style="${place(openedMs, answeredMs ?? time.to)}" title="${escaped(`gate ${name}`)}"></i>`,
  );
  return `<div class="strip" aria-hidden="true">${spans.join('')}</div><div class="waits" aria-hidden="true">${waits.join('')}</div>`;
}

export function phaseTable({ phases }: Report, endMs: number): string {
  const rows = phases.map((phase): Cell[] => [
    words(phase.name),
    words(minuteText(phase.startMs)),
    words(phase.endMs === null ? '–' : minuteText(phase.endMs)),
    number(formatDuration((phase.endMs ?? endMs) - phase.startMs)),
    mark(phase.ending),
  ]);
  return folded('Phases: the figures', table('Phases (UTC)', ['phase', 'from', 'to', '#took', 'ended'], rows));
}

export function steps(report: Report): string {
  const rows = report.steps.map(({ label, firstSeq, lastSeq, fromMs, toMs, source, target, verdict }): Cell[] => [
    {
      html: `${escaped(label)}<span class="why">${escaped(`${minuteText(fromMs)}, ${formatDuration(toMs - fromMs)}; records ${firstSeq} to ${lastSeq}`)}</span>`,
    },
    number(countText(target.requestCount)),
    words(errorText(source)),
    words(errorText(target)),
    number(`${msText(source.latencyMs.p99)} → ${msText(target.latencyMs.p99)}`),
    number(ratioText(source.latencyMs.p99, target.latencyMs.p99)),
    {
      html:
        verdict === null
          ? '–'
          : `${pill(verdict.kind)}<span class="why">${escaped(`${verdict.reason} (${verdict.evaluatedCount} of ${verdict.guardrailCount} guardrails)`)}</span>`,
    },
  ]);
  const columns = ['step', '#target requests', 'errors, source', 'errors, target', '#P99', '#ratio', 'last verdict'];
  const caption =
    'Error rates with 95 % confidence intervals; P99 of all requests where every latency is known, else the median of the windows’ P99';
  return section(
    'steps',
    'Steps and verdicts',
    rows.length === 0 ? '<p class="none">No evidence is in the ledger.</p>' : table(caption, columns, rows),
  );
}

export function gates({ gates: all }: Report): string {
  if (all.length === 0) return section('gates', 'Gates and approvals', '<p class="none">No gate was opened.</p>');
  const rows = all.map((gate): Cell[] => [
    { html: `<b>${escaped(gate.name)}</b><span class="why">${escaped(gate.question)}</span>` },
    { html: `${stamp(gate.openedMs)} ${seq(gate.openedSeq)}` },
    gate.answeredMs === null || gate.answeredSeq === null
      ? words('–')
      : { html: `${stamp(gate.answeredMs)} ${seq(gate.answeredSeq)}` },
    number(gate.answeredMs === null ? '–' : formatDuration(gate.answeredMs - gate.openedMs)),
    gate.answer === null ? mark('waiting', 'open') : mark(gate.answer),
    { html: gate.actor === null ? '–' : byWhom(gate.actor) },
  ]);
  return section(
    'gates',
    'Gates and approvals',
    table('Who was asked, who answered, and why', ['gate', 'opened', 'answered', '#waited', 'answer', 'by'], rows),
  );
}

function byWhom({ requestedBy, reason }: Actor): string {
  return requestedBy === DECIDED_BY_POLICY
    ? `<span class="why">${escaped('by policy')}</span>`
    : `<b>${escaped(requestedBy)}</b><span class="why">${escaped(reason)}</span>`;
}

const stamp = (atMs: number): string => `<time datetime="${new Date(atMs).toISOString()}">${timeText(atMs)}</time>`;
const seq = (number_: number): string => `<span class="why">record ${number_}</span>`;

/** More would be a file that nobody scrolls through; JSON has them all. */
const DECISIONS_MAX = 1_000;

export function decisions({ decisions: all, routine }: Report): string {
  const counted = Object.entries(routine).map(([kind, count]) => `${countText(count)} ${kind.replaceAll('_', ' ')}`);
  const left = all.length - DECISIONS_MAX;
  const note = [
    ...(counted.length === 0 ? [] : [`not listed: ${counted.join(', ')} records`]),
    ...(left > 0 ? [`the ${countText(left)} oldest are in the JSON form only`] : []),
  ].join('; ');
  const caption = `What was decided, by whom and why${note === '' ? '' : ` (${note})`}`;
  return section(
    'decisions',
    'Decisions',
    table(caption, ['#record', 'at', 'phase', 'what', 'by'], all.slice(-DECISIONS_MAX).map(decisionRow)),
  );
}

function decisionRow({ seq: recordSeq, atMs, phase, kind, text, actor, verdict, targetPercent }: Decision): Cell[] {
  const why = verdict === undefined ? '' : `<span class="why">${pill(verdict.kind)} ${escaped(verdict.reason)}</span>`;
  const weight = targetPercent === undefined ? '' : ` <span class="pill">${targetPercent} % on the target</span>`;
  return [
    number(String(recordSeq)),
    { html: stamp(atMs) },
    words(phase.replaceAll('_', ' ')),
    { html: `<span>${pill(kind)}${weight}<span class="why">${escaped(text)}</span>${why}</span>` },
    { html: byWhom(actor) },
  ];
}

export function data({ data: all }: Report): string {
  if (all.length === 0) return '';
  const rows = all.map((each): Cell[] => [
    words(each.dataSet),
    { html: `${stamp(each.atMs)} ${seq(each.seq)}` },
    number(countText(each.objectCount)),
    number(formatBytes(each.byteCount)),
    { html: each.root === null ? '–' : `<code>${escaped(each.root)}</code>` },
  ]);
  return section(
    'data',
    'Data proof',
    table(
      'Compared object by object on both sides; the root is a SHA-256 over the sorted manifest',
      ['data set', 'verified', '#objects', '#size', 'root'],
      rows,
    ),
  );
}

export function baseline({ baseline: found }: Report): string {
  if (found === null) return '';
  const rows = [
    [
      'measured',
      `${minuteText(found.fromMs)} to ${minuteText(found.toMs)}, ${countText(found.windowsWithData)} of ${countText(found.windowsExpected)} windows with data`,
    ],
    [
      'requests',
      `${countText(found.requestCount)}, ${found.requestsPerSecondAverage.toFixed(1)} a second, peak ${found.requestsPerSecondPeak.toFixed(1)}`,
    ],
    ['error rate', percentText(found.errorRate)],
    [
      'latency',
      [found.latencyP50Ms, found.latencyP95Ms, found.latencyP99Ms]
        .map((value, index) => `${['P50', 'P95', 'P99'][index]} ${msText(value ?? undefined)}`)
        .join(', '),
    ],
    [
      'gaps',
      found.gaps.length === 0
        ? 'none'
        : `${found.gaps.length}, the longest ${formatDuration((found.gaps[0]?.toMs ?? 0) - (found.gaps[0]?.fromMs ?? 0))}`,
    ],
  ] as const;
  return section(
    'baseline',
    'Baseline',
    table(
      'The source before anything was changed (UTC)',
      ['what', 'measured'],
      rows.map(([name, text]) => [words(name), words(text)]),
    ),
  );
}

export function controls(all: readonly Control[] | undefined): string {
  if (all === undefined) return '';
  const rows = all.map(({ area, requirement, state, finding, evidence }): Cell[] => [
    words(area),
    words(requirement),
    mark(state),
    { html: `<span class="any">${escaped(finding)}</span>` },
    words(evidence.length === 0 ? '–' : evidence.join(', ')),
  ]);
  return section(
    'controls',
    'Controls',
    table(
      'Encryption, access, approvals, retention and integrity, each with the numbers of the records that show it; “not shown” is no proof of either',
      ['area', 'requirement', 'state', 'finding', 'records'],
      rows,
    ),
  );
}
