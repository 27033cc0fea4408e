import type { Command } from 'commander';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, messageOf, onRun, print, withMessage } from '../options';
import type { MessageFlags } from '../options';
import type { Session } from '../session';

interface ExtendFlags extends MessageFlags {
  readonly for: string;
}

export function addExtend(program: Command, cli: Cli): void {
  const command = program
    .command('extend')
    .argument('<workload>')
    .description('hold the current step longer; also answers a gate that asks for more evidence')
    .requiredOption('--for <duration>', 'how much longer, such as 6h');
  example(withMessage(command, cli), 'crossfade extend ranker --for 6h --reason "the weekend is quiet"');
  onRun<ExtendFlags>(command, cli, (workload, flags) =>
    withSession(cli, flags, (session) => extend(cli, flags, session, workload)),
  );
}

async function extend(cli: Cli, flags: ExtendFlags, session: Session, workload: string): Promise<number> {
  const answer = await session.update(workload, 'extendStep', { ...messageOf(cli, flags), by: flags.for });
  if (answer.kind === 'done') {
    print(cli, flags, { workload, result: 'done', text: answer.text }, [`${workload}: ${answer.text}`]);
    return 0;
  }
  print(cli, flags, { workload, result: answer.kind, reason: answer.reason }, []);
  cli.io.err(
    answer.kind === 'rejected'
      ? `extend refused: ${answer.reason}`
      : `no answer: ${answer.reason}. Look at crossfade status ${workload} before you send it again`,
  );
  return 1;
}
