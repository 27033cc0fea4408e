import type { ReadSampler } from '../../../src/ports/read-sampler';
import type { World } from './world';

/** Every read of a side takes as long as the others, but for a little. */
export function fakeReads(world: World): ReadSampler {
  return {
    async sample({ sampleMax }, onProgress) {
      const { sourceMs, targetMs, pairCount } = world.reads;
      const read = (firstByteMs: number): { firstByteMs: number; totalMs: number; byteCount: number } => ({
        firstByteMs,
        totalMs: 2 * firstByteMs,
        byteCount: 1_000,
      });
      const pairs = Array.from({ length: Math.min(sampleMax, pairCount) }, (_, index) => ({
        source: read(sourceMs + (index % 10) / 100),
        target: read(targetMs + (index % 10) / 100),
      }));
      onProgress(pairs.length);
      return { pairs, passedCount: 0 };
    },
  };
}
