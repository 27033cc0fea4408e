/** An assessment in the terminal. */
import type { Assessment, WorkloadAssessment } from '../assess';
import { CONTINGENCY, DAY_MS, dateOf, MONEY_AS_OF, totalText } from '../assess';
import type { Figure } from '../domain/data-figures';
import type { TimelineBar } from './timeline';
import { timelineLines } from './timeline';

export function assessLines(assessment: Assessment): string[] {
  const { name, region, workloads, kinds } = assessment;
  const count = (state: string): number => workloads.filter(({ readiness }) => readiness.state === state).length;
  return [
    `assessment of ${name}: ${workloads.length} workload(s) to ${region}; ${count('ready')} ready, ${count('ready, with risks')} with risks, ${count('blocked')} blocked`,
    '',
    ...waveLines(assessment),
    ...workloads.flatMap(workloadLines),
    'timeline',
    ...timelineLines(barsOf(assessment)),
    ...deadlineLines(assessment),
    '',
    'quotas',
    ...assessment.quotas.map(
      ({ state, text, answer }) => `    ${state.padEnd(8)} ${text}${state === 'enough' ? '' : `; ${answer}`}`,
    ),
    '',
    ...costLines(assessment),
    '',
    'what is carried out',
    ...kinds.flatMap(({ kind, parts }) =>
      parts.map(({ part, carriedOut }) => `    ${kind.padEnd(10)} ${carriedOut.padEnd(30)} ${part}`),
    ),
  ];
}

function waveLines({ waves, cycles }: Assessment): string[] {
  return [
    'waves',
    ...waves.map(({ number, stage, workloads }) => `    ${String(number).padEnd(3)} ${stage}: ${workloads.join(', ')}`),
    ...cycles.map((cycle) => `    circle of dependencies, moved together: ${cycle.join(' → ')}`),
    '',
  ];
}

const detail = (label: string, text: string): string => `        ${label.padEnd(10)} ${text}`;

function workloadLines(assessed: WorkloadAssessment): string[] {
  const { name, kind, wave, readiness, strategy, instance, data, effort, cost, notes } = assessed;
  return [
    `${name} (${kind}, wave ${wave}): ${readiness.state}`,
    ...readiness.blockers.map(({ concern, text, answer }) => detail('BLOCKED', `${concern}: ${text}; ${answer}`)),
    ...readiness.risks.map(({ concern, text, answer }) => detail('risk', `${concern}: ${text}; ${answer}`)),
    ...notes.map((note) => detail('order', note)),
    detail('strategy', `${strategy.strategy}, ${strategy.approach}: ${strategy.reason}`),
    ...strategy.rejected.map((each) => detail('not', `${each.strategy}: ${each.reason}`)),
    ...(instance === null
      ? []
      : [
          detail(
            'instances',
            `${instance.count} × ${instance.instanceType}, ${instance.market}: ${instance.reasons.join('; ')}`,
          ),
          ...instance.rejected.map((each) => detail('not', `${each.instanceType}: ${each.reason}`)),
        ]),
    ...data.map(({ dataSet, method, reasons, carriedOut }) =>
      detail('data', `${dataSet}: ${method}: ${reasons.join('; ')} (${carriedOut})`),
    ),
    detail('time', `${round(effort.days)} days = ${effort.formula}${missing(effort.missing)}`),
    detail('before', figureText(cost.before)),
    ...cost.after.map(({ what, figure }) => detail('after', `${what}: ${figureText(figure)}`)),
    ...cost.oneOff.map(({ what, figure }) => detail('one-off', `${what}: ${figureText(figure)}`)),
    '',
  ];
}

const missing = (texts: readonly string[]): string => (texts.length === 0 ? '' : `; not in it: ${texts.join('; ')}`);

export function figureText(figure: Figure): string {
  return figure.value === null ? `not known: ${figure.why}` : `USD ${figure.value.toFixed(2)} = ${figure.formula}`;
}

export function barsOf({ schedule, startMs }: Assessment): TimelineBar[] {
  return schedule.slots.map(({ workload, wave, startDay, endDay }) => ({
    label: workload,
    start: startDay,
    end: endDay,
    detail: `wave ${wave}, ${dayText(startMs, startDay)} to ${dayText(startMs, endDay)}`,
  }));
}

export function dayText(startMs: number | null, day: number): string {
  return startMs === null ? `day ${Math.ceil(day)}` : dateOf(startMs + Math.ceil(day) * DAY_MS);
}

function deadlineLines({ deadline, schedule }: Assessment): string[] {
  const whole = `    ${Math.ceil(schedule.days)} days in all, without gates, extensions and weekends`;
  if (deadline === null) return [whole];
  return [
    whole,
    `    deadline ${deadline.text}`,
    ...deadline.remedies.map((remedy) => `        would meet it: ${remedy}`),
  ];
}

function costLines({ cost }: Assessment): string[] {
  const percent = `+${CONTINGENCY * 100} % contingency`;
  const line = (label: string, text: string): string => `    ${label.padEnd(34)} ${text}`;
  return [
    `cost             list prices of ${MONEY_AS_OF} and older, US East: for comparing, not for a budget; each figure's formula stands with its workload`,
    line('a month, before', totalText(cost.before)),
    line('a month, after', totalText(cost.after)),
    line(`a month, after, ${percent}`, figureText(cost.afterContingency)),
    line('one-off', totalText(cost.oneOff)),
    line(`one-off, ${percent}`, figureText(cost.oneOffContingency)),
    ...[...cost.before.missing, ...cost.after.missing, ...cost.oneOff.missing].map(
      (text) => `        not in it: ${text}`,
    ),
  ];
}

const round = (days: number): number => Math.round(days * 10) / 10;
