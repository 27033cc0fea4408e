import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { createCli } from './cli';
import type { Cli } from './cli';
import { describeFailure, NoVerdictError, UsageError } from './failure';
import { processIo } from './io';
import { buildProgram } from './program';

const EXIT_FAILED = 1;
/** As sysexits.h says: the command was used incorrectly. */
const EXIT_USAGE = 64;
const EXIT_SOFTWARE = 70;

/**
 * @param argv as in `process.argv`: the first two are the program.
 * @param given what a test brings; without it the process's exit code is set.
 * @returns the exit code; never rejects.
 */
export async function main(argv: readonly string[], given?: Cli): Promise<number> {
  const cli = given ?? createCli(processIo());
  const code = await run(argv, cli);
  if (given === undefined) process.exitCode = code;
  return code;
}

async function run(argv: readonly string[], cli: Cli): Promise<number> {
  let wantsJson = false;
  const program = buildProgram(cli);
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => cli.io.out(text.trimEnd()),
      writeErr: (text) => cli.io.err(text.trimEnd()),
    });
  }
  program.hook('preAction', (_program, command: Command) => {
    wantsJson = command.opts<{ json?: boolean }>().json === true;
  });
  try {
    await program.parseAsync([...argv]);
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    report(cli, error, wantsJson);
    return error instanceof UsageError ? EXIT_USAGE : error instanceof NoVerdictError ? EXIT_SOFTWARE : EXIT_FAILED;
  }
}

/** One line for a person; for a program the same as JSON on standard output, where it looks. */
function report(cli: Cli, error: unknown, wantsJson: boolean): void {
  const failure = describeFailure(error);
  if (wantsJson) cli.io.out(JSON.stringify({ error: failure }));
  cli.io.err(`${failure.code}: ${failure.message}`);
}
