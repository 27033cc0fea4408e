import type { Address, Environment } from '../server/environment';
import { given, invalid, parseAddress, required } from '../server/environment';

export interface ProxyConfig {
  /** Where the load balancer's requests arrive. */
  readonly listen: Address;
  /** Name of the SageMaker endpoint that answers. */
  readonly endpoint: string;
  /** The only production variant that is asked; undefined: whichever the endpoint's weights say. */
  readonly variant?: string;
  readonly healthPath: string;
  /** The one path that is asked for; undefined: every path. */
  readonly path?: string;
  /** Requests to this path are answered as a stream, whatever they accept; undefined: those that accept an event stream. */
  readonly streamPath?: string;
  /** Requests at a time; what exceeds it is refused, not queued. */
  readonly concurrencyMax: number;
  /** How long the endpoint may take to begin an answer, and a stream to go on. */
  readonly timeoutMs: number;
  readonly bodyBytesMax: number;
  /** Bodies of requests held, all together. */
  readonly heldBytesMax: number;
  /** How long requests are still taken after health has begun to say no. */
  readonly drainMs: number;
}

const PREFIX = 'CROSSFADE_PROXY_';
const MIB = 1_048_576;
/** SageMaker's own rule for names of endpoints and variants. */
const SAGEMAKER_NAME = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

/** @throws ConfigInvalid naming the variable and the value. */
export function readProxyConfig(env: Environment): ProxyConfig {
  const path = readPath(env, 'PATH');
  const streamPath = readPath(env, 'STREAM_PATH');
  const variant = given(env, `${PREFIX}VARIANT`);
  const bodyBytesMax = readNumber(env, 'BODY_MB', { fallback: 25, max: 100 }) * MIB;
  return {
    listen: parseAddress(`${PREFIX}LISTEN`, given(env, `${PREFIX}LISTEN`) ?? '127.0.0.1:8080'),
    endpoint: readName('ENDPOINT', required(env, `${PREFIX}ENDPOINT`, 'the invoke proxy'), 'SageMaker endpoint'),
    ...(variant === undefined ? {} : { variant: readName('VARIANT', variant, 'production variant') }),
    healthPath: readPath(env, 'HEALTH_PATH') ?? '/health',
    ...(path === undefined ? {} : { path }),
    ...(streamPath === undefined ? {} : { streamPath }),
    concurrencyMax: readConcurrency(env),
    // The model has 60 s.
    timeoutMs: readNumber(env, 'TIMEOUT_SECONDS', { fallback: 70, max: 900 }) * 1_000,
    bodyBytesMax,
    // A single request must fit.
    heldBytesMax: Math.max(bodyBytesMax, readNumber(env, 'MEMORY_MB', { fallback: 256, max: 65_536 }) * MIB),
    drainMs: readNumber(env, 'DRAIN_SECONDS', { fallback: 15, max: 600, orZero: true }) * 1_000,
  };
}

function readName(what: string, text: string, kind: string): string {
  if (!SAGEMAKER_NAME.test(text)) throw invalid(`${PREFIX}${what}`, `the name of a ${kind}`, text);
  return text;
}

function readPath(env: Environment, what: string): string | undefined {
  const name = `${PREFIX}${what}`;
  const text = given(env, name);
  if (text === undefined || /^\/[^\s?#]*$/.test(text)) return text;
  throw invalid(name, 'a path that begins with / and has no query', text);
}

function readConcurrency(env: Environment): number {
  const count = readNumber(env, 'CONCURRENCY', { fallback: 64, max: 10_000 });
  if (Number.isInteger(count)) return count;
  throw invalid(`${PREFIX}CONCURRENCY`, 'a whole number', String(count));
}

interface Range {
  readonly fallback: number;
  /** The limit itself passes. */
  readonly max: number;
  readonly orZero?: true;
}

function readNumber(env: Environment, what: string, { fallback, max, orZero }: Range): number {
  const name = `${PREFIX}${what}`;
  const text = given(env, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if ((value > 0 || (orZero === true && value === 0)) && value <= max) return value;
  throw invalid(name, `${orZero === true ? 'at least' : 'above'} 0 and at most ${max}`, text);
}
