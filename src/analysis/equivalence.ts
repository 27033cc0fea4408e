import type { EquivalenceSpec } from '../domain/spec';

export type Comparison =
  | { readonly equal: true; readonly path?: undefined; readonly detail?: undefined }
  | {
      readonly equal: false;
      /** The first difference: `$.embedding[3]`. */
      readonly path: string;
      /** One clause for a person, with both values. */
      readonly detail: string;
    };

type Tolerance = Pick<EquivalenceSpec, 'relativeTolerance' | 'absoluteTolerance'>;
type JsonObject = Readonly<Record<string, unknown>>;

/** Deeper outputs are called different rather than exhaust the stack. */
const DEPTH_MAX = 200;
/** Longest value quoted in a difference. Unit: characters. */
const QUOTE_LENGTH_MAX = 80;

const EQUAL: Comparison = { equal: true };

/**
 * Compares two JSON outputs. Numbers within tolerance, everything else exactly; the order of keys says nothing,
 * the order of elements does.
 */
export function compareOutputs(source: unknown, target: unknown, equivalence: Tolerance): Comparison {
  return compareAt('$', 0, source, target, equivalence);
}

function compareAt(path: string, depth: number, source: unknown, target: unknown, tolerance: Tolerance): Comparison {
  if (depth > DEPTH_MAX) return differs(path, `nested deeper than ${DEPTH_MAX} levels`);
  const [sourceKind, targetKind] = [kindOf(source), kindOf(target)];
  if (sourceKind !== targetKind) return differs(path, `source has ${sourceKind}, target has ${targetKind}`);
  switch (sourceKind) {
    case 'number':
      return compareNumbers(path, source as number, target as number, tolerance);
    case 'array':
      return compareArrays(path, depth, source as unknown[], target as unknown[], tolerance);
    case 'object':
      return compareObjects(path, depth, source as JsonObject, target as JsonObject, tolerance);
    default:
      return source === target ? EQUAL : differs(path, `source ${quote(source)}, target ${quote(target)}`);
  }
}

/**
 * What must hold: both are finite, and |a - b| <= absolute + relative * |a|. NaN fails the comparison by itself;
 * an infinite source would allow any distance, so that is excluded by name.
 */
function compareNumbers(path: string, source: number, target: number, tolerance: Tolerance): Comparison {
  const distance = Math.abs(source - target);
  const allowed = tolerance.absoluteTolerance + tolerance.relativeTolerance * Math.abs(source);
  if (Number.isFinite(source) && Number.isFinite(target) && distance <= allowed) return EQUAL;
  return differs(path, `source ${source}, target ${target}: ${distance} apart, ${allowed} allowed`);
}

function compareArrays(
  path: string,
  depth: number,
  source: readonly unknown[],
  target: readonly unknown[],
  tolerance: Tolerance,
): Comparison {
  if (source.length !== target.length) {
    return differs(path, `source has ${source.length} elements, target has ${target.length}`);
  }
  for (const [index, element] of source.entries()) {
    const comparison = compareAt(`${path}[${index}]`, depth + 1, element, target[index], tolerance);
    if (!comparison.equal) return comparison;
  }
  return EQUAL;
}

function compareObjects(
  path: string,
  depth: number,
  source: JsonObject,
  target: JsonObject,
  tolerance: Tolerance,
): Comparison {
  for (const [key, value] of Object.entries(source)) {
    const keyPath = pathOf(path, key);
    if (!Object.hasOwn(target, key)) return differs(keyPath, 'missing on the target');
    const comparison = compareAt(keyPath, depth + 1, value, target[key], tolerance);
    if (!comparison.equal) return comparison;
  }
  const extra = Object.keys(target).find((key) => !Object.hasOwn(source, key));
  return extra === undefined ? EQUAL : differs(pathOf(path, extra), 'only on the target');
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function pathOf(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > QUOTE_LENGTH_MAX ? `${text.slice(0, QUOTE_LENGTH_MAX)}…` : text;
}

function differs(path: string, detail: string): Comparison {
  return { equal: false, path, detail };
}
