/**
 * `npm run bench:data`: copies between buckets of one real S3 server (versitygw), against rclone on the same server in the
 * same run, in turn; an incremental run; a copy that is killed again and again; the memory of a listing without end.
 * BENCH_SCALE (1) makes everything smaller for a look: 0.1 is a tenth of the objects and bytes. BENCH_ONLY names parts,
 * separated by commas; a limit on what was not measured is missed.
 */
import { statfsSync } from 'node:fs';
import os from 'node:os';
import { against } from './data/against';
import { productCopy, productCopyProven, rcloneCopy, rcloneCopyAndCheck, storeCopy } from './data/copies';
import { killed } from './data/killed';
import { longListing } from './data/long-listing';
import { Stage } from './data/stage';
import { unchanged } from './data/unchanged';
import { runBench } from './support/report';
import type { Measured } from './support/report';

const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 3);
const MB = 1_000_000;
const SMALL = { count: Math.ceil(10_000 * SCALE), bytes: 4_096, rounds: ROUNDS };
const BIG = { count: 4, bytes: Math.ceil(1_024 ** 3 * SCALE), rounds: ROUNDS };
/** Source, a target at a time, and room to breathe. */
const DISK_BYTES_MIN = 2 * BIG.count * BIG.bytes + 8_000 * MB;

const LIMITS = {
  /** 1.2 times the objects a second. */
  smallTimeToRclone: 1 / 1.2,
  bigTimeToRclone: 1,
  bigMbMax_product: 300,
  provenTimeToRclone: 1,
  unchangedTimeToRclone: 1.5,
  listingMbMax: 300,
  movedTwicePercent: 10,
  killedUnproven: 0,
};

const PARTS: Readonly<Record<string, (stage: Stage) => Promise<Measured>>> = {
  small: (stage) =>
    against(stage, { name: 'small', ...SMALL }, { rclone: rcloneCopy, store: storeCopy, product: productCopy }),
  big: (stage) => against(stage, { name: 'big', ...BIG }, { rclone: rcloneCopy, product: productCopy }),
  proven: (stage) =>
    against(stage, { name: 'proven', ...SMALL }, { rclone: rcloneCopyAndCheck, product: productCopyProven }),
  unchanged: (stage) => unchanged(stage, Math.ceil(100_000 * SCALE), ROUNDS),
  killed: (stage) => killed(stage, SCALE),
  listing: () => longListing(Math.ceil(10_000_000 * SCALE)),
};

async function measure(): Promise<Measured> {
  const { bavail, bsize } = statfsSync(os.tmpdir());
  if (bavail * bsize < DISK_BYTES_MIN)
    throw new Error(`${os.tmpdir()} has ${bavail * bsize} bytes left; ${DISK_BYTES_MIN} are needed`);
  const only = process.env['BENCH_ONLY']?.split(',') ?? Object.keys(PARTS);
  return Stage.use(async (stage) => {
    const measured: Measured[] = [];
    for (const [name, part] of Object.entries(PARTS)) if (only.includes(name)) measured.push(await part(stage));
    return {
      figures: Object.assign({}, ...measured.map(({ figures }) => figures)) as Measured['figures'],
      ratios: Object.assign({}, ...measured.map(({ ratios }) => ratios)) as Measured['ratios'],
    };
  });
}

if (require.main === module) void runBench('data', LIMITS, measure);
