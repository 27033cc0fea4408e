/** Advice in the terminal. */
import { totalText } from '../assess';
import type { CostComparison, Optimisation } from '../optimise';
import { figureText } from './assess-text';

export function optimiseLines(
  { workload, region, hourCount, advice, notAdvised, total }: Optimisation,
  trouble: readonly string[],
  comparison: CostComparison | undefined,
): string[] {
  return [
    `${workload} in ${region}, by ${hourCount} hour(s) that were seen`,
    ...trouble.map((text) => `    not read         ${text}`),
    '',
    ...(advice.length === 0 ? ['nothing is advised'] : ['advised, in this order: each counts on the ones above it']),
    ...advice.flatMap(({ kind, what, saving, inputs, caution }) => [
      `    ${kind.padEnd(16)} ${what}`,
      detail('saves a month', figureText(saving)),
      ...inputs.map(({ name, value, unit, source }) =>
        detail('by', `${name}: ${Number(value.toFixed(2))} ${unit} (${source})`),
      ),
      detail('before', caution),
    ]),
    ...(advice.length === 0 ? [] : [`    in all           ${totalText(total)} a month`]),
    ...(notAdvised.length === 0 ? [] : ['', 'not advised']),
    ...notAdvised.map(({ kind, why }) => `    ${kind.padEnd(16)} ${why}`),
    ...comparisonLines(comparison),
  ];
}

const detail = (label: string, text: string): string => `        ${label.padEnd(14)} ${text}`;

function comparisonLines(comparison: CostComparison | undefined): string[] {
  if (comparison === undefined) return [];
  const { from, to, paid, estimated, ratio, services, notes } = comparison;
  return [
    '',
    `paid and estimated, from ${from} to ${to}`,
    `    paid a month     ${figureText(paid)}`,
    `    estimated        ${figureText(estimated)}`,
    ...(ratio === undefined ? [] : [`    ratio            ${ratio.toFixed(2)} times the estimate`]),
    ...services.map(({ service, usd }) => `    of it            USD ${usd.toFixed(2)} ${service}`),
    ...notes.map((note) => `    note             ${note}`),
  ];
}
