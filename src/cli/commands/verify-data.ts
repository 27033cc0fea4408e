import type { Command } from 'commander';
import { formatBytes } from '../data-progress';
import type { Cli } from '../cli';
import type { SetProof } from '../data-proof';
import { UsageError } from '../failure';
import { numberOf } from '../flag-values';
import { example, onRun, print } from '../options';
import { readLedgerOf, withLedger } from './ledger-flags';
import type { LedgerFlags } from './ledger-flags';

interface VerifyDataFlags extends LedgerFlags {
  readonly dataSet?: string;
  readonly full?: boolean;
  readonly sample?: string;
  readonly seed?: string;
  readonly repair?: boolean;
}

const SEED_MAX = 4_294_967_295;
const DIFFERENCES_SHOWN = 100;

export function addVerifyData(program: Command, cli: Cli): void {
  const command = withLedger(program.command('verify-data').argument('<workload>'))
    .description('prove the moved data again, against the root in the ledger: exit 0 proven, 1 not')
    .option('--data-set <name>', 'one of them (default: all)')
    .option('--full', 'every object (the default)')
    .option('--sample <percent>', 'a share of the objects, the same keys for the same seed')
    .option('--seed <number>', 'of the sample', '0')
    .option('--repair', 'copy again from the source what differs or is missing');
  example(command, 'crossfade verify-data ranker', 'crossfade verify-data ranker --data-set model --sample 5 --repair');
  onRun<VerifyDataFlags>(command, cli, (workload, flags) => run(cli, workload, flags));
}

async function run(cli: Cli, workload: string, flags: VerifyDataFlags): Promise<number> {
  if (flags.full === true && flags.sample !== undefined) throw new UsageError('--full and --sample exclude each other');
  const percent = flags.sample === undefined ? 100 : numberOf('--sample', flags.sample.replace(/%$/, ''), 0, 100);
  if (percent === 0) throw new UsageError('--sample 0: then there is nothing to do');
  const seed = Math.floor(numberOf('--seed', flags.seed ?? '0', 0, SEED_MAX));
  const { url: ledger, region, reader, records, recordCount } = await readLedgerOf(cli, flags, workload);
  const { recordedSets, realPlaces, proveAgain } = cli.dataProof();
  const sets = recordedSets(records).filter(({ dataSet }) => flags.dataSet === undefined || dataSet === flags.dataSet);
  const stop = new AbortController();
  const interruption = cli.interruption();
  void interruption.happened.then(() => stop.abort(new UsageError('stopped')));
  // A root counts as much as the chain that holds it.
  const problems = reader.verify(records, workload, recordCount);
  if (sets.length === 0)
    problems.push(flags.dataSet === undefined ? 'no data was verified' : `no data set ${flags.dataSet} was verified`);
  const proofs: SetProof[] = [];
  try {
    const places = realPlaces(region);
    for (const recorded of sets) {
      const request = { ledger, workload, recorded, percent, seed, repair: flags.repair === true };
      proofs.push(await proveAgain(places, request, (text) => cli.io.err(`verify-data: ${text}`), stop.signal));
    }
  } finally {
    interruption.ignore();
  }
  const isProven = problems.length === 0 && proofs.every((proof) => proof.isProven);
  print(cli, flags, { workload, ledger, isProven, problems, dataSets: proofs }, [
    ...problems.map((problem) => `${workload}: ledger: ${problem}`),
    ...proofs.flatMap(linesOf),
  ]);
  return isProven ? 0 : 1;
}

function linesOf({ dataSet, at, root, isProven, reasons, to, proof, repaired }: SetProof): string[] {
  const differences = proof?.differences ?? [];
  const hidden = differences.length - DIFFERENCES_SHOWN;
  return [
    isProven
      ? `${dataSet}: proven: root ${root} of ${new Date(at).toISOString()}`
      : `${dataSet}: not proven: ${reasons.join('; ')}`,
    ...(proof === undefined
      ? []
      : [
          `  ${to}: ${proof.checked} of ${proof.objects} objects (${formatBytes(proof.checkedBytes)}) looked at: ${proof.stored} stored, ${proof.read} read`,
        ]),
    ...(repaired === 0 ? [] : [`  ${repaired} copied again`]),
    ...differences
      .slice(0, DIFFERENCES_SHOWN)
      .map(({ key, recorded, found }) => `  ${key}: recorded ${recorded}; found ${found}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
  ];
}
