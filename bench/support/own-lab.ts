/** A lab that belongs to one bench: in a folder of its own, taken down whatever happens. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { labDown, labUp } from '../../lab';
import type { Lab } from '../../lab';

export async function withLab<T>(use: (lab: Lab) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-'));
  const stop = (): void => void labDown(dir).finally(() => process.exit(130));
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await use(await labUp({ dir, worker: true }));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await labDown(dir);
    rmSync(dir, { recursive: true, force: true });
  }
}
