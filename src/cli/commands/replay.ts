import { randomInt } from 'node:crypto';
import { Option } from 'commander';
import type { Command } from 'commander';
import { seededRandom } from '../../analysis/random';
import { planArrivals } from '../../tap/replay/plan';
import type { Plan } from '../../tap/replay/plan';
import type { ReplayOptions, SentAccount } from '../../tap/replay/replay';
import type { Policy } from '../../spec';
import type { Cli } from '../cli';
import { collect, durationMsOf, headersOf, limitOf, numberOf, serverOf } from '../flag-values';
import type { FileFacts } from '../json-lines';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { FORMATS, readRecording } from '../read-recording';
import type { RecordingFormat } from '../read-recording';
import { answering, EXIT_CODES, malformedLines, policyOf } from '../recorded';
import { ReplayEvidence } from '../replay-evidence';
import { ReplayResults } from '../replay-results';
import type { Redaction } from '../../tap/redact';
import { redactionOf } from './capture';
import type { RedactFlags } from './capture';

interface ReplayFlags extends CommonFlags, Pick<RedactFlags, 'redactPath'> {
  readonly from: string;
  readonly format: RecordingFormat;
  readonly path: string;
  readonly region?: string;
  readonly source: string;
  readonly target: string;
  readonly policy: string;
  readonly speed: string;
  readonly concurrencyMax: string;
  readonly maxRequests?: string;
  readonly for?: string;
  readonly timeout: string;
  readonly window: string;
  readonly header?: readonly string[];
  readonly sourceHeader?: readonly string[];
  readonly targetHeader?: readonly string[];
  readonly sendRedacted?: boolean;
  readonly seed?: string;
  readonly results?: string;
}

const SEED_MAX = 4_294_967_295;

export function addReplay(program: Command, cli: Cli): void {
  const command = program
    .command('replay')
    .description(
      'send recorded requests to source and target and judge the answers: exit 0 pass, 1 fail, 2 insufficient, 3 blind, 64 bad usage',
    )
    .requiredOption('--from <place>', 's3://bucket/prefix, a directory or a file')
    .requiredOption('--source <url>', 'where the workload runs today')
    .requiredOption('--target <url>', 'where it shall run')
    .requiredOption(
      '--policy <file>',
      "YAML or JSON with the spec's guardrails and shadow.equivalence; a whole spec will do",
    )
    .addOption(new Option('--format <format>', 'of the recording').choices(FORMATS).default('auto'))
    .option('--path <path>', "for requests whose recording does not say, such as SageMaker's", '/invocations')
    .option('--region <region>', "of the bucket, where AWS's own settings name none")
    .option('--speed <factor>', 'so many times as fast as recorded', '1')
    .option('--concurrency-max <count>', 'pairs in flight; further ones are not sent, and counted', '256')
    .option('--max-requests <count>', 'only the first ones of the recording')
    .option('--for <duration>', 'send nothing later than this')
    .option('--timeout <duration>', 'how long an answer is waited for', '10s')
    .option('--window <duration>', 'requests that share noise: what one look compares', '10s')
    .option('--header <name:value>', 'for both sides (repeatable)', collect)
    .option('--source-header <name:value>', 'for the source alone (repeatable)', collect)
    .option('--target-header <name:value>', 'for the target alone (repeatable)', collect)
    .option(
      '--redact-path <path>',
      'JSON path in answers; compared, and neither told nor kept (repeatable)',
      collect,
      [],
    )
    .option('--send-redacted', 'send requests in whose bodies values were replaced, too')
    .option('--seed <number>', 'decides which side is first (default: by chance)')
    .option('--results <dir>', 'write what was seen, for `judge` and `compare`');
  example(
    withJson(command),
    'crossfade replay --from s3://recordings/ranker --source http://old:8080 --target http://new:8080 --policy policy.yaml',
  );
  onRun<ReplayFlags>(command, cli, (_argument, flags) => answering(() => run(cli, flags)));
}

async function run(cli: Cli, flags: ReplayFlags): Promise<number> {
  const policy = policyOf(cli, flags.policy);
  const seed = flags.seed === undefined ? randomInt(SEED_MAX) : numberOf('--seed', flags.seed, 0, SEED_MAX);
  const speed = numberOf('--speed', flags.speed, 0.001, 1_000_000);
  const redaction = redactionOf(flags);
  const options = optionsOf(flags, policy, seed);
  const durationMs = flags.for === undefined ? Number.POSITIVE_INFINITY : durationMsOf('--for', flags.for);
  const { requests, facts } = await readRecording(flags.from, cli.openRecordings(flags.from, flags.region), {
    format: flags.format,
    path: flags.path,
    requestCountMax: limitOf('--max-requests', flags.maxRequests),
  });
  const plan = planArrivals(requests, { speed, durationMs, sendsRedacted: flags.sendRedacted === true });
  const settings = { seed, speed };
  const { evidence, sent } = await send(cli, { flags, policy, plan, options, redaction, settings });
  return tell(cli, flags, evidence, { plan, sent, recording: facts, settings });
}

type SendOptions = Omit<ReplayOptions, 'clock' | 'onPair' | 'stop'>;

/** @throws UsageError naming the flag. */
function optionsOf(flags: ReplayFlags, policy: Policy, seed: number): SendOptions {
  const both = headersOf('--header', flags.header ?? []);
  return {
    source: {
      url: serverOf('--source', flags.source),
      headers: { ...both, ...headersOf('--source-header', flags.sourceHeader ?? []) },
    },
    target: {
      url: serverOf('--target', flags.target),
      headers: { ...both, ...headersOf('--target-header', flags.targetHeader ?? []) },
    },
    random: seededRandom(seed),
    inFlightMax: limitOf('--concurrency-max', flags.concurrencyMax),
    timeoutMs: durationMsOf('--timeout', flags.timeout),
    equivalence: policy.equivalence,
    redactPaths: flags.redactPath ?? [],
  };
}

interface Sending {
  readonly flags: ReplayFlags;
  readonly policy: Policy;
  readonly plan: Plan;
  readonly options: SendOptions;
  readonly redaction: Redaction;
  readonly settings: { readonly seed: number; readonly speed: number };
}

async function send(cli: Cli, sending: Sending): Promise<{ evidence: ReplayEvidence; sent: SentAccount }> {
  const { flags, policy, plan, options, settings, redaction } = sending;
  const startMs = cli.io.now();
  const evidence = new ReplayEvidence(policy, durationMsOf('--window', flags.window), startMs);
  const results = flags.results === undefined ? undefined : await ReplayResults.open(flags.results, startMs, redaction);
  const stop = new AbortController();
  const interruption = cli.interruption();
  void interruption.happened.then(() => stop.abort());
  cli.io.err(
    `replay: ${plan.arrivals.length} of ${plan.recorded} requests to ${flags.source} and ${flags.target}, seed ${settings.seed}`,
  );
  const { processClock, replay } = cli.replay();
  const sent = await replay(plan.arrivals, {
    ...options,
    clock: processClock(),
    stop: stop.signal,
    onPair: (pair) => {
      evidence.take(pair);
      return results?.take(pair);
    },
  });
  interruption.ignore();
  await results?.write();
  return { evidence, sent };
}

interface Told {
  readonly plan: Plan;
  readonly sent: SentAccount;
  readonly recording: FileFacts;
  readonly settings: { readonly seed: number; readonly speed: number };
}

function tell(cli: Cli, flags: ReplayFlags, evidence: ReplayEvidence, told: Told): number {
  const { answer, lines } = evidence.answer(told);
  const { plan, sent, recording } = told;
  print(cli, flags, answer, [
    `${answer.verdict}: ${answer.reasons.join('; ')}`,
    ...lines,
    `  ${plan.recorded} recorded: ${sent.sent} sent to both, ${sent.crowded} not sent for want of room, ${sent.interrupted} interrupted, ${plan.redacted} redacted, ${plan.changing} may change something, ${plan.beyond} later than --for`,
    ...malformedLines(flags.from, recording),
  ]);
  return EXIT_CODES[answer.verdict];
}
