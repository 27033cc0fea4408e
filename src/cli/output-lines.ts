/** Recorded outputs: one JSON object a line, `{id, output}`. */
import type { JsonObject } from './json-lines';

export interface OutputLine {
  readonly id: string;
  readonly output: unknown;
}

/** @returns what is wrong with it, where something is. */
export function parseOutput(line: JsonObject): OutputLine | string {
  const { id, output } = line;
  if (typeof id !== 'string' && typeof id !== 'number')
    return `id: must be text or a number (got ${JSON.stringify(id)})`;
  if (output === undefined) return 'output: is required';
  return { id: String(id), output };
}
