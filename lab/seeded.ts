/** Randomness that a lab run can repeat, request by request. */
export type { Random } from '../src/analysis/random';
export { seededRandom } from '../src/analysis/random';

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
