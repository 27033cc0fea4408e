import { Command } from 'commander';
import type { Cli } from './cli';
import { addAssess } from './commands/assess';
import { addBacktest } from './commands/backtest';
import { addCapture } from './commands/capture';
import { addCompare } from './commands/compare';
import { addData } from './commands/data';
import { addExtend } from './commands/extend';
import { addExplain } from './commands/explain';
import { addFleet } from './commands/fleet';
import { addGates } from './commands/gates';
import { addInit } from './commands/init';
import { addInvokeProxy } from './commands/invoke-proxy';
import { addJudge } from './commands/judge';
import { addList } from './commands/list';
import { addOptimise } from './commands/optimise';
import { addPlan } from './commands/plan';
import { addReplay } from './commands/replay';
import { addReport } from './commands/report';
import { addRollback } from './commands/rollback';
import { addSchedule } from './commands/schedule';
import { addSignals } from './commands/signals';
import { addStart } from './commands/start';
import { addStatus } from './commands/status';
import { addSync } from './commands/sync';
import { addTap } from './commands/tap';
import { addValidate } from './commands/validate';
import { addVerifyData } from './commands/verify-data';
import { addVerifyLedger } from './commands/verify-ledger';
import { addWatch } from './commands/watch';
import { addWorker } from './commands/worker';
import { example } from './options';

/** In the order in which an operator meets them. */
const COMMANDS = [
  addAssess,
  addInit,
  addValidate,
  addPlan,
  addBacktest,
  addSync,
  addSchedule,
  addFleet,
  addStart,
  addStatus,
  addWatch,
  addList,
  addGates,
  addExtend,
  addSignals,
  addRollback,
  addExplain,
  addReport,
  addOptimise,
  addVerifyLedger,
  addVerifyData,
  addJudge,
  addCompare,
  addCapture,
  addReplay,
  addData,
  addWorker,
  addTap,
  addInvokeProxy,
];

/** Commands that never speak to Temporal. */
const LOCAL = new Set([
  'init',
  'assess',
  'validate',
  'plan',
  'backtest',
  'judge',
  'compare',
  'capture',
  'replay',
  'data',
  'tap',
  'invoke-proxy',
]);

export function buildProgram(cli: Cli): Command {
  const program = new Command('crossfade')
    .description('Moves a running AI workload to AWS in five phases, on evidence, with pause and rollback by signal.')
    .option('--address <host:port>', "Temporal's address (default: TEMPORAL_ADDRESS, else localhost:7233)")
    .option('--namespace <name>', 'Temporal namespace (default: TEMPORAL_NAMESPACE, else default)')
    .option('--profile <name>', "profile of Temporal's configuration file (default: TEMPORAL_PROFILE)")
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  example(
    program,
    'crossfade start examples/minimal.yaml --reason "move to AWS"',
    'crossfade watch ranker',
    'crossfade lab up    # a local AWS to try it on, in a clone of the repository',
  );
  for (const add of COMMANDS) add(program, cli);
  for (const command of program.commands) {
    const isLocal = LOCAL.has(command.name());
    for (const one of [command, ...command.commands]) one.configureHelp({ showGlobalOptions: !isLocal });
  }
  return program;
}
