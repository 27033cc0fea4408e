import type { Command } from 'commander';
import { Option } from 'commander';
import type { AssessFlags } from '../assess-run';
import type { Cli } from '../cli';
import { collect } from '../flag-values';
import { example, onRun, withJson } from '../options';

export function addAssess(program: Command, cli: Cli): void {
  const command = program
    .command('assess')
    .argument('[file]', 'inventory, YAML or JSON')
    .description('readiness, strategy, instances, waves, time and cost of an inventory of workloads')
    .option('--html <file>', 'one page to hand on, besides the text')
    .addOption(
      new Option('--prices <source>', 'the table of this version, or the AWS Price List API')
        .choices(['table', 'aws'])
        .default('table'),
    )
    .option('--from-csv <file>', 'print an inventory to fill in, of the hosts of a CSV file')
    .option('--from-ansible <file>', 'the same, of an Ansible inventory in YAML')
    .option('--from-prometheus <url>', 'the same, of what a Prometheus watches')
    .option('--from-aws <region>', 'the same, of the instances that run in an AWS account; it is only read')
    .option('--tag <key>', "with --from-aws: the tag whose value is the workload's name")
    .option(
      '--only <key=value>',
      'with --from-aws: instances that bear this tag, too; may be given several times',
      collect,
    );
  example(
    withJson(command),
    'crossfade assess examples/inventory.yaml --html assessment.html',
    'crossfade assess --from-csv hosts.csv > inventory.yaml',
    'crossfade assess --from-aws eu-west-1 --tag workload --only stage=production > inventory.yaml',
  );
  onRun<AssessFlags>(command, cli, (file, flags) => cli.assess().runAssess(cli, file, flags));
}
