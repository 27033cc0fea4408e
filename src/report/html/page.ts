/** One HTML file: no font, image, style or script from anywhere else. */
import { createHash } from 'node:crypto';
import { formatDuration } from '../../domain/quantity';
import type { Report } from '../report';
import { countText, timeText } from '../words';
import { alarm, baseline, controls, data, decisions, gates, phaseStrip, phaseTable, steps, summary } from './chapters';
import { escaped, pill, section } from './markup';
import { costPlot, errorPlot, latencyPlots, pairPlot, sceneOf, weightPlot } from './plots';
import { POINTER } from './pointer';
import { STYLE } from './style';

/** Even words that slipped through unescaped could neither run nor load anything. */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${createHash('sha256').update(POINTER).digest('base64')}'; base-uri 'none'; form-action 'none'`;

export function htmlReport(report: Report): string {
  const scene = sceneOf(report);
  const { workload, series } = report;
  const parts: readonly (readonly [id: string, name: string, html: string])[] = [
    ['summary', 'Summary', summary(report)],
    [
      'traffic',
      'Traffic',
      section(
        'traffic',
        'Phases and traffic',
        phaseStrip(report, scene),
        weightPlot(report, scene),
        phaseTable(report, scene.time.to),
      ),
    ],
    ['latency', 'Latency', section('latency', 'Latency', latencyPlots(report, scene))],
    ['error-rates', 'Errors', section('error-rates', 'Errors', errorPlot(report, scene))],
    [
      'shadow',
      'Shadow',
      report.shadow === null ? '' : section('shadow', 'Shadow traffic', shadowText(report), pairPlot(report, scene)),
    ],
    [
      'costs',
      'Cost',
      series.buckets.some(({ cost }) => cost !== null) ? section('costs', 'Cost', costPlot(report, scene)) : '',
    ],
    ['steps', 'Steps', steps(report)],
    ['gates', 'Gates', gates(report)],
    ['data', 'Data', data(report)],
    ['baseline', 'Baseline', baseline(report)],
    ['controls', 'Controls', controls(report.controls)],
    ['decisions', 'Decisions', decisions(report)],
  ];
  const shown = parts.filter(([, , html]) => html !== '');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${escaped(POLICY)}"><meta name="robots" content="noindex">
<title>${escaped(`${workload}: ${report.controls === undefined ? 'migration report' : 'compliance report'}`)}</title><style>${STYLE}</style></head>
<body>
${header(report)}
<nav aria-label="Chapters"><ul>${shown.map(([id, name]) => `<li><a href="#${id}">${name}</a></li>`).join('')}</ul></nav>
<main>
${alarm(report)}
${shown.map(([, , html]) => html).join('\n')}
</main>
${footer(report)}
<script>${POINTER}</script>
</body></html>
`;
}

function header({
  workload,
  run,
  outcome,
  fromMs,
  toMs,
  recordCount,
  policyHash,
  trouble,
  controls: found,
}: Report): string {
  const facts = [
    ['from', timeText(fromMs)],
    ['to', timeText(toMs)],
    ['took', formatDuration(toMs - fromMs)],
    ['records', countText(recordCount)],
    ['chain', trouble.length === 0 ? 'whole' : 'not whole'],
    ['policy', policyHash.slice(0, 12)],
    ['run', run],
  ] as const;
  return `<header><p class="brand"><i></i>Crossfade ${found === undefined ? 'migration report' : 'compliance report'}</p>
<h1>${escaped(workload)} ${pill(outcome.kind)}</h1><p class="lead">${escaped(outcome.text)}</p>
<ul class="facts">${facts.map(([name, text]) => `<li>${name} <b>${escaped(text)}</b></li>`).join('')}</ul></header>`;
}

function shadowText({ shadow }: Report): string {
  if (shadow === null) return '';
  const { received, mirrored, dropped, timedOut, skipped, unaccounted } = shadow;
  const counts = `${countText(received)} requests received: ${countText(mirrored)} mirrored, ${countText(skipped)} not chosen, ${countText(dropped)} dropped, ${countText(timedOut)} timed out, ${countText(unaccounted)} unaccounted for.`;
  return `<p>${escaped(counts)}</p>`;
}

function footer({ workload, run, recordCount }: Report): string {
  return `<footer><p>Made from the ${countText(recordCount)} records of run ${escaped(run)} alone. Check that none was changed: <code>crossfade verify-ledger ${escaped(workload)} --run ${escaped(run)}</code>. All times are UTC.</p></footer>`;
}
