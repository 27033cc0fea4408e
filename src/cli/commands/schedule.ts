import type { Command } from 'commander';
import type { Repetition, ScheduleRow, ScheduleView } from '../../adapters/temporal-schedules';
import { partId, PARTS } from '../../contracts/messages';
import type { PartName } from '../../contracts/messages';
import { followed, syncEveryMs } from '../../domain/data-freeze';
import { formatDuration, parseDuration } from '../../domain/quantity';
import type { MigrationSpec } from '../../domain/spec';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { durationMsOf } from '../flag-values';
import { example, messageOf, onRun, print, withJson, withMessage } from '../options';
import type { CommonFlags, MessageFlags } from '../options';
import { partSchedule } from '../part-schedule';
import type { Session } from '../session';

interface CreateFlags extends CommonFlags {
  readonly run: string;
  readonly every?: string;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly jitter?: string;
}

/** What runs again and again without a person: baselines, copies of data, validations of the target, dry runs. */
export function addSchedule(program: Command, cli: Cli): void {
  const command = program.command('schedule').description('run a part of a migration again and again');
  example(command, 'crossfade schedule list');
  addCreate(command, cli);
  addReads(command, cli);
  addChanges(command, cli);
}

function addCreate(parent: Command, cli: Cli): void {
  const command = parent
    .command('create')
    .argument('<file>', 'spec, YAML or JSON')
    .description('create a schedule, or change the one that is there')
    .requiredOption('--run <part>', Object.keys(PARTS).join(', '))
    .option('--every <duration>', "such as 6h (default for sync: the spec's syncEvery)")
    .option('--cron <expression>', 'such as "0 3 * * 1-5", instead of --every')
    .option('--time-zone <name>', 'of --cron, such as Europe/Berlin (default: UTC)')
    .option('--jitter <duration>', 'each run is late by up to this (default: a tenth of --every, at most 5m)');
  example(
    withJson(command),
    'crossfade schedule create ranker.yaml --run validation --every 6h',
    'crossfade schedule create ranker.yaml --run dry-run --cron "0 6 * * 1-5" --time-zone Europe/Berlin',
  );
  onRun<CreateFlags>(command, cli, async (file, flags) => {
    const { parseSpec, readSpecFile } = cli.spec();
    const part = partOf(flags.run);
    const document = readSpecFile(file);
    const spec = parseSpec(document);
    const when = repetitionOf(flags, part, spec);
    await withSession(cli, flags, async (session) => {
      const repeated = partSchedule(part, spec.workload, document, when);
      const made = await session.schedules.put(repeated);
      print(cli, flags, { schedule: repeated.id, made, ...when }, [`schedule ${repeated.id} ${made}: ${textOf(when)}`]);
    });
  });
}

function partOf(text: string): PartName {
  if (Object.hasOwn(PARTS, text)) return text as PartName;
  throw new UsageError(`--run ${text}: must be one of ${Object.keys(PARTS).join(', ')}`);
}

function repetitionOf(flags: CreateFlags, part: PartName, spec: MigrationSpec): Repetition {
  const { every, cron, timeZone, jitter } = flags;
  const spread = jitter === undefined ? {} : { jitterMs: jitterMsOf(jitter) };
  if (every !== undefined && cron !== undefined) throw new UsageError('--every and --cron: only one of them');
  if (cron !== undefined)
    return { cron, ...(timeZone === undefined ? {} : { timeZone: timeZoneOf(timeZone) }), ...spread };
  if (timeZone !== undefined) throw new UsageError(`--time-zone ${timeZone}: needs --cron`);
  if (every !== undefined) return { everyMs: durationMsOf('--every', every), ...spread };
  if (part === 'sync' && followed(spec.data).length > 0) return { everyMs: syncEveryMs(spec.data), ...spread };
  throw new UsageError(`--run ${part}: needs --every or --cron`);
}

/** `0s` is allowed. */
function jitterMsOf(text: string): number {
  const jitterMs = parseDuration(text);
  if (jitterMs !== undefined) return jitterMs;
  throw new UsageError(`--jitter ${text}: must be a duration like 30s`);
}

/** The server has a list of its own, and says so where it is another. */
function timeZoneOf(text: string): string {
  try {
    // An offset such as +01:00 is known here and not there.
    if (/^[A-Za-z]/.test(text)) new Intl.DateTimeFormat('en', { timeZone: text });
    else throw new RangeError(text);
    return text;
  } catch {
    throw new UsageError(`--time-zone ${text}: must be a time zone such as Europe/Berlin or UTC`);
  }
}

function textOf(when: Repetition): string {
  if ('everyMs' in when) return `every ${formatDuration(when.everyMs)}`;
  return `cron "${when.cron}", ${when.timeZone ?? 'UTC'}`;
}

function addReads(parent: Command, cli: Cli): void {
  const list = parent.command('list').description('all schedules of the namespace');
  example(withJson(list), 'crossfade schedule list');
  onRun<CommonFlags>(list, cli, (_none, flags) =>
    withSession(cli, flags, async ({ schedules, namespace }) => {
      const rows = await schedules.list();
      const none = [`there are no schedules in namespace ${namespace}`];
      print(cli, flags, { namespace, schedules: rows }, rows.length === 0 ? none : rows.map(rowText));
    }),
  );
  const describe = parent
    .command('describe')
    .argument('<id>', 'such as validate/ranker')
    .description('when a schedule ran and will run');
  example(withJson(describe), `crossfade schedule describe ${partId('validation', 'ranker')}`);
  onRun<CommonFlags>(describe, cli, (id, flags) =>
    withSession(cli, flags, async ({ schedules }) => {
      const view = await schedules.describe(id);
      print(cli, flags, view, viewLines(view));
    }),
  );
}

const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');

function rowText({ id, paused, note, nextAt, lastAt }: ScheduleRow): string {
  const next = paused ? 'paused' : nextAt === null ? 'never again' : `next ${minute(nextAt)}`;
  return `${id}  ${next}  last ${lastAt === null ? '-' : minute(lastAt)}${note === '' ? '' : `  ${note}`}`;
}

function viewLines(view: ScheduleView): string[] {
  const { upcoming, running, runCount, skippedCount, missedCount } = view;
  return [
    rowText(view),
    `  runs     ${runCount}, ${skippedCount} left out because one was running, ${missedCount} missed`,
    ...(running.length === 0 ? [] : [`  running  ${running.join(', ')}`]),
    ...(upcoming.length === 0 ? [] : [`  then     ${upcoming.slice(0, 5).map(minute).join(', ')}`]),
  ];
}

interface Change {
  readonly description: string;
  readonly done: string;
  readonly act: (schedules: Session['schedules'], id: string, why: string) => Promise<unknown>;
}

const CHANGES: Readonly<Record<string, Change>> = {
  trigger: {
    description: 'run it now, unless it is running',
    done: 'is triggered',
    act: (schedules, id) => schedules.trigger(id),
  },
  pause: {
    description: 'run it no more until it is resumed',
    done: 'is paused',
    act: (schedules, id, why) => schedules.pause(id, why),
  },
  resume: {
    description: 'run it again after a pause, or after a run that failed',
    done: 'goes on',
    act: (schedules, id, why) => schedules.resume(id, why),
  },
};

function addChanges(parent: Command, cli: Cli): void {
  for (const [name, { description, done, act }] of Object.entries(CHANGES)) {
    const command = parent.command(name).argument('<id>', 'such as validate/ranker').description(description);
    example(withMessage(command, cli), `crossfade schedule ${name} ${partId('validation', 'ranker')}`);
    onRun<MessageFlags>(command, cli, (id, flags) =>
      withSession(cli, flags, async ({ schedules }) => {
        const { requestedBy, reason } = messageOf(cli, flags);
        await act(schedules, id, `${requestedBy}: ${reason ?? 'no reason given'}`);
        print(cli, flags, { schedule: id, result: name }, [`schedule ${id} ${done}`]);
      }),
    );
  }
  const command = parent.command('delete').argument('<id>').description('take a schedule away');
  example(withJson(command), `crossfade schedule delete ${partId('validation', 'ranker')}`);
  onRun<CommonFlags>(command, cli, (id, flags) =>
    withSession(cli, flags, async ({ schedules }) => {
      const deleted = await schedules.delete(id);
      print(cli, flags, { schedule: id, deleted }, [deleted ? `schedule ${id} is gone` : `there is no schedule ${id}`]);
    }),
  );
}
