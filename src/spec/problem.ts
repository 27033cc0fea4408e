/** One thing wrong with a document. */
export interface SpecProblem {
  /** `cutover.weights[2]`; `spec` for the document itself. */
  readonly path: string;
  /** What must hold, and what was found instead. */
  readonly problem: string;
}

type Path = readonly PropertyKey[];

/** Longest value quoted. Unit: characters. */
const QUOTE_LENGTH_MAX = 60;

export function formatPath(path: Path): string {
  const text = path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
  return text === '' ? 'spec' : text;
}

/** @returns undefined when nothing is there. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Shortened, and without the user name and password that a URL may hold: problems end up in histories and logs. */
export function quoteValue(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  const safe = text.replaceAll(/\/\/[^/@\s"]*@/g, '//…@');
  return safe.length > QUOTE_LENGTH_MAX ? `${safe.slice(0, QUOTE_LENGTH_MAX)}…` : safe;
}
