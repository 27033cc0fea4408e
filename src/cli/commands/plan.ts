import type { Command } from 'commander';
import { chooseMethod } from '../../domain/data-method';
import { planMigration } from '../../domain/plan';
import { powerOf } from '../../analysis/power';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { planLines } from '../plan-text';

/** JSON has no infinity. */
function finite(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (each === Number.POSITIVE_INFINITY ? 'never' : each)),
  );
}

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
    const power = powerOf(spec, plan);
    const unmet = power?.flatMap((step) => step.unmet) ?? [];
    print(
      cli,
      flags,
      {
        ...plan,
        ...(spec.data.length === 0 ? {} : { data: spec.data.map(chooseMethod) }),
        ...(power === undefined ? {} : { power: finite(power) }),
      },
      planLines(plan, spec, power),
    );
    if (unmet.length === 0) return 0;
    cli.io.err(['the policy cannot be met with baseline.expected:', ...unmet.map((each) => `  ${each}`)].join('\n'));
    return 1;
  });
}
