/** A second run over what the first one left: how long it takes to find out that there is nothing to do. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { median, say } from '../support/report';
import type { Measured } from '../support/report';
import type { Run } from './program';
import { runWell } from './program';
import { productCommand, rcloneCopy } from './copies';
import type { Stage } from './stage';

const BYTES = 512;

export async function unchanged(stage: Stage, count: number, rounds: number): Promise<Measured> {
  say(`unchanged: writing ${count} objects of ${BYTES} bytes, and copying them twice`);
  const from = stage.emptyBucket();
  await stage.fill(from, count, BYTES);
  const [toRclone, toProduct] = [stage.emptyBucket(), stage.emptyBucket()];
  const state = mkdtempSync(path.join(os.tmpdir(), 'crossfade-bench-state-'));
  const product = (): Promise<Run> => runWell(productCommand(stage, from, toProduct, ['--state', state]));
  const rclone = (): Promise<Run> => rcloneCopy(stage, from, toRclone);
  try {
    await rclone();
    await product();
    const runs: { readonly rclone: Run; readonly product: Run }[] = [];
    for (let round = 0; round < rounds; round += 1) {
      runs.push({ rclone: await rclone(), product: await product() });
      const [last] = runs.slice(-1);
      const told = `rclone ${last?.rclone.seconds.toFixed(1)} s, product ${last?.product.seconds.toFixed(1)} s`;
      say(`unchanged, round ${round + 1} of ${rounds}: ${told}`);
    }
    const [peer, ours] = [
      median(runs.map((each) => each.rclone.seconds)),
      median(runs.map((each) => each.product.seconds)),
    ];
    const unchangedMbMax = Math.max(...runs.map((each) => each.product.mbMax));
    return {
      figures: { unchangedSeconds_rclone: peer, unchangedSeconds_product: ours, unchangedMbMax },
      ratios: { unchangedTimeToRclone: ours / peer },
    };
  } finally {
    rmSync(state, { recursive: true, force: true });
    for (const bucket of [from, toRclone, toProduct]) stage.remove(bucket);
  }
}
