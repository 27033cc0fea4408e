import { z } from 'zod';
import { nearest } from '../domain/nearest';

export interface StrictOptions {
  /** Keys that the design names and this version cannot do: they get an answer of their own. */
  readonly planned?: readonly string[];
  /** For every key that is neither known nor close to a known one. */
  readonly foreign?: string;
}

/** How `strict` hands one line per unknown key to `parse.ts`, in the order of the issue's `keys`. */
export const KEY_SEPARATOR = '\n';

export const NOT_SUPPORTED = 'is not supported by this version';

/** An object in which every unknown key is a problem, with the key that was probably meant. */
export function strict<Shape extends z.ZodRawShape>(
  shape: Shape,
  options: StrictOptions = {},
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape);
  const explain = (key: string): string => {
    if (options.planned?.includes(key)) return NOT_SUPPORTED;
    const meant = nearest(key, known);
    if (meant !== undefined) return `unknown key; did you mean ${meant}?`;
    return options.foreign ?? `unknown key; known here: ${known.join(', ')}`;
  };
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? issue.keys.map(explain).join(KEY_SEPARATOR) : undefined),
  });
}

/** A choice of which the design names more than this version can do. */
export function supported<const Value extends string>(
  ...values: readonly [Value, ...Value[]]
): z.ZodEnum<{ [K in Value]: K }> {
  return z.enum(values, {
    error: (issue) =>
      typeof issue.input === 'string' ? `${NOT_SUPPORTED}; it can do ${values.join(', ')}` : undefined,
  });
}

/** Runs a cross-field check even when a field is wrong, so that one run tells everything; fields may have any type. */
export const EVEN_IF_WRONG = {
  when: ({ value }: { value: unknown }): boolean =>
    typeof value === 'object' && value !== null && !Array.isArray(value),
};
/** The same for a list. */
export const EVEN_IF_WRONG_LIST = { when: ({ value }: { value: unknown }): boolean => Array.isArray(value) };

/** Whether both are numbers and stand in the wrong order; wrong types have problems of their own. */
export function isAbove(low: unknown, high: unknown): boolean {
  return typeof low === 'number' && typeof high === 'number' && low > high;
}
