/** Environment → configuration. Secrets come from the environment only and are never printed. */
import { isIP } from 'node:net';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnectionOptions } from '@temporalio/worker';
import type { AdapterConfig, NotifyConfig } from './adapters/index';
import type { PrometheusAccess } from './adapters/prometheus-client';
import { MigrationError } from './domain/errors';

export interface TemporalConfig {
  readonly connection: NativeConnectionOptions;
  readonly address: string;
  readonly namespace: string;
}

export interface Config extends AdapterConfig {
  readonly temporal: TemporalConfig;
  /** `host:port` at which Prometheus reads the worker's metrics; undefined: there are none. */
  readonly metricsAddress?: string;
  /** Whether spans are sent; where to is OpenTelemetry's own business. */
  readonly traced: boolean;
  /** Observers that one worker runs at once; each migration with traffic on its target needs one. */
  readonly observeSlots: number;
}

/** What a command line may say instead of the environment. */
export interface ConfigOverrides {
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';
const PRIVATE_HOSTS = 'CROSSFADE_NOTIFY_PRIVATE_HOSTS';
/** A slot for every migration: a rollback must not wait behind a hundred observers. */
const DEFAULT_OBSERVE_SLOTS = 2_000;

/**
 * Temporal: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_PROFILE`, TLS and API keys as Temporal's own tools read
 * them. AWS: `AWS_REGION`; credentials are the SDK's own business. Ours: `CROSSFADE_TAP_TOKEN`, `CROSSFADE_OBSERVE_SLOTS`,
 * `CROSSFADE_PROMETHEUS_URL` with `_TOKEN`, or `_USER` and `_PASSWORD`; for metrics `CROSSFADE_METRICS_ADDRESS`; for traces
 * OpenTelemetry's own; for notices `TEMPORAL_UI`,
 * `CROSSFADE_NOTIFY_PRIVATE_HOSTS`, and what specs name as `env:CROSSFADE_NOTIFY_…`.
 * @throws ConfigInvalid naming the variable.
 */
export function loadConfig(overrides: ConfigOverrides = {}, env: Environment = process.env): Config {
  const region = nonEmpty(env['AWS_REGION']) ?? nonEmpty(env['AWS_DEFAULT_REGION']);
  const tapToken = nonEmpty(env['CROSSFADE_TAP_TOKEN']);
  const prometheus = prometheusAccess(env);
  const temporal = temporalConfig(overrides, env);
  const snowball = nonEmpty(env['AWS_ENDPOINT_URL_SNOWBALL']) ?? nonEmpty(env['AWS_ENDPOINT_URL']);
  return {
    temporal,
    notify: notifyConfig(temporal.namespace, env),
    observeSlots: wholeNumber(env, 'CROSSFADE_OBSERVE_SLOTS', DEFAULT_OBSERVE_SLOTS, 1),
    customS3Endpoint: Boolean(nonEmpty(env['AWS_ENDPOINT_URL_S3']) ?? nonEmpty(env['AWS_ENDPOINT_URL'])),
    ...metricsAddress(env),
    ...(snowball === undefined ? {} : { snowballEndpoint: snowball }),
    traced: isTraced(env),
    ...(region === undefined ? {} : { awsRegion: region }),
    ...(prometheus === undefined ? {} : { prometheus }),
    ...(tapToken === undefined ? {} : { tapToken: headerSafe('CROSSFADE_TAP_TOKEN', tapToken) }),
  };
}

function temporalConfig(overrides: ConfigOverrides, env: Environment): TemporalConfig {
  let loaded: ReturnType<typeof loadClientConnectConfig>;
  try {
    loaded = loadClientConnectConfig({
      ...(overrides.profile === undefined ? {} : { profile: overrides.profile }),
      overrideEnvVars: nonEmptyOnly(env),
    });
  } catch (error) {
    const where = 'TEMPORAL_PROFILE or TEMPORAL_CONFIG_FILE';
    throw new MigrationError('ConfigInvalid', `${where}: ${(error as Error).message}`, { cause: error });
  }
  const address = overrides.address ?? nonEmpty(loaded.connectionOptions.address) ?? DEFAULT_ADDRESS;
  if (!/^(https?:\/\/)?[^\s/:]+(:\d{1,5})?$|^\[[0-9a-f:]+\]:\d{1,5}$/i.test(address)) {
    throw new MigrationError('ConfigInvalid', `TEMPORAL_ADDRESS is '${address}', must be host:port`);
  }
  const namespace = overrides.namespace ?? nonEmpty(loaded.namespace) ?? DEFAULT_NAMESPACE;
  return { address, namespace, connection: { ...definedOnly(loaded.connectionOptions), address } };
}

const METRICS_ADDRESS = 'CROSSFADE_METRICS_ADDRESS';

/** A port alone is one of this machine's own: whoever wants others to read it says so. */
function metricsAddress(env: Environment): Pick<Config, 'metricsAddress'> {
  const text = nonEmpty(env[METRICS_ADDRESS]);
  if (text === undefined) return {};
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) === 0 || !(Number(port) >= 1 && Number(port) <= 65_535)) {
    const example = '9464 (this machine only) or 0.0.0.0:9464';
    throw new MigrationError(
      'ConfigInvalid',
      `${METRICS_ADDRESS} is '${text}', must be a port or IP:port such as ${example}`,
    );
  }
  return { metricsAddress: `${host}:${port}` };
}

/** Traces are off unless there is an endpoint. */
function isTraced(env: Environment): boolean {
  const names = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  const name = names.find((each) => nonEmpty(env[each]) !== undefined);
  if (name === undefined || env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return false;
  if (!/^https?:\/\/[^/]/.test(env[name] ?? ''))
    throw new MigrationError('ConfigInvalid', `${name} must be an address such as http://localhost:4318`);
  const protocol = nonEmpty(env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL']) ?? nonEmpty(env['OTEL_EXPORTER_OTLP_PROTOCOL']);
  if (protocol !== undefined && protocol !== 'http/json')
    throw new MigrationError('ConfigInvalid', `OTEL_EXPORTER_OTLP_PROTOCOL is '${protocol}', only http/json is spoken`);
  return true;
}

/** What a spec may name is handed on; nothing else of the environment is within its reach. */
function notifyConfig(namespace: string, env: Environment): NotifyConfig {
  const ui = nonEmpty(env['TEMPORAL_UI'])?.replace(/\/+$/, '');
  if (ui !== undefined && !/^https?:\/\/[^/]/.test(ui))
    throw new MigrationError(
      'ConfigInvalid',
      `TEMPORAL_UI is '${ui}', must be an address such as http://localhost:8233`,
    );
  const workflows = `${ui}/namespaces/${encodeURIComponent(namespace)}/workflows`;
  const hosts = nonEmpty(env[PRIVATE_HOSTS])?.split(',') ?? [];
  return {
    environment: Object.fromEntries(
      Object.entries(env).filter(([name]) => name.startsWith('CROSSFADE_NOTIFY_') && name !== PRIVATE_HOSTS),
    ),
    privateHosts: hosts.map((host) => host.trim().toLowerCase()).filter((host) => host !== ''),
    pageOf: (workflowId) => (ui === undefined ? undefined : `${workflows}/${encodeURIComponent(workflowId)}`),
  };
}

/** Credentials belong to one server: a spec, which others may write, must not be able to send them elsewhere. */
function prometheusAccess(env: Environment): PrometheusAccess | undefined {
  const [url, token, user, password] = ['URL', 'TOKEN', 'USER', 'PASSWORD'].map((name) =>
    nonEmpty(env[`CROSSFADE_PROMETHEUS_${name}`]),
  );
  if (token === undefined && user === undefined && password === undefined) return undefined;
  if (url === undefined || !URL.canParse(url))
    throw new MigrationError('ConfigInvalid', 'CROSSFADE_PROMETHEUS_URL must say which server the credentials are for');
  if (token !== undefined && user !== undefined)
    throw new MigrationError(
      'ConfigInvalid',
      'one of CROSSFADE_PROMETHEUS_TOKEN and CROSSFADE_PROMETHEUS_USER is needed',
    );
  const { origin } = new URL(url);
  if (token !== undefined)
    return { origin, authorization: `Bearer ${headerSafe('CROSSFADE_PROMETHEUS_TOKEN', token)}` };
  if (user === undefined || password === undefined)
    throw new MigrationError(
      'ConfigInvalid',
      'CROSSFADE_PROMETHEUS_USER and CROSSFADE_PROMETHEUS_PASSWORD go together',
    );
  return { origin, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

function wholeNumber(env: Environment, name: string, fallback: number, min: number): number {
  const text = nonEmpty(env[name]);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min) {
    throw new MigrationError('ConfigInvalid', `${name} is '${text}', must be a whole number of at least ${min}`);
  }
  return value;
}

/** A token with a line break would fail at the first request, hours later. */
function headerSafe(name: string, secret: string): string {
  if (!/^[\x21-\x7e]+$/.test(secret))
    throw new MigrationError('ConfigInvalid', `${name} must be printable ASCII without spaces`);
  return secret;
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text.trim();
}

/** A variable that is set to nothing is not set: an empty TEMPORAL_API_KEY must not switch TLS on. */
function nonEmptyOnly(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (nonEmpty(value) === undefined ? [] : [[name, value as string]])),
  );
}

function definedOnly<T extends object>(record: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
