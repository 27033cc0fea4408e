/** Places in a JSON document: `$.choices[0].text`, `$["a b"]`; in patterns a bare `*` stands for any one key or index. */

export type PathPart = string | number;
/** null: any one key or index. */
export type Pattern = readonly (string | null)[];

const PART = /\.([A-Za-z_$][\w$-]*|\*)|\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]/y;

/** @returns undefined for what is no pattern. */
export function tryParsePattern(text: string): Pattern | undefined {
  if (!text.startsWith('$')) return undefined;
  const parts: (string | null)[] = [];
  PART.lastIndex = 1;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) return undefined;
    const [, name, index, quoted] = match;
    const bare = name ?? index;
    const part = bare === undefined ? unquoted(quoted ?? '') : bare === '*' ? null : bare;
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return parts;
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

/** @throws RangeError for what is no pattern. */
export function parsePattern(text: string): Pattern {
  const pattern = tryParsePattern(text);
  if (pattern === undefined) throw new RangeError(`not a path: ${text}`);
  return pattern;
}

export function matches(pattern: Pattern, path: readonly PathPart[]): boolean {
  return (
    pattern.length === path.length && pattern.every((part, index) => part === null || part === String(path[index]))
  );
}

export function pathText(path: readonly PathPart[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return /^[A-Za-z_$][\w$]*$/.test(part) ? `${text}.${part}` : `${text}[${JSON.stringify(part)}]`;
  }, '$');
}
