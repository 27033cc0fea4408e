/** Reads the environment of a process that stands in front of a server. */
import { MigrationError } from '../domain/errors';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** Empty and blank are unset. */
export function given(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** @param who does not start without it. @throws ConfigInvalid naming the variable. */
export function required(env: Environment, name: string, who: string): string {
  const value = given(env, name);
  if (value === undefined)
    throw new MigrationError('ConfigInvalid', `${name} is not set: ${who} does not start without it`);
  return value;
}

/** @throws ConfigInvalid naming the variable and the text. */
export function parseAddress(name: string, text: string): Address {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw invalid(name, 'host:port', text);
  return { host: (match[1] ?? match[2]) as string, port };
}

export function invalid(name: string, what: string, text: string): MigrationError {
  return new MigrationError('ConfigInvalid', `${name} must be ${what} (got ${JSON.stringify(text)})`);
}
