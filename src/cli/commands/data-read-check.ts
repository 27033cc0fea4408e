import type { Command } from 'commander';
import type { Cli } from '../cli';
import { limitOf, numberOf } from '../flag-values';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import type { PlaceFlags } from '../data-places';

interface ReadCheckFlags extends CommonFlags {
  readonly sample: string;
  readonly firstByteRatioMax: string;
  readonly throughputRatioMin: string;
  readonly seed: string;
}

const RATIO_MAX = 100;
const SEED_MAX = 4_294_967_295;
const SAMPLE_MAX = 10_000;

/** @param command `data read-check`, with its places. @param endsOf reads them from its flags. */
export function addReadCheck<Flags extends CommonFlags>(
  command: Command,
  cli: Cli,
  endsOf: (flags: Flags) => { readonly from: PlaceFlags; readonly to: PlaceFlags },
): void {
  command
    .description('time reads of the same objects from both: exit 0 pass, 1 fail or too few, 64 bad usage')
    .option('--sample <count>', 'objects, at most', '1000')
    .option('--first-byte-ratio-max <number>', "largest P99 of the first byte, over the source's", '1.5')
    .option('--throughput-ratio-min <number>', "smallest bytes a second, over the source's", '0.7')
    .option('--seed <number>', 'of the sample', '0');
  example(withJson(command), 'crossfade data read-check --from s3://old/features --to s3://new/features');
  onRun<Flags & ReadCheckFlags>(command, cli, async (_argument, flags) => {
    const { runReadCheck, readCheckLines } = cli.readCheck();
    const answer = await runReadCheck(
      {
        ...endsOf(flags),
        sampleMax: Math.min(SAMPLE_MAX, limitOf('--sample', flags.sample)),
        firstByteP99RatioMax: numberOf('--first-byte-ratio-max', flags.firstByteRatioMax, 1, RATIO_MAX),
        throughputRatioMin: numberOf('--throughput-ratio-min', flags.throughputRatioMin, 0, 1),
        seed: Math.floor(numberOf('--seed', flags.seed, 0, SEED_MAX)),
        onNotice: (text) => cli.io.err(`data: ${text}`),
      },
      new AbortController().signal,
    );
    print(cli, flags, answer, readCheckLines(answer));
    return answer.kind === 'pass' ? 0 : 1;
  });
}
