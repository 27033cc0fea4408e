import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import { writeOutput } from '../write-output';

interface AssessFlags extends CommonFlags {
  readonly html?: string;
  readonly prices: string;
}

export function addAssess(program: Command, cli: Cli): void {
  const command = program
    .command('assess')
    .argument('<file>', 'inventory, YAML or JSON')
    .description('readiness, strategy, instances, waves, time and cost of an inventory of workloads')
    .option('--html <file>', 'one page to hand on, besides the text');
  example(withJson(command), 'crossfade assess examples/inventory.yaml --html assessment.html');
  onRun<AssessFlags>(command, cli, (file, flags) => {
    const { parseInventory, readSpecFile } = cli.spec();
    const { assess, assessHtml, assessLines, TABLE_PRICES } = cli.assess();
    const assessment = assess(parseInventory(readSpecFile(file)), TABLE_PRICES);
    if (flags.html !== undefined) writeOutput(flags.html, assessHtml(assessment));
    print(cli, flags, assessment, flags.json === true ? [] : assessLines(assessment));
  });
}
