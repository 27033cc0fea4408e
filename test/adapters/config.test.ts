import { missingFrom } from '../../src/adapters/temporal-search-attributes';
import { loadConfig } from '../../src/config';

/** Without a file: the machine's own Temporal configuration must not decide. */
const clean = { TEMPORAL_CONFIG_FILE: '/nonexistent/temporal.toml' };

test('loadConfig: an empty environment means the local server', () => {
  expect(loadConfig({}, clean)).toMatchObject({
    temporal: { address: 'localhost:7233', namespace: 'default' },
    observeSlots: 2_000,
    customS3Endpoint: false,
  });
});

test('loadConfig: the command line beats the environment', () => {
  const env = { ...clean, TEMPORAL_ADDRESS: 'env:7233', TEMPORAL_NAMESPACE: 'from-env' };
  expect(loadConfig({}, env).temporal).toMatchObject({ address: 'env:7233', namespace: 'from-env' });
  expect(loadConfig({ address: 'flag:7233', namespace: 'from-flag' }, env).temporal).toMatchObject({
    address: 'flag:7233',
    namespace: 'from-flag',
    connection: { address: 'flag:7233' },
  });
});

test('loadConfig: AWS_REGION, the endpoint and the token are taken over', () => {
  const env = {
    ...clean,
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    CROSSFADE_TAP_TOKEN: 'secret',
  };
  expect(loadConfig({}, env)).toMatchObject({ awsRegion: 'eu-west-1', customS3Endpoint: true, tapToken: 'secret' });
});

test.each([
  ['CROSSFADE_OBSERVE_SLOTS', '0'],
  ['CROSSFADE_OBSERVE_SLOTS', 'many'],
  ['CROSSFADE_OBSERVE_SLOTS', '1.5'],
  ['CROSSFADE_TAP_TOKEN', 'two words'],
  ['TEMPORAL_ADDRESS', 'host:port:more'],
  ['TEMPORAL_PROFILE', 'nowhere'],
  ['TEMPORAL_UI', 'localhost:8233'],
  ['CROSSFADE_METRICS_ADDRESS', 'localhost:9464'],
  ['CROSSFADE_METRICS_ADDRESS', '0'],
  ['CROSSFADE_METRICS_ADDRESS', '127.0.0.1:65536'],
])('loadConfig: a bad %s (%j) is ConfigInvalid and named', (name, value) => {
  expect(() => loadConfig({}, { ...clean, [name]: value })).toThrow(
    expect.objectContaining({ code: 'ConfigInvalid', message: expect.stringContaining(name) }),
  );
});

test('loadConfig: a bad token is not repeated', () => {
  expect(() => loadConfig({}, { ...clean, CROSSFADE_TAP_TOKEN: 'hunter 2' })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('hunter') }),
  );
});

test('loadConfig: a spec can name variables of notices only, and the link leads to the namespace', () => {
  const env = {
    ...clean,
    TEMPORAL_NAMESPACE: 'prod.acme',
    TEMPORAL_UI: 'https://cloud.temporal.io/',
    AWS_SECRET_ACCESS_KEY: 'secret',
    CROSSFADE_NOTIFY_KEY: 'k',
    CROSSFADE_NOTIFY_PRIVATE_HOSTS: 'Hooks.corp, 10.1.2.3,',
  };
  const { notify } = loadConfig({}, env);

  expect(notify).toMatchObject({
    environment: { CROSSFADE_NOTIFY_KEY: 'k' },
    privateHosts: ['hooks.corp', '10.1.2.3'],
  });
  expect(Object.keys(notify?.environment ?? {})).toEqual(['CROSSFADE_NOTIFY_KEY']);
  expect(notify?.pageOf('migration/ranker')).toBe(
    'https://cloud.temporal.io/namespaces/prod.acme/workflows/migration%2Franker',
  );
  expect(loadConfig({}, clean).notify?.pageOf('migration/ranker')).toBeUndefined();
});

test.each([
  ['9464', '127.0.0.1:9464'],
  ['0.0.0.0:9464', '0.0.0.0:9464'],
  ['[::1]:9464', '[::1]:9464'],
])('loadConfig: metrics at %s are at %s', (text, metricsAddress) => {
  expect(loadConfig({}, { ...clean, CROSSFADE_METRICS_ADDRESS: text })).toMatchObject({ metricsAddress });
});

test('missingFrom: what is there with the right type is not missing', () => {
  expect(missingFrom({ A: 2 }, { A: 'Keyword', B: 'Int' })).toEqual(['B']);
});

test('missingFrom: the right name with the wrong type is ConfigInvalid', () => {
  expect(() => missingFrom({ A: 1 }, { A: 'Keyword' })).toThrow(expect.objectContaining({ code: 'ConfigInvalid' }));
});

describe('credentials for Prometheus', () => {
  const url = 'https://prometheus.example.com/api/prom';
  const origin = 'https://prometheus.example.com';

  test.each<[string, Record<string, string>, string]>([
    ['a token', { CROSSFADE_PROMETHEUS_TOKEN: 'abc' }, 'Bearer abc'],
    ['a user', { CROSSFADE_PROMETHEUS_USER: 'me', CROSSFADE_PROMETHEUS_PASSWORD: 'pw' }, 'Basic bWU6cHc='],
  ])('config: %s belongs to the server that is named', (_fact, env, authorization) => {
    expect(loadConfig({}, { ...clean, ...env, CROSSFADE_PROMETHEUS_URL: url }).prometheus).toEqual({
      origin,
      authorization,
    });
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a token for no server', { CROSSFADE_PROMETHEUS_TOKEN: 'abc' }, /CROSSFADE_PROMETHEUS_URL/],
    [
      'a token and a user',
      { CROSSFADE_PROMETHEUS_URL: url, CROSSFADE_PROMETHEUS_TOKEN: 'abc', CROSSFADE_PROMETHEUS_USER: 'me' },
      /one of/,
    ],
    ['a user without password', { CROSSFADE_PROMETHEUS_URL: url, CROSSFADE_PROMETHEUS_USER: 'me' }, /go together/],
    [
      'a token with a line break',
      { CROSSFADE_PROMETHEUS_URL: url, CROSSFADE_PROMETHEUS_TOKEN: 'a\nb' },
      /must be printable ASCII/,
    ],
  ])('config: %s is refused', (_fact, env, words) => {
    expect(() => loadConfig({}, { ...clean, ...env })).toThrow(words);
  });

  test('config: without credentials nobody is asked for any', () => {
    expect(loadConfig({}, { ...clean, CROSSFADE_PROMETHEUS_URL: url }).prometheus).toBeUndefined();
  });
});
