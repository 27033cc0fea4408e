import type { Command } from 'commander';
import type { Cli } from '../cli';
import { FLAG_NAMES, FLAGS, flagText } from '../init/flags';
import type { InitFlags } from '../init/run';
import { example, onRun, withJson } from '../options';

export function addInit(program: Command, cli: Cli): void {
  const command = program
    .command('init')
    .description('look at what runs in an AWS account, and write a spec that moves it; the account is only read')
    .option('--out <file>', 'where to (default: WORKLOAD.yaml)')
    .option('--force', 'write over a file that is there');
  for (const flag of FLAG_NAMES) {
    const [value, says] = FLAGS[flag];
    command.option(`${flagText(flag)} ${value}`, says);
  }
  example(
    withJson(command),
    'crossfade init    # asks',
    'crossfade init --road alb --region eu-west-1 --load-balancer ranker --tap http://tap.internal:9091 --ledger s3://example-crossfade-ledger/migrations',
  );
  onRun<InitFlags>(command, cli, (_argument, flags) => cli.init().runInit(cli, flags));
}
