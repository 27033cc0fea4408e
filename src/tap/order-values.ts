import { tryParsePattern } from '../domain/json-path';

/** What an order is made of. It comes over the network: nothing is taken for granted. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isBetween(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && value >= min && value <= max;
}

export function isPath(value: unknown): value is string {
  return typeof value === 'string' && tryParsePattern(value) !== undefined;
}

export function isHeaderName(value: unknown): value is string {
  return typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}
