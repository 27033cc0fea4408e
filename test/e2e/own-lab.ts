/** A lab for one test file, with its worker. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { labUp } from '../../lab/index';
import type { Lab } from '../../lab/index';

export interface OwnLab {
  readonly lab: Lab;
  down(): Promise<void>;
}

/** The lab's own workload has no traffic: its tests bring their own. @param name of the tests, for its folder. */
export async function ownLab(name: string): Promise<OwnLab> {
  const dir = mkdtempSync(path.join(tmpdir(), `crossfade-${name}-`));
  const lab = await labUp({ dir, worker: true });
  await lab.setTraffic(lab.info.workloads[0]?.name ?? '', { ratePerSecond: 0 });
  return {
    lab,
    down: async () => {
      await lab.down();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
