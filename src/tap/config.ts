import type { Address, Environment } from '../server/environment';
import { given, invalid, parseAddress, required } from '../server/environment';
import { COPY_TIMEOUT_MS } from './copier';

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

const WHO = 'the tap';

/** @throws ConfigInvalid naming the variable. */
export function readTapConfig(env: Environment): TapConfig {
  return {
    listen: readAddress(env, 'CROSSFADE_TAP_LISTEN'),
    control: readAddress(env, 'CROSSFADE_TAP_CONTROL'),
    source: readSource(env),
    token: required(env, 'CROSSFADE_TAP_TOKEN', WHO),
    metricsAccess: readMetricsAccess(env),
    copyTimeoutMs: readCopyTimeoutMs(env),
  };
}

function readMetricsAccess(env: Environment): TapConfig['metricsAccess'] {
  const text = given(env, 'CROSSFADE_TAP_METRICS') ?? 'token';
  if (text === 'open' || text === 'token') return text;
  throw invalid('CROSSFADE_TAP_METRICS', 'open or token', text);
}

function readCopyTimeoutMs(env: Environment): number {
  const name = 'CROSSFADE_TAP_COPY_TIMEOUT_SECONDS';
  const text = given(env, name);
  if (text === undefined) return COPY_TIMEOUT_MS;
  const seconds = Number(text);
  if (seconds > 0 && seconds <= COPY_TIMEOUT_SECONDS_MAX) return seconds * 1_000;
  throw invalid(name, `above 0 and at most ${COPY_TIMEOUT_SECONDS_MAX}`, text);
}

function readAddress(env: Environment, name: string): Address {
  return parseAddress(name, required(env, name, WHO));
}

function readSource(env: Environment): URL {
  const name = 'CROSSFADE_TAP_SOURCE';
  const text = required(env, name, WHO);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '') return url;
  throw invalid(name, 'an http or https URL without query', text);
}
