import type { Command } from 'commander';
import type { StatusView } from '../../contracts/messages';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import type { Io } from '../io';
import { example, onRun, withJson } from '../options';
import type { CommonFlags } from '../options';
import type { Session, StatusAnswer } from '../session';
import { changeKey, statusLines, watchLine } from '../status-text';
import { printEnded } from './status';

const LOOK_EVERY_MS = 1_000;
/** In a pipe a line comes at least this often, so that silence means trouble. */
const LINE_EVERY_MS = 60_000;

export function addWatch(program: Command, cli: Cli): void {
  const command = program
    .command('watch')
    .argument('<workload>')
    .description('follow a migration until it ends; exit 0 when it completes');
  example(withJson(command), 'crossfade watch ranker');
  onRun<CommonFlags>(command, cli, (workload, flags) =>
    withSession(cli, flags, (session) => watch(cli, flags, session, workload)),
  );
}

async function watch(cli: Cli, flags: CommonFlags, session: Session, workload: string): Promise<number> {
  const show = flags.json ? jsonView(cli.io) : cli.io.isTerminal ? terminalView(cli.io) : lineView(cli.io);
  for (;;) {
    const run = await session.find(workload);
    if (run.state !== 'RUNNING') return (await printEnded(cli, flags, session, workload, run)) === 'completed' ? 0 : 1;
    show(await session.status(workload));
    await cli.io.sleep(LOOK_EVERY_MS);
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

/** Redraws in place. What cannot be told now stands below what was known last. */
function terminalView(io: Io): View {
  let drawnCount = 0;
  let known: string[] = [];
  return (answer) => {
    if (answer.kind === 'answered') known = statusLines(answer.status, io.now());
    const lines = answer.kind === 'answered' ? known : [...known, `  ! ${answer.reason}`];
    const up = drawnCount === 0 ? '' : `\u001b[${drawnCount}A`;
    // Lines that wrap would be counted wrong, so the terminal is told not to wrap while we draw.
    io.write(`\u001b[?7l${up}\u001b[J${lines.join('\n')}\n\u001b[?7h`);
    drawnCount = lines.length;
  };
}
