/** What a rollback means at each point of a plan, and what the migration costs. */
import type { PlanCost } from '../assess';
import { totalText } from '../assess';
import type { PlanPoint } from '../domain/plan-points';
import { formatDuration } from '../domain/quantity';
import { figureText } from './assess-text';
import type { TimelineBar } from './timeline';

export function rollbackLines(points: readonly PlanPoint[]): string[] {
  // Steps that follow each other and mean the same are one line.
  const distinct = points.filter(({ rollback, phase }, index) => {
    const before = points[index - 1];
    return before === undefined || before.phase !== phase || withoutNames(before.rollback) !== withoutNames(rollback);
  });
  return [
    'what a rollback means',
    ...distinct.map(
      ({ phase, what, rollback, startMs, isPointOfNoReturn }) =>
        `    ${`+${formatDuration(startMs)}`.padEnd(9)} ${phase.padEnd(13)} ${isPointOfNoReturn ? 'POINT OF NO RETURN: ' : ''}from "${what}" on: ${rollback}`,
    ),
  ];
}

const withoutNames = (text: string): string => text.replace(/ \(.*\)$/, '');

export function planCostLines({ monthly, oneOff, oneOffTotal, contingency, contingencyShare }: PlanCost): string[] {
  return [
    'cost             list prices of US East: for comparing, not for a budget',
    ...monthly.map(({ what, figure }) => `    a month          ${what}: ${figureText(figure)}`),
    ...oneOff.map(({ what, figure }) => `    one-off          ${what}: ${figureText(figure)}`),
    `    one-off in all   ${totalText(oneOffTotal)}`,
    `    contingency      +${contingencyShare * 100} %: ${figureText(contingency)}`,
  ];
}

/** Steps that take time; what is done between two of them has no length that a plan knows. */
export function planBars(points: readonly PlanPoint[]): TimelineBar[] {
  return points
    .filter(({ startMs, endMs }) => endMs > startMs)
    .map(({ phase, what, startMs, endMs, gate }) => ({
      label: `${phase}: ${what}`,
      start: startMs,
      end: endMs,
      detail: `${formatDuration(endMs - startMs)}${gate === undefined ? '' : `, after gate ${gate}`}`,
    }));
}
