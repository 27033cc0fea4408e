import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun } from '../options';
import type { ConnectionFlags } from '../session';

export function addWorker(program: Command, cli: Cli): void {
  const command = program
    .command('worker')
    .description('run a worker until SIGTERM; AWS credentials come from the environment, a profile or a role');
  example(command, 'CROSSFADE_TAP_TOKEN=… crossfade worker --address localhost:7233');
  command.option('--json', 'its log is JSON lines in any case');
  onRun<ConnectionFlags>(command, cli, (_none, flags) => cli.runWorker(flags));
}
