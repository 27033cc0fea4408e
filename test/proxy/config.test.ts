import { readProxyConfig } from '../../src/proxy/config';

const GIVEN = { CROSSFADE_PROXY_ENDPOINT: 'ranker' };

test('readProxyConfig: only the endpoint must be given', () => {
  expect(readProxyConfig(GIVEN)).toEqual({
    listen: { host: '127.0.0.1', port: 8080 },
    endpoint: 'ranker',
    healthPath: '/health',
    concurrencyMax: 64,
    timeoutMs: 70_000,
    bodyBytesMax: 26_214_400,
    heldBytesMax: 268_435_456,
    drainMs: 15_000,
  });
});

test('readProxyConfig: reads what is given', () => {
  const env = {
    CROSSFADE_PROXY_LISTEN: '[::]:9000',
    CROSSFADE_PROXY_ENDPOINT: ' ranker-2 ',
    CROSSFADE_PROXY_VARIANT: 'crossfade',
    CROSSFADE_PROXY_HEALTH_PATH: '/ping',
    CROSSFADE_PROXY_PATH: '/invocations',
    CROSSFADE_PROXY_STREAM_PATH: '/v1/chat/completions',
    CROSSFADE_PROXY_CONCURRENCY: '8',
    CROSSFADE_PROXY_TIMEOUT_SECONDS: '0.5',
    CROSSFADE_PROXY_BODY_MB: '4',
    CROSSFADE_PROXY_MEMORY_MB: '1',
    CROSSFADE_PROXY_DRAIN_SECONDS: '0',
  };
  expect(readProxyConfig(env)).toEqual({
    listen: { host: '::', port: 9000 },
    endpoint: 'ranker-2',
    variant: 'crossfade',
    healthPath: '/ping',
    path: '/invocations',
    streamPath: '/v1/chat/completions',
    concurrencyMax: 8,
    timeoutMs: 500,
    bodyBytesMax: 4_194_304,
    // One body must fit.
    heldBytesMax: 4_194_304,
    drainMs: 0,
  });
});

test('readProxyConfig: without an endpoint it names the variable', () => {
  expect(() => readProxyConfig({})).toThrow('CROSSFADE_PROXY_ENDPOINT is not set');
});

test.each([
  ['LISTEN', '8080'],
  ['LISTEN', 'host:65536'],
  ['ENDPOINT', 'no_name'],
  ['ENDPOINT', 'x'.repeat(64)],
  ['ENDPOINT', 'ends-'],
  ['VARIANT', 'a.b'],
  ['HEALTH_PATH', 'health'],
  ['PATH', '/a?b=1'],
  ['STREAM_PATH', '/a b'],
  ['CONCURRENCY', '0'],
  ['CONCURRENCY', '1.5'],
  ['CONCURRENCY', '10001'],
  ['TIMEOUT_SECONDS', '-1'],
  ['TIMEOUT_SECONDS', '900.1'],
  ['BODY_MB', 'many'],
  ['MEMORY_MB', 'NaN'],
  ['DRAIN_SECONDS', '-0.1'],
])('readProxyConfig: CROSSFADE_PROXY_%s=%s is refused by name and value', (name, value) => {
  const read = (): unknown => readProxyConfig({ ...GIVEN, [`CROSSFADE_PROXY_${name}`]: value });
  expect(read).toThrow(`CROSSFADE_PROXY_${name} must be`);
  expect(read).toThrow(`(got "${value}")`);
});
