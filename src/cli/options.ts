import type { Command } from 'commander';
import type { OperatorMessage } from '../contracts/messages';
import type { Cli } from './cli';
import type { ConnectionFlags } from './session';

export interface CommonFlags extends ConnectionFlags {
  readonly json?: boolean;
}

export interface MessageFlags extends CommonFlags {
  readonly reason?: string;
  readonly by?: string;
}

/** Every command has an example below its help. */
export function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText('after', `\nExample:\n${lines.map((line) => `  $ ${line}`).join('\n')}`);
}

export function withJson(command: Command): Command {
  return command.option('--json', 'one JSON object instead of text');
}

/**
 * What a command does. Gets its one argument ('' when it has none) and all flags, the global ones too.
 * @param act answers with the exit code; nothing means 0.
 */
export function onRun<Flags extends object>(
  command: Command,
  cli: Cli,
  act: (argument: string, flags: Flags) => Promise<number | void> | number | void,
): void {
  command.action(async () => {
    cli.exitCode = (await act(command.args[0] ?? '', command.optsWithGlobals<Flags>())) ?? 0;
  });
}

/** Who asks, and why: it stands in the ledger for ever. */
export function withMessage(command: Command, cli: Cli): Command {
  return withJson(command)
    .option('--reason <text>', 'why; kept on record')
    .option('--by <name>', `who; kept on record (default: ${cli.io.user})`);
}

export function messageOf(cli: Cli, flags: MessageFlags): OperatorMessage {
  return { requestedBy: flags.by ?? cli.io.user, ...(flags.reason === undefined ? {} : { reason: flags.reason }) };
}

/** Prints one of the two forms. */
export function print(cli: Cli, flags: CommonFlags, value: object, lines: readonly string[]): void {
  if (flags.json) cli.io.out(JSON.stringify(value));
  else for (const line of lines) cli.io.out(line);
}
