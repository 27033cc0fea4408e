import type { Command } from 'commander';
import { MigrationError } from '../../domain/errors';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import type { RunInfo, Session } from '../session';
import { statusLines } from '../status-text';

export function addStatus(program: Command, cli: Cli): void {
  const command = program
    .command('status')
    .argument('<workload>')
    .description('where a migration is and what it waits for');
  example(withJson(command), 'crossfade status ranker');
  onRun<CommonFlags>(command, cli, async (workload, flags) => {
    await withSession(cli, flags, async (session) => {
      const run = await session.find(workload);
      if (run.state === 'RUNNING') return printRunning(cli, flags, session, workload, run);
      await printEnded(cli, flags, session, workload, run);
    });
  });
}

async function printRunning(
  cli: Cli,
  flags: CommonFlags,
  session: Session,
  workload: string,
  run: RunInfo,
): Promise<void> {
  const answer = await session.status(workload);
  if (answer.kind === 'no_answer') {
    throw new MigrationError(
      'TemporalUnreachable',
      `${run.workflowId} is running (run ${run.runId}) and does not say where it is: ${answer.reason}`,
    );
  }
  print(cli, flags, { state: run.state, runId: run.runId, ...answer.status }, statusLines(answer.status, cli.io.now()));
}

export async function printEnded(
  cli: Cli,
  flags: CommonFlags,
  session: Session,
  workload: string,
  run: RunInfo,
): Promise<string> {
  const ending = await session.ending(workload);
  const { workflowId, runId, state, closedAt } = run;
  print(cli, flags, { workload, workflowId, runId, state, closedAt, ...ending }, [
    `${workload}: ${ending.outcome} at ${closedAt ?? 'an unknown time'} (run ${runId})`,
    `  ${ending.message.replaceAll('\n', '\n  ')}`,
    ...(ending.ledgerRecords === null
      ? []
      : [`  ${ending.ledgerRecords} records in the ledger: crossfade explain ${workload}`]),
    ...(ending.outcome === 'terminated'
      ? [`  traffic back to the source: crossfade rollback ${workload} --emergency`]
      : []),
  ]);
  return ending.outcome;
}
