import type { Command } from 'commander';
import { Option } from 'commander';
import type { Cli } from '../cli';
import type { OptimiseFlags } from '../optimise-run';
import { example, onRun, withJson } from '../options';

export function addOptimise(program: Command, cli: Cli): void {
  const command = program
    .command('optimise')
    .argument('[workload]')
    .description(
      'after a migration: right-sizing, autoscaling, Savings Plan and storage, by what was seen of the target',
    )
    .option('--spec <file>', "the migration's spec, YAML or JSON, instead of asking Temporal for it")
    .option('--days <number>', 'how far back metrics and costs are read', '28')
    .addOption(
      new Option('--prices <source>', 'the table of this version, or the AWS Price List API')
        .choices(['table', 'aws'])
        .default('table'),
    )
    .option('--plan-share <number>', 'what a Savings Plan saves of on-demand, 0 to 0.9 (default: 0.25, assumed)')
    .option('--costs', 'also ask Cost Explorer (AWS takes USD 0.01 a request), and compare with the estimate');
  example(withJson(command), 'crossfade optimise ranker', 'crossfade optimise --spec ranker.yaml --costs --json');
  onRun<OptimiseFlags>(command, cli, (workload, flags) => cli.optimise().runOptimise(cli, workload, flags));
}
