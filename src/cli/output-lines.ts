/** Recorded outputs: one JSON object a line, `{id, output}`. */

export interface OutputLine {
  readonly id: string;
  readonly output: unknown;
}

/** @returns what is wrong with it, where something is. */
export function parseOutput(text: string): OutputLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'not an object';
  const { id, output } = value as Record<string, unknown>;
  if (typeof id !== 'string' && typeof id !== 'number')
    return `id: must be text or a number (got ${JSON.stringify(id)})`;
  if (output === undefined) return 'output: is required';
  return { id: String(id), output };
}
