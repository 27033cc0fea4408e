import { MigrationError } from '../domain/errors';
import { COPY_TIMEOUT_MS } from './copier';

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
  /** Whether `GET /metrics` asks for the token. */
  readonly metricsAccess: 'open' | 'token';
  /** How long the target may take to answer a copy. */
  readonly copyTimeoutMs: number;
}

/** A window is settled once its copies are: longer ones would leave the judge without evidence. */
const COPY_TIMEOUT_SECONDS_MAX = 25;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigInvalid naming the variable. */
export function readTapConfig(env: Environment): TapConfig {
  return {
    listen: readAddress(env, 'CROSSFADE_TAP_LISTEN'),
    control: readAddress(env, 'CROSSFADE_TAP_CONTROL'),
    source: readSource(env),
    token: required(env, 'CROSSFADE_TAP_TOKEN'),
    metricsAccess: readMetricsAccess(env),
    copyTimeoutMs: readCopyTimeoutMs(env),
  };
}

function required(env: Environment, name: string): string {
  const value = env[name]?.trim();
  if (!value) throw new MigrationError('ConfigInvalid', `${name} is not set: the tap does not start without it`);
  return value;
}

function readMetricsAccess(env: Environment): TapConfig['metricsAccess'] {
  const text = env['CROSSFADE_TAP_METRICS']?.trim() || 'token';
  if (text === 'open' || text === 'token') return text;
  throw new MigrationError(
    'ConfigInvalid',
    `CROSSFADE_TAP_METRICS must be open or token (got ${JSON.stringify(text)})`,
  );
}

function readCopyTimeoutMs(env: Environment): number {
  const text = env['CROSSFADE_TAP_COPY_TIMEOUT_SECONDS']?.trim();
  if (!text) return COPY_TIMEOUT_MS;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= COPY_TIMEOUT_SECONDS_MAX) return seconds * 1_000;
  throw new MigrationError(
    'ConfigInvalid',
    `CROSSFADE_TAP_COPY_TIMEOUT_SECONDS must be above 0 and at most ${COPY_TIMEOUT_SECONDS_MAX} (got ${JSON.stringify(text)})`,
  );
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
