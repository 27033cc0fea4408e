import { createHash } from 'node:crypto';

/**
 * One text for one value: keys sorted at every depth, members that are undefined left out, as `JSON.stringify` does.
 * Hashes are taken over this, so a record that went through a store and back hashes the same.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** SHA-256, hex, over the canonical text. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const members = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(members).filter((name) => members[name] !== undefined);
  return Object.fromEntries(names.sort().map((name) => [name, sorted(members[name])]));
}
