/** How soon anybody could know, who knew both distributions beforehand. */
import { gauss, seededRandom } from '../../src/analysis/random';
import type { LatencyShape } from './traffic';

const SAMPLES = 2_000_000;

/**
 * Wald's bound on the expected time of a test that looks at which requests of the target are slower than the limit times
 * the source's P99: ln(1 / alpha) / (requests a minute * KL(p1, 0.01)). The source's P99 is taken as known. Unit: minutes.
 */
export function boundMinutes(
  shape: LatencyShape,
  ratio: number,
  ratioMax: number,
  perMinute: number,
  alpha: number,
): number {
  const random = seededRandom(4_242);
  const logs = new Float64Array(SAMPLES);
  for (let index = 0; index < SAMPLES; index += 1) {
    const tail = random() < shape.slowShare ? Math.log(shape.slowFactor) : 0;
    logs[index] = tail + shape.sigma * gauss(random);
  }
  logs.sort();
  const limit = (logs[Math.ceil(0.99 * SAMPLES) - 1] ?? Number.NaN) - Math.log(ratio / ratioMax);
  const p1 = 1 - lowerIndex(logs, limit) / SAMPLES;
  const p0 = 0.01;
  const divergence = p1 * Math.log(p1 / p0) + (1 - p1) * Math.log((1 - p1) / (1 - p0));
  return Math.log(1 / alpha) / (perMinute * divergence);
}

function lowerIndex(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
