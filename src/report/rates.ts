import type { ErrorFacts } from './report';

/** Two-sided 95 %. */
const Z = 1.959964;

/** Wilson's interval: right for few errors and few requests, where the usual one is below 0. */
export function errorFacts(requestCount: number, errorCount: number): ErrorFacts {
  if (!(requestCount > 0)) return { requestCount, errorCount, rate: null, low: null, high: null };
  const rate = Math.min(1, errorCount / requestCount);
  const z2 = (Z * Z) / requestCount;
  const middle = (rate + z2 / 2) / (1 + z2);
  const half = (Z / (1 + z2)) * Math.sqrt((rate * (1 - rate)) / requestCount + z2 / (4 * requestCount));
  // Without errors, and with nothing else, the bounds are 0 and 1 themselves; arithmetic leaves crumbs.
  const low = errorCount === 0 ? 0 : Math.max(0, middle - half);
  const high = errorCount >= requestCount ? 1 : Math.min(1, middle + half);
  return { requestCount, errorCount, rate, low, high };
}
