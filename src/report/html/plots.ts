/** Which plots there are, and what each shows. */
import { formatDuration } from '../../domain/quantity';
import { QUANTILES } from '../report';
import type { Bucket, Quantile, Report, StepFacts } from '../report';
import { costText, countText, minuteText, msText, percentText, ratioText } from '../words';
import { number, table, words } from './markup';
import type { Cell } from './markup';
import type { Point } from './paths';
import { plot } from './plot';
import type { Line, Scene } from './plot';

const SIDES = ['source', 'target'] as const;

export function sceneOf({ series, fromMs, toMs, phases, weights, missing }: Report): Scene {
  const [first, last] = [series.buckets[0], series.buckets.at(-1)];
  return {
    time: { from: Math.min(fromMs, first?.fromMs ?? fromMs), to: Math.max(toMs, last?.toMs ?? toMs, fromMs + 1) },
    phases,
    marks: weights.map(({ atMs, targetPercent }) => ({ atMs, isBack: targetPercent === 0 })),
    holes: missing,
  };
}

export function weightPlot(report: Report, scene: Scene): string {
  const observed = pointsOf(report, ({ observed: share }) =>
    share === null ? undefined : { value: share.mean, low: share.min, high: share.max },
  );
  const changes = report.weights.map(({ atMs, targetPercent }) => ({ atMs, value: targetPercent }));
  const lines: Line[] = [
    { kind: 'wanted', name: 'wanted', points: [], changes: [{ atMs: scene.time.from, value: 0 }, ...changes] },
    { kind: 'target', name: 'observed', points: observed },
  ];
  return plot(
    {
      id: 'weights',
      title: 'Traffic on the target',
      note: `Share of the users' requests: wanted, as read back from the router, and observed${bandNote(report)}. Bars below the phases: a gate waited. Dotted lines, here and below: a weight was changed; red: back to the source.`,
      lines,
      top: 100,
      text: (percent) => `${Number(percent.toFixed(1))} %`,
      figures: table(
        'Weights as they were read back',
        ['at (UTC)', '#target'],
        report.weights.map(({ atMs, targetPercent }) => [words(minuteText(atMs)), number(`${targetPercent} %`)]),
      ),
    },
    scene,
  );
}

export function latencyPlots(report: Report, scene: Scene): string {
  return [...QUANTILES]
    .reverse()
    .map((quantile) => latencyPlot(report, scene, quantile))
    .join('\n');
}

function latencyPlot(report: Report, scene: Scene, quantile: Quantile): string {
  const name = quantile.toUpperCase();
  return plot(
    {
      id: quantile,
      title: `${name} latency`,
      note: `${name} of each window${bandNote(report)}.`,
      lines: SIDES.map((side) => ({
        kind: side,
        name: side,
        points: pointsOf(report, (bucket) => {
          const spread = bucket[side].latencyMs[quantile];
          return spread === undefined ? undefined : { value: spread.mean, low: spread.min, high: spread.max };
        }),
      })),
      text: msText,
      figures: stepTable(`${name} by step`, report, ['#source', '#target', '#ratio'], (step) => {
        const [source, target] = [step.source.latencyMs[quantile], step.target.latencyMs[quantile]];
        return [number(msText(source)), number(msText(target)), number(ratioText(source, target))];
      }),
    },
    scene,
  );
}

export function errorPlot(report: Report, scene: Scene): string {
  const { errorRateMax } = report.series.limits;
  return plot(
    {
      id: 'errors',
      title: 'Error rate',
      note: `Errors over requests of each ${spanText(report)}; bands are 95 % confidence intervals (Wilson).`,
      lines: SIDES.map((side) => ({
        kind: side,
        name: side,
        points: pointsOf(report, (bucket) => {
          const { rate, low, high } = bucket[side];
          return rate === null || low === null || high === null ? undefined : { value: rate, low, high };
        }),
      })),
      ...(errorRateMax === undefined ? {} : { limit: { value: errorRateMax, name: 'SLA' } }),
      text: percentText,
      figures: stepTable('Errors by step, with 95 % confidence intervals', report, ['source', 'target'], (step) =>
        SIDES.map((side) => words(errorText(step[side]))),
      ),
    },
    scene,
  );
}

export function errorText({ rate, low, high, errorCount, requestCount }: StepFacts['source']): string {
  if (rate === null) return '–';
  return `${percentText(rate)} (${percentText(low)} to ${percentText(high)}), ${countText(errorCount)} of ${countText(requestCount)}`;
}

export function costPlot(report: Report, scene: Scene): string {
  return plot(
    {
      id: 'cost',
      title: 'Cost of a request',
      note: `Each side as if it had all of the traffic, in the unit of the spec's prices, as the verdicts say${report.series.limits.costRatioMax === undefined ? '' : `; ${report.series.limits.costRatioMax} × the source's is allowed`}. Mean of the verdicts of each ${spanText(report)}.`,
      lines: SIDES.map((side) => ({
        kind: side,
        name: side,
        points: pointsOf(report, ({ cost }) => (cost === null ? undefined : { value: cost[side] })),
      })),
      text: costText,
      figures: stepTable('Cost of a request by step', report, ['#source', '#target', '#ratio'], ({ cost }) => [
        number(costText(cost?.source)),
        number(costText(cost?.target)),
        number(ratioText(cost?.source, cost?.target)),
      ]),
    },
    scene,
  );
}

export function pairPlot(report: Report, scene: Scene): string {
  return plot(
    {
      id: 'mismatches',
      title: 'Answers that differ',
      note: `Pairs of answers to one request that are not equivalent, as a share of those compared in each ${spanText(report)}.`,
      lines: [
        {
          kind: 'target',
          name: 'mismatched',
          points: pointsOf(report, ({ pairs }) =>
            pairs === null || pairs.compared === 0 ? undefined : { value: pairs.mismatched / pairs.compared },
          ),
        },
      ],
      text: percentText,
      figures: stepTable('Compared pairs by step', report, ['#compared', '#mismatched', '#share'], ({ pairs }) => [
        number(pairs === null ? '–' : countText(pairs.compared)),
        number(pairs === null ? '–' : countText(pairs.mismatched)),
        number(pairs === null || pairs.compared === 0 ? '–' : percentText(pairs.mismatched / pairs.compared)),
      ]),
    },
    scene,
  );
}

function pointsOf(
  { series }: Report,
  pick: (bucket: Bucket) => Pick<Point, 'value' | 'low' | 'high'> | undefined,
): Point[] {
  // A value beside half-known evidence is no neighbour of the one after: the index says so.
  return series.buckets.flatMap((bucket) => {
    const value = pick(bucket);
    return value === undefined ? [] : [{ index: bucket.index, fromMs: bucket.fromMs, toMs: bucket.toMs, ...value }];
  });
}

const spanText = ({ series }: Report): string => `stretch of ${formatDuration(series.bucketMs)}`;

/** Says what was put together; nothing where each window is drawn by itself. */
function bandNote(report: Report): string {
  const { windowCount, buckets } = report.series;
  if (buckets.length >= windowCount) return '';
  return `; ${countText(windowCount)} windows as ${countText(buckets.length)} points: mean of each ${formatDuration(report.series.bucketMs)}, band from smallest to largest`;
}

function stepTable(
  caption: string,
  { steps }: Report,
  columns: readonly string[],
  cells: (step: StepFacts) => readonly Cell[],
): string {
  return table(
    caption,
    ['step', 'from (UTC)', '#windows', ...columns],
    steps.map((step) => [
      words(step.label),
      words(minuteText(step.fromMs)),
      number(countText(step.windowCount)),
      ...cells(step),
    ]),
  );
}
