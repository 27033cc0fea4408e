/** The few numbers that people ask for first. */
import { formatBytes } from '../domain/data-quantity';
import { DECIDED_BY_POLICY } from '../domain/record';
import { errorFacts } from './rates';
import type { ErrorFacts, Report, StepFacts } from './report';
import { costText, countText, msText, percentText, ratioText } from './words';

export interface SummaryFact {
  readonly name: string;
  readonly value: string;
  readonly side?: 'source' | 'target';
  readonly detail?: string;
}

export function summaryOf(report: Report): SummaryFact[] {
  const users = report.steps.filter(({ pairs }) => pairs === null);
  return [
    weightFact(report),
    ...(['source', 'target'] as const).map((side) =>
      errorFact(
        side,
        users.map((step) => step[side]),
      ),
    ),
    latencyFact(users),
    ...costFact(report.steps),
    ...pairFact(report),
    ...dataFact(report),
    peopleFact(report),
    rollbackFact(report),
  ];
}

function weightFact({ weights }: Report): SummaryFact {
  const last = weights.at(-1);
  return {
    name: 'Traffic on the target',
    value: last === undefined ? '0 %' : `${last.targetPercent} %`,
    detail:
      weights.length === 0
        ? 'no weight was moved yet'
        : `weights: ${weights.map(({ targetPercent }) => targetPercent).join(', ')}`,
  };
}

function errorFact(side: 'source' | 'target', steps: readonly ErrorFacts[]): SummaryFact {
  const sum = (pick: (step: ErrorFacts) => number): number => steps.reduce((total, step) => total + pick(step), 0);
  const { rate, low, high, requestCount, errorCount } = errorFacts(
    sum((step) => step.requestCount),
    sum((step) => step.errorCount),
  );
  return {
    name: `Error rate of the ${side}`,
    value: percentText(rate),
    side,
    detail:
      rate === null
        ? "no users' requests were seen"
        : `${countText(errorCount)} of ${countText(requestCount)}; 95 % interval ${percentText(low)} to ${percentText(high)}`,
  };
}

/** The last step in which both sides served users. */
function latencyFact(users: readonly StepFacts[]): SummaryFact {
  const both = users.findLast(
    ({ source, target }) => source.latencyMs.p99 !== undefined && target.latencyMs.p99 !== undefined,
  );
  const [source, target] = [both?.source.latencyMs.p99, both?.target.latencyMs.p99];
  if (both === undefined || source === undefined || target === undefined)
    return { name: 'P99 beside the source', value: '–', detail: 'both sides were never seen at once' };
  return {
    name: 'P99 beside the source',
    value: ratioText(source, target),
    detail: `${msText(target)} to ${msText(source)}, the last time both served${both.targetPercent === null ? '' : ` (${both.targetPercent} % on the target)`}`,
  };
}

function costFact(steps: readonly StepFacts[]): SummaryFact[] {
  const cost = steps.findLast((step) => step.cost !== null)?.cost;
  if (cost === undefined || cost === null) return [];
  return [
    {
      name: 'Cost of a request',
      value: ratioText(cost.source, cost.target),
      detail: `${costText(cost.target)} to the source's ${costText(cost.source)}`,
    },
  ];
}

function pairFact({ shadow }: Report): SummaryFact[] {
  if (shadow === null) return [];
  const { compared, mismatched, mirrored } = shadow;
  return [
    {
      name: 'Answers that differ',
      value: compared === 0 ? '–' : percentText(mismatched / compared),
      detail: `${countText(mismatched)} of ${countText(compared)} compared, ${countText(mirrored)} mirrored`,
    },
  ];
}

function dataFact({ data }: Report): SummaryFact[] {
  if (data.length === 0) return [];
  // The newest proof of each counts.
  const newest = [...new Map(data.map((each) => [each.dataSet, each])).values()];
  const sum = (pick: 'objectCount' | 'byteCount'): number => newest.reduce((total, each) => total + each[pick], 0);
  return [
    {
      name: 'Data proven equal',
      value: formatBytes(sum('byteCount')),
      detail: `${countText(sum('objectCount'))} objects in ${newest.length} data set${newest.length === 1 ? '' : 's'}`,
    },
  ];
}

function peopleFact({ decisions }: Report): SummaryFact {
  const byPeople = decisions.filter(({ actor }) => actor.requestedBy !== DECIDED_BY_POLICY);
  const names = [...new Set(byPeople.map(({ actor }) => actor.requestedBy))];
  return {
    name: 'Decided by people',
    value: countText(byPeople.length),
    detail: names.length === 0 ? 'nobody' : names.join(', '),
  };
}

function rollbackFact({ decisions }: Report): SummaryFact {
  const backs = decisions.filter(({ kind }) => kind === 'rolled_back');
  const last = decisions.findLast(({ kind }) => kind === 'rollback');
  return { name: 'Rollbacks', value: countText(backs.length), detail: last?.text ?? 'none was needed' };
}
