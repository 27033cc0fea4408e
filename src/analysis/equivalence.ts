import { assertNever } from '../domain/errors';
import type { EquivalenceRule, EquivalenceSpec } from '../domain/spec';
import { agreementOfTop, argMax, cosine, kendallTau } from './agreement';
import { matches, parsePattern, pathText } from '../domain/json-path';
import type { PathPart, Pattern } from '../domain/json-path';

export type Comparison =
  | { readonly equal: true; readonly path?: undefined; readonly detail?: undefined; readonly severity?: undefined }
  | {
      readonly equal: false;
      /** The first difference: `$.embedding[3]`. */
      readonly path: string;
      /** One clause for a person, with both values. */
      readonly detail: string;
      /** How many times the allowed distance; infinite where no distance exists. Above 1. */
      readonly severity: number;
    };

export type Equivalence = Omit<EquivalenceSpec, 'mismatchRateMax'>;

type Tolerance = Pick<EquivalenceSpec, 'relativeTolerance' | 'absoluteTolerance'>;
type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper outputs are called different rather than exhaust the stack. */
const DEPTH_MAX = 200;
/** Longest value quoted in a difference. Unit: characters. */
const QUOTE_LENGTH_MAX = 80;

const EQUAL: Comparison = { equal: true };

/** Where it stands, and what holds there. */
interface Place {
  /** Changed on the way down and back up. */
  readonly path: PathPart[];
  readonly rules: readonly CompiledRule[];
  readonly tolerance: Tolerance;
}

type CompiledRule = { readonly pattern: Pattern; readonly rule: EquivalenceRule | { readonly kind: 'ignore' } };

/**
 * Compares two JSON outputs. Numbers within tolerance, everything else exactly, unless a rule for the path says otherwise;
 * the order of keys says nothing, the order of elements does.
 */
export function compareOutputs(source: unknown, target: unknown, equivalence: Equivalence): Comparison {
  return compareAt({ path: [], rules: compiled(equivalence), tolerance: equivalence }, source, target);
}

/** A pair is compared thousands of times with the same rules. */
const known = new WeakMap<Equivalence, readonly CompiledRule[]>();

function compiled(equivalence: Equivalence): readonly CompiledRule[] {
  const before = known.get(equivalence);
  if (before !== undefined) return before;
  const { ignore = [], rules = [] } = equivalence;
  const all = [...ignore.map((path) => ({ path, kind: 'ignore' as const })), ...rules].map((rule) => ({
    pattern: parsePattern(rule.path),
    rule,
  }));
  known.set(equivalence, all);
  return all;
}

function compareAt(place: Place, source: unknown, target: unknown): Comparison {
  if (place.path.length > DEPTH_MAX) return differs(place, `nested deeper than ${DEPTH_MAX} levels`);
  const rule = place.rules.find(({ pattern }) => matches(pattern, place.path))?.rule;
  return rule === undefined ? compareValues(place, source, target) : compareByRule(place, rule, source, target);
}

function compareValues(place: Place, source: unknown, target: unknown): Comparison {
  const [sourceKind, targetKind] = [kindOf(source), kindOf(target)];
  if (sourceKind !== targetKind) return differs(place, `source has ${sourceKind}, target has ${targetKind}`);
  switch (sourceKind) {
    case 'number':
      return compareNumbers(place, source as number, target as number);
    case 'array':
      return compareArrays(place, source as unknown[], target as unknown[]);
    case 'object':
      return compareObjects(place, source as JsonObject, target as JsonObject);
    default:
      return source === target ? EQUAL : differs(place, `source ${quote(source)}, target ${quote(target)}`);
  }
}

/**
 * What must hold: both are finite, and |a - b| <= absolute + relative * |a|. NaN fails the comparison by itself;
 * an infinite source would allow any distance, so that is excluded by name.
 */
function compareNumbers(place: Place, source: number, target: number): Comparison {
  if (isNear(place.tolerance, source, target)) return EQUAL;
  const { absoluteTolerance, relativeTolerance } = place.tolerance;
  const distance = Math.abs(source - target);
  const allowed = absoluteTolerance + relativeTolerance * Math.abs(source);
  const severity = Number.isFinite(distance) && allowed > 0 ? distance / allowed : Number.POSITIVE_INFINITY;
  return differs(place, `source ${source}, target ${target}: ${distance} apart, ${allowed} allowed`, severity);
}

/** False for what is no number, too. */
function isNear({ absoluteTolerance, relativeTolerance }: Tolerance, source: unknown, target: unknown): boolean {
  if (typeof source !== 'number' || typeof target !== 'number') return false;
  if (!Number.isFinite(source) || !Number.isFinite(target)) return false;
  return Math.abs(source - target) <= absoluteTolerance + relativeTolerance * Math.abs(source);
}

function compareArrays(place: Place, source: readonly unknown[], target: readonly unknown[]): Comparison {
  if (source.length !== target.length) {
    return differs(place, `source has ${source.length} elements, target has ${target.length}`);
  }
  const hasRules = place.rules.length > 0;
  for (const [index, element] of source.entries()) {
    // Most of what models answer are numbers that agree: no path is needed for those.
    if (!hasRules && isNear(place.tolerance, element, target[index])) continue;
    const comparison = compareBelow(place, index, element, target[index]);
    if (!comparison.equal) return comparison;
  }
  return EQUAL;
}

function compareObjects(place: Place, source: JsonObject, target: JsonObject): Comparison {
  for (const [key, value] of Object.entries(source)) {
    if (!Object.hasOwn(target, key)) {
      if (isIgnored(place, key)) continue;
      return differsBelow(place, key, 'missing on the target');
    }
    const comparison = compareBelow(place, key, value, target[key]);
    if (!comparison.equal) return comparison;
  }
  const extra = Object.keys(target).find((key) => !Object.hasOwn(source, key) && !isIgnored(place, key));
  return extra === undefined ? EQUAL : differsBelow(place, extra, 'only on the target');
}

function compareBelow(place: Place, part: PathPart, source: unknown, target: unknown): Comparison {
  place.path.push(part);
  const comparison = compareAt(place, source, target);
  place.path.pop();
  return comparison;
}

function differsBelow(place: Place, part: PathPart, detail: string): Comparison {
  return differs({ ...place, path: [...place.path, part] }, detail);
}

function isIgnored({ path, rules }: Place, key: string): boolean {
  return rules.some(({ pattern, rule }) => rule.kind === 'ignore' && matches(pattern, [...path, key]));
}

function compareByRule(place: Place, rule: CompiledRule['rule'], source: unknown, target: unknown): Comparison {
  switch (rule.kind) {
    case 'ignore':
      return EQUAL;
    case 'number':
      return compareValues({ ...place, tolerance: { ...place.tolerance, ...withoutUndefined(rule) } }, source, target);
    case 'text':
      return compareTexts(place, source, target);
    case 'class':
      return compareClasses(place, source, target);
    case 'top':
    case 'ranking':
      return compareLists(place, rule, source, target);
    case 'cosine':
      return compareVectors(place, rule.min, source, target);
    default:
      return assertNever(rule);
  }
}

function withoutUndefined(rule: Extract<EquivalenceRule, { kind: 'number' }>): Partial<Tolerance> {
  const { relativeTolerance, absoluteTolerance } = rule;
  return {
    ...(relativeTolerance === undefined ? {} : { relativeTolerance }),
    ...(absoluteTolerance === undefined ? {} : { absoluteTolerance }),
  };
}

/** Case, width, spacing and the form of accents do not matter. */
function compareTexts(place: Place, source: unknown, target: unknown): Comparison {
  if (typeof source !== 'string' || typeof target !== 'string') return compareValues(place, source, target);
  const normal = (text: string): string => text.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();
  return normal(source) === normal(target)
    ? EQUAL
    : differs(place, `source ${quote(source)}, target ${quote(target)}, normalised`);
}

/** A label, or a list of scores of which the highest decides. */
function compareClasses(place: Place, source: unknown, target: unknown): Comparison {
  const [ours, theirs] = [classOf(source), classOf(target)];
  return ours !== undefined && ours === theirs
    ? EQUAL
    : differs(place, `source is class ${quote(ours)}, target is class ${quote(theirs)}`);
}

function classOf(value: unknown): unknown {
  return isNumbers(value) ? argMax(value) : typeof value === 'object' ? undefined : value;
}

function compareLists(
  place: Place,
  rule: Extract<EquivalenceRule, { kind: 'top' | 'ranking' }>,
  source: unknown,
  target: unknown,
): Comparison {
  if (!Array.isArray(source) || !Array.isArray(target))
    return differs(place, `source has ${kindOf(source)}, target has ${kindOf(target)}, lists are needed`);
  const { by } = rule;
  if (by !== undefined && !(source.every((entry) => hasKey(entry, by)) && target.every((entry) => hasKey(entry, by))))
    return differs(place, `an entry has no ${quote(by)}, which says which is which`);
  const keys = (list: readonly unknown[]): string[] =>
    list.map((entry) => JSON.stringify(by === undefined ? entry : (entry as JsonObject)[by]));
  const [ours, theirs] = [keys(source), keys(target)];
  const isTop = rule.kind === 'top';
  const value = isTop ? agreementOfTop(ours, theirs, rule.k) : kendallTau(ours, theirs);
  const words = isTop ? `of the first ${rule.k} agree` : "is Kendall's tau";
  return value >= rule.min ? EQUAL : differs(place, `${value.toFixed(3)} ${words}, at least ${rule.min} is needed`);
}

function hasKey(entry: unknown, key: string): boolean {
  return typeof entry === 'object' && entry !== null && Object.hasOwn(entry, key);
}

function compareVectors(place: Place, min: number, source: unknown, target: unknown): Comparison {
  if (!isNumbers(source) || !isNumbers(target) || source.length !== target.length)
    return differs(place, 'two lists of numbers of the same length are needed');
  const similarity = cosine(source, target);
  if (similarity >= min) return EQUAL;
  const severity = min < 1 ? (1 - similarity) / (1 - min) : Number.POSITIVE_INFINITY;
  return differs(place, `cosine similarity ${similarity.toFixed(6)}, at least ${min} is needed`, severity);
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'number');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > QUOTE_LENGTH_MAX ? `${text.slice(0, QUOTE_LENGTH_MAX)}…` : text;
}

function differs({ path }: Place, detail: string, severity = Number.POSITIVE_INFINITY): Comparison {
  return {
    equal: false,
    path: pathText(path),
    detail,
    severity: Number.isNaN(severity) ? Number.POSITIVE_INFINITY : severity,
  };
}
