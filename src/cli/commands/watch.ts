import type { Command } from 'commander';
import type { StatusView } from '../../contracts/messages';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import type { Io } from '../io';
import { example, onRun, withJson } from '../options';
import type { CommonFlags } from '../options';
import type { Session, StatusAnswer } from '../session';
import { changeKey, watchLine } from '../status-text';
import { WatchTerminal } from '../watch-terminal';
import { printEnded } from './status';

const LOOK_EVERY_MS = 1_000;
/** In a pipe a line comes at least this often, so that silence means trouble. */
const LINE_EVERY_MS = 60_000;

export function addWatch(program: Command, cli: Cli): void {
  const command = program
    .command('watch')
    .argument('<workload>')
    .description('follow a migration until it ends, and answer its gates with keys; exit 0 when it completes');
  example(withJson(command), 'crossfade watch ranker', 'crossfade watch ranker | tee watch.log');
  onRun<CommonFlags>(command, cli, (workload, flags) =>
    withSession(cli, flags, (session) => watch(cli, flags, session, workload)),
  );
}

async function watch(cli: Cli, flags: CommonFlags, session: Session, workload: string): Promise<number> {
  if (flags.json || !cli.io.isTerminal) {
    const show = flags.json ? jsonView(cli.io) : lineView(cli.io);
    return (await follow(cli, flags, session, workload, { show })) ?? 0;
  }
  const terminal = new WatchTerminal(cli.io, session, workload);
  try {
    const quit = terminal.hasQuit.then(() => 'quit' as const);
    return (await follow(cli, flags, session, workload, { show: (answer) => terminal.show(answer), quit })) ?? 0;
  } finally {
    terminal.close();
  }
}

/** @returns the exit code; undefined: somebody wants no more of it, and the migration goes on. */
async function follow(
  cli: Cli,
  flags: CommonFlags,
  session: Session,
  workload: string,
  { show, quit = new Promise<never>(() => undefined) }: { show: View; quit?: Promise<'quit'> },
): Promise<number | undefined> {
  for (;;) {
    const run = await session.find(workload);
    if (run.state !== 'RUNNING') return (await printEnded(cli, flags, session, workload, run)) === 'completed' ? 0 : 1;
    show(await session.status(workload));
    if ((await Promise.race([quit, cli.io.sleep(LOOK_EVERY_MS)])) === 'quit') return undefined;
  }
}

type View = (answer: StatusAnswer) => void;

function jsonView(io: Io): View {
  return onChange(
    io,
    (status) => io.out(JSON.stringify(status)),
    (reason) => io.err(reason),
  );
}

function lineView(io: Io): View {
  const stamp = (): string => new Date(io.now()).toISOString();
  return onChange(
    io,
    (status) => io.out(`${stamp()} ${watchLine(status, io.now())}`),
    (reason) => io.out(`${stamp()} ${reason}`),
  );
}

/** Speaks when something but the clock has changed, and every minute. */
function onChange(io: Io, showStatus: (status: StatusView) => void, showReason: (reason: string) => void): View {
  let shownKey = '';
  let shownAtMs = 0;
  return (answer) => {
    const key = answer.kind === 'answered' ? changeKey(answer.status) : answer.reason;
    if (key === shownKey && io.now() - shownAtMs < LINE_EVERY_MS) return;
    shownKey = key;
    shownAtMs = io.now();
    if (answer.kind === 'answered') showStatus(answer.status);
    else showReason(answer.reason);
  };
}
