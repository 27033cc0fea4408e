import type { EquivalenceRule, EquivalenceSpec } from '../domain/spec';
import type { ShadowOrder } from '../ports/shadow';
import { readCopies } from './order-copies';
import { isBetween, isHeaderName, isObject, isPath } from './order-values';

/** A tap that nobody has spoken to copies nothing. */
export const NO_ORDER: ShadowOrder = {
  fraction: 0,
  equivalence: { relativeTolerance: 0, absoluteTolerance: 0, mismatchRateMax: 0 },
};

/** @returns the order, or what is wrong with it. */
export function readOrder(document: unknown): ShadowOrder | string {
  if (!isObject(document)) return 'an order is a JSON object';
  const { fraction, target, equivalence } = document;
  if (!isBetween(fraction, 0, 1)) return 'fraction must be a number from 0 to 1';
  const limits = readEquivalence(equivalence);
  if (typeof limits === 'string') return limits;
  const copies = readCopies(document);
  if (typeof copies === 'string') return copies;
  if (target === undefined)
    return fraction > 0 ? 'a fraction above 0 needs a target' : { fraction, equivalence: limits, ...copies };
  const place = readTarget(target);
  return typeof place === 'string' ? place : { fraction, target: place, equivalence: limits, ...copies };
}

function readEquivalence(value: unknown): EquivalenceSpec | string {
  if (!isObject(value)) return 'equivalence must be an object';
  const { relativeTolerance, absoluteTolerance, mismatchRateMax } = value;
  if (!isBetween(relativeTolerance, 0, 1)) return 'equivalence.relativeTolerance must be a number from 0 to 1';
  if (!isBetween(absoluteTolerance, 0, Number.MAX_VALUE))
    return 'equivalence.absoluteTolerance must be a number, 0 or more';
  if (!isBetween(mismatchRateMax, 0, 1)) return 'equivalence.mismatchRateMax must be a number from 0 to 1';
  const { ignore = [], rules = [] } = value;
  const paths = readPaths(ignore);
  if (typeof paths === 'string') return paths;
  const read = readRules(rules);
  if (typeof read === 'string') return read;
  return { relativeTolerance, absoluteTolerance, mismatchRateMax, ignore: paths, rules: read };
}

function readPaths(value: unknown): string[] | string {
  if (!Array.isArray(value)) return 'equivalence.ignore must be a list of paths';
  const wrong = value.findIndex((path) => !isPath(path));
  return wrong < 0 ? (value as string[]) : `equivalence.ignore[${wrong}] must be a path`;
}

/** Which numbers each kind of rule must have. */
const RULE_NUMBERS: Readonly<Record<EquivalenceRule['kind'], readonly string[]>> = {
  number: [],
  text: [],
  class: [],
  top: ['k', 'min'],
  ranking: ['min'],
  cosine: ['min'],
};

function readRules(value: unknown): EquivalenceRule[] | string {
  if (!Array.isArray(value)) return 'equivalence.rules must be a list of rules';
  for (const [index, rule] of (value as unknown[]).entries()) {
    const at = `equivalence.rules[${index}]`;
    if (!isObject(rule)) return `${at} must be an object`;
    if (!isPath(rule['path'])) return `${at}.path must be a path`;
    const numbers = Object.hasOwn(RULE_NUMBERS, String(rule['kind']))
      ? RULE_NUMBERS[rule['kind'] as EquivalenceRule['kind']]
      : undefined;
    if (numbers === undefined) return `${at}.kind must be one of ${Object.keys(RULE_NUMBERS).join(', ')}`;
    const missing = numbers.find((name) => !Number.isFinite(rule[name]));
    if (missing !== undefined) return `${at}.${missing} must be a number`;
  }
  return value as EquivalenceRule[];
}

function readTarget(value: unknown): NonNullable<ShadowOrder['target']> | string {
  if (!isObject(value)) return 'target must be an object';
  const { url, headers } = value;
  if (typeof url !== 'string' || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return 'target.url must be an http or https URL';
  if (!isObject(headers)) return 'target.headers must be an object';
  const texts: Record<string, string> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (!isHeaderName(name) || typeof text !== 'string' || !/^[\t\x20-\x7e]*$/.test(text)) {
      return `target.headers.${name} must be a header`;
    }
    texts[name.toLowerCase()] = text;
  }
  return { url, headers: texts };
}
