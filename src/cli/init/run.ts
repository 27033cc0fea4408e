/** What `crossfade init` does; loaded when it runs. All of the writing is at the end, in one call. */
import { existsSync, writeFileSync } from 'node:fs';
import type { Cli } from '../cli';
import { UsageError } from '../failure';
import { print } from '../options';
import type { CommonFlags } from '../options';
import type { Field, ProblemAt } from './answers';
import { Answers } from './answers';
import { documentOf, draftText } from './draft';
import { endFields } from './fields';
import type { Given } from './flags';
import { flagText } from './flags';
import { ROADS } from './roads';

export interface InitFlags extends CommonFlags, Given {
  readonly out?: string;
  readonly force?: boolean;
}

/** @throws UsageError naming the flag that would help; nothing is written then. */
export async function runInit(cli: Cli, flags: InitFlags): Promise<void> {
  if (flags.out !== undefined) refuseThere(flags.out, flags.force);
  const answers = new Answers(flags, cli.prompter(), problemAt(cli));
  const region = await answers.field({
    flag: 'region',
    question: 'in which region does it run? (such as eu-west-1)',
    proposal: cli.io.env['AWS_REGION'] ?? cli.io.env['AWS_DEFAULT_REGION'],
    path: ['region'],
  });
  const road = await answers.choice(
    { flag: 'road', question: 'which road is yours?', none: 'no road' },
    ROADS,
    (choice) => choice,
  );
  const account = cli.openAccount(String(region.value));
  const { workload: proposed, fields: found } = await road.find(account, answers, String(region.value));
  const workload = await answers.field({
    flag: 'workload',
    question: 'what is the name of the workload?',
    proposal: proposed,
    path: ['workload'],
    note: 'its migration is migration/WORKLOAD',
  });
  const name = String(workload.value);
  const fields: Field[] = [
    { path: ['apiVersion'], value: 'crossfade/v1' },
    workload,
    region,
    ...found,
    ...(await endFields(answers, name)),
  ];
  refuseInvalid(cli, fields);
  const file = flags.out ?? `${name}.yaml`;
  writeDraft(file, draftText(fields, headingOf(road.value, file)), flags.force);
  print(cli, flags, { file, spec: documentOf(fields) }, [
    `${file}: written, and valid`,
    'look through it, then:',
    `  crossfade plan ${file}`,
    `  crossfade start ${file} --dry-run`,
  ]);
}

function headingOf(road: string, file: string): string[] {
  return [
    `Written by crossfade init --road ${road}, of what runs now. All else has the playbook's numbers:`,
    `crossfade plan ${file} says them; examples/complete.yaml has every key.`,
  ];
}

function problemAt(cli: Cli): ProblemAt {
  return (fields, path) => {
    const at = path.join('.');
    const problems = cli.spec().specProblems(documentOf(fields));
    return problems.find((one) => one.path === at || one.path.startsWith(`${at}[`))?.problem;
  };
}

function refuseInvalid(cli: Cli, fields: readonly Field[]): void {
  const problems = cli.spec().specProblems(documentOf(fields));
  if (problems.length === 0) return;
  const lines = problems.map(({ path, problem }) => {
    const flag = fields.find((field) => `${path}.`.startsWith(`${field.path.join('.')}.`))?.flag;
    return `  ${path}: ${problem}${flag === undefined ? '' : ` (${flagText(flag)})`}`;
  });
  throw new UsageError(['what was found makes no valid spec, so nothing was written:', ...lines].join('\n'));
}

function refuseThere(file: string, force: boolean | undefined): void {
  if (force !== true && existsSync(file)) throw new UsageError(`${file}: is there already; --force writes over it`);
}

function writeDraft(file: string, text: string, force: boolean | undefined): void {
  refuseThere(file, force);
  try {
    writeFileSync(file, text, { flag: force === true ? 'w' : 'wx' });
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
