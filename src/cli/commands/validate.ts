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
    const { parseSpec, readSpecFile, specNotes, specProblems } = cli.spec();
    const document = readSpecFile(file);
    const problems = specProblems(document);
    const notes = problems.length === 0 ? specNotes(parseSpec(document)) : [];
    const heading = problems.length === 0 ? `${file}: valid` : `${file}: ${problems.length} problem(s)`;
    print(cli, flags, { valid: problems.length === 0, problems, ...(notes.length === 0 ? {} : { notes }) }, [
      heading,
      ...problems.map(({ path, problem }) => `  ${path}: ${problem}`),
      ...notes.map((note) => `  not checked: ${note}`),
    ]);
    return problems.length === 0 ? 0 : 1;
  });
}
