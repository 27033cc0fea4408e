import { compareKeys } from '../domain/key-order';
import type { KeyRange } from '../ports/object-store';

export function holdsKey({ after, upTo }: KeyRange, key: string): boolean {
  if (after !== undefined && compareKeys(key, after) <= 0) return false;
  return upTo === undefined || compareKeys(key, upTo) <= 0;
}
