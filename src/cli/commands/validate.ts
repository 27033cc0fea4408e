import type { Command } from 'commander';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';

export function addValidate(program: Command, cli: Cli): void {
  const command = program
    .command('validate')
    .argument('<file>', 'spec, YAML or JSON')
    .description('check a spec and print every problem with its path');
  example(withJson(command), 'crossfade validate examples/minimal.yaml');
  onRun<CommonFlags>(command, cli, (file, flags) => {
    const { readSpecFile, specProblems } = cli.spec();
    const problems = specProblems(readSpecFile(file));
    const heading = problems.length === 0 ? `${file}: valid` : `${file}: ${problems.length} problem(s)`;
    print(cli, flags, { valid: problems.length === 0, problems }, [
      heading,
      ...problems.map(({ path, problem }) => `  ${path}: ${problem}`),
    ]);
    return problems.length === 0 ? 0 : 1;
  });
}
