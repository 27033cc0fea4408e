import type { Command } from 'commander';
import type { SignalName } from '../../contracts/messages';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, messageOf, onRun, print, withMessage } from '../options';
import type { MessageFlags } from '../options';
import type { Session } from '../session';

/** The wishes that a signal carries; approve, reject and rollback want an answer and have files of their own. */
const WISHES: readonly (readonly [name: SignalName, description: string, reason: string])[] = [
  ['pause', "stop the step's clock and start nothing new; watching goes on", 'incident elsewhere'],
  ['resume', 'let the clock run again after a pause', 'incident is over'],
  ['retry', 'blocked: try again; rolled back: start again from shadow traffic', 'permission is granted'],
  ['skip', 'blocked: go on without this step, where that is safe', 'checked by hand'],
  ['abandon', 'traffic back to the source, undo what was built, end the run', 'not now'],
];

export function addSignals(program: Command, cli: Cli): void {
  for (const [name, description, reason] of WISHES) {
    const command = program.command(name).argument('<workload>').description(description);
    example(withMessage(command, cli), `crossfade ${name} ranker --reason "${reason}"`);
    onRun<MessageFlags>(command, cli, (workload, flags) =>
      withSession(cli, flags, (session) => send(cli, flags, session, workload, name)),
    );
  }
}

/** A signal has no answer, so the migration is asked what it made of it. */
export async function send(
  cli: Cli,
  flags: MessageFlags,
  session: Session,
  workload: string,
  name: SignalName,
): Promise<void> {
  await session.signal(workload, name, messageOf(cli, flags));
  const answer = await session.status(workload);
  if (answer.kind === 'no_answer') {
    print(cli, flags, { sent: name, workload, status: null }, [
      `${name}: sent to ${workload}; it will act when it can: ${answer.reason}`,
    ]);
    return;
  }
  const { status } = answer;
  const decision = status.decisions.at(-1);
  print(cli, flags, { sent: name, workload, status }, [
    `${name}: sent to ${workload}, which is now in ${status.phase}${status.paused ? ' (paused)' : ''}: ${status.step}`,
    ...(decision === undefined ? [] : [`  last decision  ${decision}`]),
    `  waits for      ${status.waitingFor}`,
  ]);
}
