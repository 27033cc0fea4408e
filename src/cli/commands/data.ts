import type { Command } from 'commander';
import { Option } from 'commander';
import type { CopyPolicy, Verify } from '../../data/decide';
import type { Cli } from '../cli';
import type { DataRequest } from '../data-run';
import { answerLines, planLines, statusLines } from '../data-text';
import type { WritingFlags } from '../data-writing';
import { compressOf, isVersioned, writingOf } from '../data-writing';
import { UsageError } from '../failure';
import { limitOf, numberOf } from '../flag-values';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { addReadCheck } from './data-read-check';

interface DataFlags extends CommonFlags, WritingFlags {
  readonly from: string;
  readonly fromEndpoint?: string;
  readonly toEndpoint?: string;
  readonly fromProfile?: string;
  readonly toProfile?: string;
  readonly state?: string;
  readonly verify?: string;
  readonly seed?: string;
  readonly read?: boolean;
  readonly repair?: boolean;
  readonly deletes?: 'keep' | 'mirror';
  readonly maxDeletePercent?: string;
  readonly overwrite?: boolean;
  readonly bandwidth?: string;
  readonly transfers?: string;
  readonly followLinks?: boolean;
}

type Verb = 'plan' | 'copy' | 'sync' | 'verify' | 'status';

const ABOUT: Readonly<Record<Verb, string>> = {
  plan: 'say what a copy would do, from the listings alone',
  copy: 'copy and prove what the target does not have: exit 0 proven, 1 not proven, 64 bad usage',
  sync: 'as copy, and with --deletes mirror remove what the source does not have any more',
  verify: 'prove that the target holds what the source holds, without copying: exit 0 proven, 1 not proven',
  status: 'where the last run stands',
};

const SEED_MAX = 4_294_967_295;
const TRANSFERS_DEFAULT = '64';

export function addData(program: Command, cli: Cli): void {
  const data = program.command('data').description('move and prove data between buckets and directories');
  example(
    data,
    'crossfade data copy --from s3://old/features --to s3://new/features',
    'crossfade data verify --from /mnt/models --to s3://new/models --verify full',
  );
  for (const verb of Object.keys(ABOUT) as Verb[]) {
    const command = withPlaces(data.command(verb).description(ABOUT[verb]));
    if (verb !== 'status') withChoices(command, verb);
    example(withJson(command), `crossfade data ${verb} --from /mnt/features --to s3://new/features`);
    onRun<DataFlags>(command, cli, (_argument, flags) => run(cli, verb, flags));
  }
  addReadCheck<DataFlags>(withPlaces(data.command('read-check')), cli, endsOf);
}

function withPlaces(command: Command): Command {
  return command
    .requiredOption('--from <url>', 's3://bucket/prefix or a directory')
    .requiredOption('--to <url>', 's3://bucket/prefix or a directory')
    .option('--from-endpoint <url>', 'of a source that is no AWS')
    .option('--to-endpoint <url>', 'of a target that is no AWS')
    .option('--from-profile <name>', "of AWS's configuration files")
    .option('--to-profile <name>', "of AWS's configuration files")
    .option('--versions <which>', 'latest or all: each version, deletions too, in its order', 'latest')
    .option('--state <dir>', 'manifest and checkpoint (default: below ~/.local/state/crossfade)');
}

function withChoices(command: Command, verb: Exclude<Verb, 'status'>): void {
  command
    .option('--verify <what>', 'changed, full, sample(PERCENT) or none', verb === 'verify' ? 'full' : 'changed')
    .option('--seed <number>', 'of the sample', '0')
    .option('--read', 'compare bytes that are read back, even where both places state a checksum')
    .option('--repair', 'copy again what was proven before and differs now')
    .option('--bandwidth <limit>', "such as 10M, or '08:00,10M 18:00,off'; bytes a second, binary units", 'off')
    .option('--transfers <count>', 'objects under way at once', TRANSFERS_DEFAULT)
    .option('--compress <globs>', 'as gzip where that is smaller: patterns such as *.csv,*.json (buckets only)')
    .option('--follow-links', 'inside a directory; otherwise links are passed over');
  if (verb === 'verify') return;
  command
    .option('--overwrite', 'also what is newer on the target')
    .option('--kms-key-id <key>', "encrypts what is written; otherwise the bucket's own encryption")
    .option('--storage-class <class>', "of what is written; otherwise the source's")
    .option('--without-object-lock', 'write without retention and legal holds that objects have at the source');
  if (verb === 'copy') return;
  command
    .addOption(
      new Option('--deletes <what>', 'of what only the target has').choices(['keep', 'mirror']).default('keep'),
    )
    .option('--max-delete-percent <number>', "remove nothing if it were more of the target's objects", '10');
}

async function run(cli: Cli, verb: Verb, flags: DataFlags): Promise<number> {
  if (verb === 'status') return status(cli, flags);
  const request = requestOf(cli, verb, flags);
  const stop = new AbortController();
  const interruption = cli.interruption();
  void interruption.happened.then(() => stop.abort());
  try {
    if (verb === 'plan') {
      const plan = await cli.data().planData(cli.io, request, stop.signal);
      print(cli, flags, plan, planLines(plan));
      return 0;
    }
    const answer = await cli.data().runData(cli.io, request, stop.signal);
    print(cli, flags, answer, answerLines(answer));
    return answer.result.isProven ? 0 : 1;
  } catch (error) {
    if (!(error instanceof cli.data().StoppedError)) throw error;
    const { state, done } = error;
    print(cli, flags, { stopped: true, state, done }, [
      `stopped after ${done.objects} objects; the same command goes on from there (state in ${state})`,
    ]);
    return 1;
  } finally {
    interruption.ignore();
  }
}

async function status(cli: Cli, flags: DataFlags): Promise<number> {
  const { DataState, defaultStateDir, namesOf } = cli.data();
  const isAll = isVersioned(flags, flags.from);
  const state = new DataState(flags.state ?? defaultStateDir(namesOf(endsOf(flags)), cli.io.env, isAll));
  const [manifest, checkpoint, result] = [
    await state.manifest(flags, isAll),
    await state.checkpoint(),
    await state.result(),
  ];
  const value = {
    state: state.directory,
    manifest: manifest ?? null,
    checkpoint: checkpoint ?? null,
    result: result ?? null,
  };
  print(cli, flags, value, statusLines(value));
  return manifest === undefined && checkpoint === undefined ? 1 : 0;
}

/** @throws UsageError naming the flag. */
function requestOf(cli: Cli, verb: Exclude<Verb, 'status'>, flags: DataFlags): DataRequest {
  return {
    ...endsOf(flags),
    state: flags.state,
    policy: policyOf(verb, flags),
    writing: writingOf(flags),
    isVersioned: isVersioned(flags, flags.from),
    deletePercentMax: numberOf('--max-delete-percent', flags.maxDeletePercent ?? '10', 0, 100),
    bandwidth: bandwidthOf(cli, flags.bandwidth ?? 'off'),
    transfersMax: Math.min(10_000, limitOf('--transfers', flags.transfers ?? TRANSFERS_DEFAULT)),
    followsLinks: flags.followLinks === true,
    isQuiet: flags.json === true,
  };
}

function endsOf(flags: DataFlags): Pick<DataRequest, 'from' | 'to'> {
  return {
    from: placeOf(flags.from, flags.fromEndpoint, flags.fromProfile),
    to: placeOf(flags.to, flags.toEndpoint, flags.toProfile),
  };
}

function placeOf(url: string, endpoint: string | undefined, profile: string | undefined): DataRequest['from'] {
  return { url, ...(endpoint === undefined ? {} : { endpoint }), ...(profile === undefined ? {} : { profile }) };
}

function policyOf(verb: Exclude<Verb, 'status'>, flags: DataFlags): CopyPolicy {
  const compress = compressOf(flags);
  const verify = verifyOf(flags.verify ?? 'changed', flags.seed ?? '0');
  if (verb === 'verify' && verify.kind === 'none') throw new UsageError('--verify none: then there is nothing to do');
  return {
    mode: verb === 'verify' ? 'verify' : 'copy',
    verify,
    readBack: flags.read === true,
    repair: flags.repair === true,
    overwrite: flags.overwrite === true,
    mirror: flags.deletes === 'mirror',
    ...(compress === undefined ? {} : { compress }),
  };
}

function verifyOf(text: string, seed: string): Verify {
  const share = /^sample\((.+)\)$/.exec(text)?.[1];
  if (share !== undefined) {
    const percent = numberOf('--verify sample', share.replace(/%$/, ''), 0, 100);
    return { kind: 'sample', percent, seed: Math.floor(numberOf('--seed', seed, 0, SEED_MAX)) };
  }
  if (text === 'changed' || text === 'full' || text === 'none') return { kind: text };
  throw new UsageError(`--verify ${text}: must be changed, full, sample(PERCENT) or none`);
}

function bandwidthOf(cli: Cli, text: string): DataRequest['bandwidth'] {
  try {
    return cli.data().parseTimetable(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--bandwidth: ${error.message}`);
    throw error;
  }
}
