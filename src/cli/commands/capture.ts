import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { Recordings } from '../../ports/recordings';
import type { Capture, CaptureAccount } from '../../tap/capture/capture';
import { compileRedaction } from '../../tap/redact';
import type { Redaction } from '../../tap/redact';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { addressOf, collect, durationMsOf, limitOf, numberOf, serverOf } from '../flag-values';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';

export interface RedactFlags {
  readonly redactHeader?: readonly string[];
  readonly redactPath?: readonly string[];
  readonly redactQuery?: readonly string[];
}

interface CaptureFlags extends CommonFlags, RedactFlags {
  readonly listen: string;
  readonly source: string;
  readonly to: string;
  readonly percent: string;
  readonly for?: string;
  readonly maxRequests?: string;
  readonly maxBytes?: string;
  readonly gzip?: boolean;
  readonly partSeconds: string;
  readonly region?: string;
}

const PART_BYTES_MAX = 8 * 1_048_576;
const OPEN_COUNT_MAX = 256;
const WAITING_BYTES_MAX = 64 * 1_048_576;
const ANSWER_TIMEOUT_MS = 60_000;
const RETRY_AFTER_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

export function addCapture(program: Command, cli: Cli): void {
  const command = program
    .command('capture')
    .description('stand in front of a source server, answer from it, and record what users ask, for `crossfade replay`')
    .requiredOption('--listen <host:port>', 'for users')
    .requiredOption('--source <url>', 'the server that answers them')
    .requiredOption('--to <place>', 's3://bucket/prefix or a directory')
    .option('--percent <number>', 'share of requests that are recorded', '100')
    .option('--for <duration>', 'how long (default: until Ctrl-C)')
    .option('--max-requests <count>', 'end after so many recorded requests')
    .option('--max-bytes <count>', 'end after so many recorded bytes, before packing')
    .option('--gzip', 'pack the files')
    .option('--part-seconds <seconds>', 'longest time before a file is written', '60')
    .option('--region <region>', "of the bucket, where AWS's own settings name none")
    .option('--redact-header <name>', 'not stored; credentials never are (repeatable)', collect)
    .option('--redact-path <path>', 'JSON path in bodies, such as $.user.email; not stored (repeatable)', collect)
    .option('--redact-query <name>', 'not stored; credentials never are (repeatable)', collect);
  example(
    withJson(command),
    'crossfade capture --listen 0.0.0.0:8080 --source http://127.0.0.1:8081 --to s3://recordings/ranker --for 1h',
  );
  onRun<CaptureFlags>(command, cli, async (_argument, flags) => {
    const durationMs = flags.for === undefined ? undefined : durationMsOf('--for', flags.for);
    const capture = await startFrom(cli, flags);
    cli.io.err(`capture: port ${capture.port} answers from ${flags.source}, recorded at ${flags.to}`);
    await untilOver(cli, capture, durationMs);
    cli.io.err('capture: stopping');
    const account = await capture.stop();
    print(cli, flags, account, accountLines(account));
    return account.lost === 0 ? 0 : 1;
  });
}

/** @throws UsageError naming the flag. */
export function redactionOf({ redactHeader = [], redactPath = [], redactQuery = [] }: RedactFlags): Redaction {
  try {
    return compileRedaction({ headers: redactHeader, paths: redactPath, query: redactQuery });
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--redact-…: ${error.message}`);
    throw error;
  }
}

async function startFrom(cli: Cli, flags: CaptureFlags): Promise<Capture> {
  const options = {
    listen: addressOf('--listen', flags.listen),
    source: serverOf('--source', flags.source),
    fraction: numberOf('--percent', flags.percent, 0, 100) / 100,
    redaction: redactionOf(flags),
    requestCountMax: limitOf('--max-requests', flags.maxRequests),
    byteCountMax: limitOf('--max-bytes', flags.maxBytes),
    openCountMax: OPEN_COUNT_MAX,
    waitingBytesMax: WAITING_BYTES_MAX,
    answerTimeoutMs: ANSWER_TIMEOUT_MS,
    captureId: randomBytes(4).toString('hex'),
    isPacked: flags.gzip === true,
    partBytesMax: PART_BYTES_MAX,
    partAgeMaxMs: numberOf('--part-seconds', flags.partSeconds, 1, 3_600) * 1_000,
    retryAfterMs: RETRY_AFTER_MS,
    sleep: (durationMs: number) => cli.io.sleep(durationMs),
    random: Math.random,
    // A wall clock may be set back, and a recording must not.
    now: () => Math.round(performance.timeOrigin + performance.now()),
  };
  const place = cli.openRecordings(flags.to, flags.region);
  await proveWritable(place, flags.to, options.captureId);
  return cli.startCapture(place, options);
}

/** An hour of requests must not be lost to a bucket that is not there: a file without lines is written first. */
async function proveWritable(place: Recordings, to: string, captureId: string): Promise<void> {
  try {
    await place.write(`${captureId}-start.jsonl`, new Uint8Array());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = /region is missing/i.test(reason) ? ' (give --region)' : '';
    throw new UsageError(`--to ${to}: cannot be written: ${reason}${hint}`);
  }
}

/** Until a limit is reached, the time is over, or somebody interrupts. */
async function untilOver(cli: Cli, capture: Capture, durationMs: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const interruption = cli.interruption();
  const isTime = new Promise<void>((resolve) => {
    if (durationMs !== undefined) timer = setTimeout(resolve, durationMs);
  });
  await Promise.race([capture.isFull, isTime, interruption.happened]);
  clearTimeout(timer);
  interruption.ignore();
}

function accountLines(account: CaptureAccount): string[] {
  const { received, written, parts, bytes, lost, dropped, skipped, unfinished, tooLarge, lastError } = account;
  return [
    `${received} requests: ${written} recorded (${parts} files, ${bytes} bytes), ${skipped} skipped, ${dropped} dropped for want of room, ${tooLarge} too large, ${unfinished} unfinished, ${lost} lost`,
    ...(lastError === undefined ? [] : [`  could not write: ${lastError}`]),
  ];
}
