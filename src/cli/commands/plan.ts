import type { Command } from 'commander';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { example, onRun, withJson } from '../options';
import type { PlanFlags } from '../plan-run';

export function addPlan(program: Command, cli: Cli): void {
  const command = program
    .command('plan')
    .argument('<file>', 'spec, YAML or JSON')
    .description('print all that a migration would do; asks nobody')
    .option('--html <file>', 'one page to hand on, besides the text')
    .option('--iam', "only the least-privilege policy of the worker's role for this spec");
  example(withJson(command), 'crossfade plan examples/complete.yaml', 'crossfade plan examples/minimal.yaml --iam');
  onRun<PlanFlags>(command, cli, (file, flags) => {
    if (flags.iam === true && flags.html !== undefined) throw new UsageError('--iam and --html: one of them');
    const { parseSpec, readSpecFile } = cli.spec();
    const spec = parseSpec(readSpecFile(file));
    const { printPlan, printPolicy } = cli.plan();
    return flags.iam === true ? printPolicy(cli, spec) : printPlan(cli, flags, spec);
  });
}
