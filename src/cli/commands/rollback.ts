import type { Command } from 'commander';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { describeFailure } from '../failure';
import { example, messageOf, onRun, print, withMessage } from '../options';
import type { MessageFlags } from '../options';
import type { EmergencyRollback, Session } from '../session';
import { send } from './signals';

interface RollbackFlags extends MessageFlags {
  readonly emergency?: boolean;
}

/** How long an emergency rollback may be silent before the operator hears why that may be. */
const SILENCE_MS = 10_000;

export function addRollback(program: Command, cli: Cli): void {
  const command = program
    .command('rollback')
    .argument('<workload>')
    .description('put all traffic back to the source at once')
    .option('--emergency', 'without the migration itself: when it was terminated, or does not answer');
  example(
    withMessage(command, cli),
    'crossfade rollback ranker --reason "users complain"',
    'crossfade rollback ranker --emergency --reason "the migration was terminated"',
  );
  onRun<RollbackFlags>(command, cli, (workload, flags) => {
    return withSession(cli, flags, (session) =>
      (flags.emergency ? rollBackEmergency : rollBack)(cli, flags, session, workload),
    );
  });
}

async function rollBack(cli: Cli, flags: RollbackFlags, session: Session, workload: string): Promise<number> {
  const answer = await session.update(workload, 'requestRollback', messageOf(cli, flags));
  switch (answer.kind) {
    case 'done':
      print(cli, flags, { workload, result: 'done', text: answer.text }, [
        `${workload}: ${answer.text}`,
        `  follow it   crossfade watch ${workload}`,
      ]);
      return 0;
    case 'rejected':
      print(cli, flags, { workload, result: 'rejected', reason: answer.reason }, []);
      cli.io.err(`rollback refused: ${answer.reason}`);
      return 1;
    case 'no_answer':
      // A signal is kept by the server until a worker comes.
      cli.io.err(`no answer: ${answer.reason}. If traffic must move now: crossfade rollback ${workload} --emergency`);
      await send(cli, flags, session, workload, 'rollback');
      return 0;
  }
}

async function rollBackEmergency(cli: Cli, flags: RollbackFlags, session: Session, workload: string): Promise<number> {
  const rollback = await session.rollbackEmergency(workload, messageOf(cli, flags));
  cli.io.err(`${rollback.workflowId} is started (run ${rollback.runId})`);
  const result = await resultOf(cli, rollback);
  const { generation, confirmedAt, recorded } = result;
  print(cli, flags, { ...result, workflowId: rollback.workflowId, runId: rollback.runId }, [
    `${workload}: all traffic is on the source (generation ${generation}, confirmed ${new Date(confirmedAt).toISOString()})`,
    ...(recorded ? [] : ['  the ledger did not take the record of it']),
  ]);
  return 0;
}

/** It goes on without us; what keeps it is told again and again, because somebody is waiting for traffic to move. */
async function resultOf(cli: Cli, rollback: EmergencyRollback): ReturnType<EmergencyRollback['result']> {
  const explain = setInterval(() => void explainSilence(cli, rollback), SILENCE_MS);
  try {
    return await rollback.result();
  } finally {
    clearInterval(explain);
  }
}

async function explainSilence(cli: Cli, rollback: EmergencyRollback): Promise<void> {
  const failure = await rollback.lastFailure().catch((error: unknown) => describeFailure(error).message);
  const why =
    failure === undefined
      ? 'is a worker running on the queue crossfade-rollback? (crossfade worker)'
      : `its last attempt failed: ${failure}`;
  cli.io.err(`still waiting, and it goes on even if you leave; ${why}`);
}
