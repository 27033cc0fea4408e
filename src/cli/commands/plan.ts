import type { Command } from 'commander';
import { planMigration } from '../../domain/plan';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { planLines } from '../plan-text';

export function addPlan(program: Command, cli: Cli): void {
  const command = program
    .command('plan')
    .argument('<file>', 'spec, YAML or JSON')
    .description('print all that a migration would do; asks nobody');
  example(withJson(command), 'crossfade plan examples/complete.yaml');
  onRun<CommonFlags>(command, cli, (file, flags) => {
    const { parseSpec, readSpecFile } = cli.spec();
    const spec = parseSpec(readSpecFile(file));
    const plan = planMigration(spec);
    print(cli, flags, plan, planLines(plan, spec));
  });
}
