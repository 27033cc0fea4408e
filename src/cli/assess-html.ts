/** An assessment as one page to hand on. */
import type { Assessment, WorkloadAssessment } from '../assess';
import { CONTINGENCY, MONEY_AS_OF, MONEY_SOURCES, totalText } from '../assess';
import { barsOf, dayText, figureText } from './assess-text';
import { escaped } from '../report/html/markup';
import { htmlHeading, htmlList, htmlPage, htmlTable } from './html-page';
import { timelineSvg } from './timeline';

export function assessHtml(assessment: Assessment): string {
  const { name, region, workloads, waves, schedule, deadline, startMs, quotas, kinds } = assessment;
  return htmlPage(`Assessment of ${name}`, [
    `<p>${workloads.length} workload(s) to ${escaped(region)}, ${Math.ceil(schedule.days)} days without gates, extensions and weekends.</p>`,
    ...(deadline === null ? [] : [deadlineHtml(deadline)]),
    htmlHeading('Readiness and strategy'),
    htmlTable(
      ['workload', 'wave', 'readiness', 'blockers and risks', 'strategy', 'instances', 'rejected'],
      workloads.map(overviewRow),
    ),
    htmlHeading('Waves'),
    htmlTable(
      ['wave', 'stage', 'workloads'],
      waves.map(({ number, stage, workloads: names }) => [String(number), stage, names.join(', ')]),
    ),
    ...circlesHtml(assessment),
    htmlHeading('Timeline'),
    timelineSvg(barsOf(assessment), (day) => dayText(startMs, day)),
    htmlHeading('Cost'),
    costHtml(assessment),
    htmlTable(['workload', 'what', 'figure and formula'], workloads.flatMap(costRows)),
    htmlHeading('Data'),
    htmlTable(
      ['workload', 'data', 'method', 'why', 'carried out'],
      workloads.flatMap(({ name: workload, data }) =>
        data.map(({ dataSet, method, reasons, carriedOut }) => [
          workload,
          dataSet,
          method,
          reasons.join('\n'),
          carriedOut,
        ]),
      ),
    ),
    htmlHeading('Quotas'),
    htmlTable(
      ['state', 'quota', 'what to do'],
      quotas.map(({ state, text, answer }) => [state, text, state === 'enough' ? '' : answer]),
    ),
    htmlHeading('What is carried out'),
    htmlTable(
      ['kind', 'part', 'by whom'],
      kinds.flatMap(({ kind, parts }) => parts.map(({ part, carriedOut }) => [kind, part, carriedOut])),
    ),
    `<p><small>List prices of ${MONEY_AS_OF} and older, US East, not held against their pages yet: ${escaped(MONEY_SOURCES.join(', '))}.</small></p>`,
  ]);
}

function deadlineHtml({ isMet, text, remedies }: NonNullable<Assessment['deadline']>): string {
  return `<p class="${isMet ? 'good' : 'bad'}">Deadline ${escaped(text)}</p>${remedies.length === 0 ? '' : `<p>Would meet it:</p>${htmlList(remedies)}`}`;
}

function circlesHtml({ cycles }: Assessment): string[] {
  return cycles.map(
    (cycle) => `<p class="bad">Circle of dependencies, moved together: ${escaped(cycle.join(' → '))}</p>`,
  );
}

function overviewRow({ name, kind, wave, readiness, strategy, instance, notes }: WorkloadAssessment): string[] {
  const found = [
    ...readiness.blockers.map((each) => ({ ...each, concern: `BLOCKED, ${each.concern}` })),
    ...readiness.risks,
  ];
  return [
    `${name}\n${kind}`,
    [String(wave), ...notes].join('\n'),
    readiness.state,
    found.map(({ concern, text, answer }) => `${concern}: ${text}; ${answer}`).join('\n'),
    `${strategy.strategy}, ${strategy.approach}: ${strategy.reason}`,
    instance === null
      ? 'none'
      : `${instance.count} × ${instance.instanceType}, ${instance.market}\n${instance.reasons.join('\n')}`,
    instance === null ? '' : instance.rejected.map((each) => `${each.instanceType}: ${each.reason}`).join('\n'),
  ];
}

function costRows({ name, cost, effort }: WorkloadAssessment): string[][] {
  return [
    [
      name,
      'time',
      `${Math.round(effort.days * 10) / 10} days = ${[effort.formula, ...effort.missing].join('; not in it: ')}`,
    ],
    [name, 'a month, before', figureText(cost.before)],
    ...cost.after.map(({ what, figure }) => [name, `a month, after: ${what}`, figureText(figure)]),
    ...cost.oneOff.map(({ what, figure }) => [name, `one-off: ${what}`, figureText(figure)]),
  ];
}

function costHtml({ cost }: Assessment): string {
  const percent = `+${CONTINGENCY * 100} % contingency`;
  const unknown = [...cost.before.missing, ...cost.after.missing, ...cost.oneOff.missing];
  return [
    htmlTable(
      ['what', 'USD'],
      [
        ['a month, before', totalText(cost.before)],
        ['a month, after', totalText(cost.after)],
        [`a month, after, ${percent}`, figureText(cost.afterContingency)],
        ['one-off', totalText(cost.oneOff)],
        [`one-off, ${percent}`, figureText(cost.oneOffContingency)],
      ],
    ),
    ...(unknown.length === 0 ? [] : ['<p class="bad">Not in these sums:</p>', htmlList(unknown)]),
  ].join('\n');
}
