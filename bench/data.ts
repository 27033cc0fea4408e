/**
 * `npm run bench:data`: copies between buckets of one real S3 server (versitygw), against rclone on the same server in the
 * same run, in turn. BENCH_SCALE (1) makes everything smaller for a look: 0.1 is a tenth of the objects and bytes.
 */
import { statfsSync } from 'node:fs';
import os from 'node:os';
import { ours, rclone, RCLONE_AT_ONCE, remote } from './data/peers';
import { runWell } from './data/program';
import type { Run } from './data/program';
import { Stage } from './data/stage';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';

const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const SMALL = { count: Math.ceil(10_000 * SCALE), bytes: 4_096 };
const BIG = { count: 4, bytes: Math.ceil(1_024 ** 3 * SCALE) };
/** Source, and a target at a time for each who copies, and room to breathe. */
const DISK_BYTES_MIN = BIG.count * BIG.bytes * 3 + 4 * 1_024 ** 3;

const LIMITS = {
  /** 1.2 times the objects a second. */
  smallTimeToRclone: 1 / 1.2,
  bigTimeToRclone: 1,
};

type Figures = Record<string, number>;

async function measure(): Promise<Measured> {
  const { bavail, bsize } = statfsSync(os.tmpdir());
  if (bavail * bsize < DISK_BYTES_MIN)
    throw new Error(`${os.tmpdir()} has ${bavail * bsize} bytes left; ${DISK_BYTES_MIN} are needed`);
  return Stage.use(async (stage) => {
    const small = await against(stage, 'small', SMALL);
    const big = await against(stage, 'big', BIG);
    return { figures: { ...small.figures, ...big.figures }, ratios: { ...small.ratios, ...big.ratios } };
  });
}

type Copy = (stage: Stage, from: string, to: string) => Promise<Run>;

const COPIERS: Readonly<Record<'rclone' | 'store', Copy>> = {
  rclone: (stage, from, to) =>
    runWell(rclone(stage.rclone, stage.server, ['copy', remote(from), remote(to), ...RCLONE_AT_ONCE])),
  store: (stage, from, to) => runWell(ours(stage.server, 'store-copy.js', [`s3://${from}`, `s3://${to}`])),
};

async function against(stage: Stage, name: string, { count, bytes }: typeof SMALL): Promise<Measured> {
  say(`${name}: writing ${count} objects of ${bytes} bytes`);
  const from = stage.emptyBucket();
  await stage.fill(from, count, bytes);
  const runs = { rclone: [] as Run[], store: [] as Run[] };
  const names = Object.keys(COPIERS) as (keyof typeof COPIERS)[];
  for (let round = 0; round < ROUNDS; round += 1) {
    // Whoever comes second finds warmer caches.
    for (const who of round % 2 === 0 ? names : [...names].reverse()) {
      const to = stage.emptyBucket();
      const made = await COPIERS[who](stage, from, to);
      stage.remove(to);
      runs[who].push(made);
      say(
        `${name}, round ${round + 1}: ${who} ${made.seconds.toFixed(1)} s, ${made.processorSeconds.toFixed(1)} s CPU`,
      );
    }
  }
  stage.remove(from);
  const seconds = (who: keyof typeof COPIERS): number => median(runs[who].map((each) => each.seconds));
  const figures: Figures = {};
  for (const who of names) {
    figures[`${name}Seconds_${who}`] = seconds(who);
    figures[`${name}ProcessorSeconds_${who}`] = median(runs[who].map((each) => each.processorSeconds));
    figures[`${name}MbMax_${who}`] = Math.max(...runs[who].map((each) => each.mbMax));
  }
  figures[`${name}ObjectsPerSecond`] = count / seconds('store');
  figures[`${name}MbPerSecond`] = (count * bytes) / 1_000_000 / seconds('store');
  return { figures, ratios: { [`${name}TimeToRclone`]: seconds('store') / seconds('rclone') } };
}

if (require.main === module) void runBench('data', LIMITS, measure);
