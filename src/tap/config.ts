import { MigrationError } from '../domain/errors';

export interface Address {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface TapConfig {
  /** Where users' requests arrive. */
  readonly listen: Address;
  /** Where the shadow adapter speaks. */
  readonly control: Address;
  /** The server that answers users. */
  readonly source: URL;
  /** What the control side asks for. */
  readonly token: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigInvalid naming the variable. */
export function readTapConfig(env: Environment): TapConfig {
  return {
    listen: readAddress(env, 'CROSSFADE_TAP_LISTEN'),
    control: readAddress(env, 'CROSSFADE_TAP_CONTROL'),
    source: readSource(env),
    token: required(env, 'CROSSFADE_TAP_TOKEN'),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name]?.trim();
  if (!value) throw new MigrationError('ConfigInvalid', `${name} is not set: the tap does not start without it`);
  return value;
}

function readAddress(env: Environment, name: string): Address {
  const text = required(env, name);
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new MigrationError('ConfigInvalid', `${name} must be host:port (got ${JSON.stringify(text)})`);
  return { host: (match[1] ?? match[2]) as string, port };
}

function readSource(env: Environment): URL {
  const name = 'CROSSFADE_TAP_SOURCE';
  const text = required(env, name);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new MigrationError(
      'ConfigInvalid',
      `${name} must be an http or https URL without query (got ${JSON.stringify(text)})`,
    );
  }
  return url;
}
