import type { Figure } from '../domain/data-figures';
import type { MethodChoice, MethodFigures } from '../domain/data-method';
import { DATA_PRICES } from '../domain/data-prices';
import { storageAdvice } from '../domain/data-storage';
import { formatDuration } from '../domain/quantity';
import type { DataSetSpec } from '../domain/spec';

/** Which way each data set takes, why, and what the other ways would take and cost. */
export function dataLines(choices: readonly MethodChoice[], data: readonly DataSetSpec[]): string[] {
  if (choices.length === 0) return [];
  const dates = [...new Set(Object.values(DATA_PRICES).map(({ asOf }) => asOf))].sort();
  return [
    `data             list prices of US East, ${dates.join(', ')}: for comparing ways, not for a budget`,
    ...choices.flatMap((choice) =>
      choiceLines(
        choice,
        data.find(({ name }) => name === choice.dataSet),
      ),
    ),
    '',
  ];
}

function choiceLines(choice: MethodChoice, dataSet: DataSetSpec | undefined): string[] {
  const detail = (label: string, text: string): string => `        ${label.padEnd(9)} ${text}`;
  return [
    `    ${choice.dataSet.padEnd(19)} ${choice.method}: ${choice.reasons.join('; ')} (${choice.carriedOut})`,
    detail('time', figureText(choice.time)),
    detail('price', figureText(choice.price)),
    ...rangesOf(dataSet).map((text) => detail('ranges', text)),
    ...choice.assumed.map((text) => detail('assumed', text)),
    ...choice.rejected.map((other) => detail('not', `${other.method}: ${other.reason} (${figuresText(other)})`)),
    ...(dataSet === undefined ? [] : storageAdvice(dataSet).map((text) => detail('kept', text))),
  ];
}

function rangesOf(dataSet: DataSetSpec | undefined): string[] {
  return dataSet?.fanOut === undefined
    ? []
    : [`up to ${dataSet.fanOut} of keys, copied side by side by the workers there are`];
}

function figureText(figure: Figure): string {
  return figure.value === null ? `not known: ${figure.why}` : `${valueText(figure)} = ${figure.formula}`;
}

function figuresText({ time, price }: MethodFigures): string {
  return [time, price].map((figure) => (figure.value === null ? 'not known' : valueText(figure))).join(', ');
}

function valueText({ value, unit }: Extract<Figure, { value: number }>): string {
  return unit === 'ms' ? formatDuration(value) : `USD ${value.toFixed(2)}`;
}
