/** A plan as one page to hand on. */
import type { PlanCost } from '../assess';
import { totalText } from '../assess';
import type { Policy } from '../domain/iam-policy';
import type { Plan } from '../domain/plan';
import type { PlanPoint } from '../domain/plan-points';
import { formatDuration } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';
import { figureText } from './assess-text';
import { escaped } from '../report/html/markup';
import { htmlHeading, htmlList, htmlPage, htmlTable } from './html-page';
import { planBars } from './plan-points-text';
import { timelineSvg } from './timeline';

export interface PlanPage {
  readonly spec: MigrationSpec;
  readonly plan: Plan;
  readonly points: readonly PlanPoint[];
  readonly cost: PlanCost;
  readonly policy: Policy;
  /** The plan as the terminal shows it. */
  readonly lines: readonly string[];
}

export function planHtml({ spec, plan, points, cost, policy, lines }: PlanPage): string {
  return htmlPage(`Plan for ${plan.workload}`, [
    `<p>To ${escaped(spec.region)}, at least ${formatDuration(plan.shortestMs)}, without gates, extensions and set-up.</p>`,
    htmlHeading('Timeline'),
    timelineSvg(planBars(points), (atMs) => `+${formatDuration(atMs)}`),
    htmlHeading('Steps, and what a rollback means there'),
    htmlTable(
      ['from', 'phase', 'step', 'gate before it', 'AWS calls', 'calls that undo it', 'rollback'],
      points.map(pointRow),
    ),
    htmlHeading('What is created'),
    htmlList(plan.creates.length === 0 ? ['nothing'] : plan.creates),
    htmlHeading('Gates'),
    htmlList(plan.gates.length === 0 ? ['none'] : plan.gates),
    htmlHeading('Cost'),
    htmlTable(
      ['what', 'figure and formula'],
      [
        ...cost.monthly.map(({ what, figure }) => [`a month: ${what}`, figureText(figure)]),
        ...cost.oneOff.map(({ what, figure }) => [`one-off: ${what}`, figureText(figure)]),
        ['one-off in all', [totalText(cost.oneOffTotal), ...cost.oneOffTotal.missing].join('\nnot in it: ')],
        [`+${cost.contingencyShare * 100} % contingency`, figureText(cost.contingency)],
      ],
    ),
    htmlHeading('IAM'),
    htmlTable(
      ['statement', 'actions', 'resources'],
      policy.Statement.map(({ Sid, Action, Resource }) => [
        Sid,
        [Action].flat().join('\n'),
        [Resource].flat().join('\n'),
      ]),
    ),
    htmlHeading('The whole plan'),
    `<pre style="overflow-x:auto">${escaped(lines.join('\n'))}</pre>`,
  ]);
}

function pointRow({ startMs, phase, what, gate, calls, undo, rollback, isPointOfNoReturn }: PlanPoint): string[] {
  return [
    `+${formatDuration(startMs)}`,
    phase,
    what,
    gate ?? '',
    calls.join('\n'),
    undo.join('\n'),
    isPointOfNoReturn ? `POINT OF NO RETURN\n${rollback}` : rollback,
  ];
}
