import type { Command } from 'commander';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, messageOf, onRun, print, withMessage } from '../options';
import type { MessageFlags } from '../options';
import type { Session } from '../session';

interface GateFlags extends MessageFlags {
  readonly gate?: string;
}

export function addGates(program: Command, cli: Cli): void {
  for (const name of ['approve', 'reject'] as const) {
    const command = program
      .command(name)
      .argument('<workload>')
      .description(`say ${name === 'approve' ? 'yes' : 'no'} at the open gate`)
      .option('--gate <name>', 'refuse unless this gate is the open one');
    example(withMessage(command, cli), `crossfade ${name} ranker --gate cutover-10 --reason "looked at the numbers"`);
    onRun<GateFlags>(command, cli, (workload, flags) =>
      withSession(cli, flags, (session) => answerGate(cli, flags, session, workload, name)),
    );
  }
}

async function answerGate(
  cli: Cli,
  flags: GateFlags,
  session: Session,
  workload: string,
  name: 'approve' | 'reject',
): Promise<number> {
  const gate = flags.gate === undefined ? {} : { gate: flags.gate };
  const message = { ...messageOf(cli, flags), ...gate };
  const answer = await session.update(workload, 'approveGate', { ...message, approved: name === 'approve' });
  switch (answer.kind) {
    case 'done':
      print(cli, flags, { workload, result: 'done', text: answer.text }, [`${workload}: ${answer.text}`]);
      return 0;
    case 'rejected':
      print(cli, flags, { workload, result: 'rejected', reason: answer.reason }, []);
      cli.io.err(`${name} refused: ${answer.reason}`);
      return 1;
    case 'no_answer':
      return leaveWord(cli, flags, session, workload, name, answer.reason);
  }
}

/** Nobody is there to answer. A word without the gate's name might be taken for the next gate, so only a named one is left. */
async function leaveWord(
  cli: Cli,
  flags: GateFlags,
  session: Session,
  workload: string,
  name: 'approve' | 'reject',
  reason: string,
): Promise<number> {
  if (flags.gate === undefined) {
    print(cli, flags, { workload, result: 'not_sent', reason }, []);
    cli.io.err(`${name} was not sent: ${reason}; with --gate NAME it can be left for when a worker is there`);
    return 1;
  }
  await session.signal(workload, name, { ...messageOf(cli, flags), gate: flags.gate });
  print(cli, flags, { workload, result: 'sent', reason }, [
    `${workload}: ${name} for gate ${flags.gate} is sent and waits: ${reason}`,
  ]);
  return 0;
}
