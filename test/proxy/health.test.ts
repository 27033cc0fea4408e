import { startProxy } from '../../src/proxy/proxy';
import { readProxyConfig } from '../../src/proxy/config';
import { ProxyBed, until } from './support';

let bed: ProxyBed;
afterEach(() => bed.stop());

const OFTEN = { health: { everyMs: 5, staleMs: 60_000 } };

test.each(['InService', 'Updating', 'SystemUpdating', 'RollingBack'])('health: %s is well', async (status) => {
  bed = await ProxyBed.start();
  bed.endpoint.status = status;
  await until(async () => (await bed.health()).status === 200);
  expect(await bed.health()).toMatchObject({ body: 'well\n' });
});

test.each(['Creating', 'Deleting', 'Failed', 'OutOfService', 'UpdateRollbackFailed', 'NewWord'])(
  'health: %s is not well, and says so',
  async (status) => {
    bed = await ProxyBed.start({}, OFTEN);
    bed.endpoint.status = status;
    await until(async () => (await bed.health()).body === `the endpoint is ${status}\n`);
    expect(await bed.health()).toMatchObject({ status: 503 });
  },
);

test('health: follows the endpoint, and is asked for at the configured path', async () => {
  bed = await ProxyBed.start({ healthPath: '/ping' }, OFTEN);
  const statusOf = async (): Promise<number> => (await bed.ask({ method: 'GET', path: '/ping' }, '')).status;
  await until(async () => (await statusOf()) === 200);
  bed.endpoint.status = 'Failed';
  await until(async () => (await statusOf()) === 503);
  bed.endpoint.status = 'InService';
  await until(async () => (await statusOf()) === 200);
});

test('health: many checks cost no look of their own', async () => {
  bed = await ProxyBed.start();
  await until(async () => (await bed.health()).status === 200);
  for (let count = 0; count < 20; count += 1) await bed.health();
  expect(bed.endpoint.describeCount).toBe(1);
});

test('health: an endpoint that was never seen is not well, and the operator is told once', async () => {
  bed = await ProxyBed.start({}, OFTEN);
  bed.endpoint.status = { errorCode: 'AccessDeniedException' };
  await until(() => bed.endpoint.describeCount >= 3);
  expect(await bed.health()).toMatchObject({ status: 503, body: 'the endpoint has not been seen yet\n' });
  expect(bed.logged).toEqual(['looking at ranker failed (AccessDeniedException)']);
});

test('health: while looking fails the last answer stands, and then no longer', async () => {
  bed = await ProxyBed.start({}, OFTEN);
  await until(async () => (await bed.health()).status === 200);
  bed.endpoint.status = { errorCode: 'ThrottlingException' };
  const seen = bed.endpoint.describeCount;
  await until(() => bed.endpoint.describeCount >= seen + 3);
  bed.nowMs += 60_000;
  expect(await bed.health()).toMatchObject({ status: 200 });
  bed.nowMs += 1;
  expect(await bed.health()).toMatchObject({
    status: 503,
    body: 'the endpoint has not been seen for too long\n',
  });
});

test('invoke-proxy: an address that is taken is named', async () => {
  bed = await ProxyBed.start();
  const config = readProxyConfig({
    CROSSFADE_PROXY_LISTEN: `127.0.0.1:${bed.port}`,
    CROSSFADE_PROXY_ENDPOINT: 'ranker',
  });
  const options = { now: Date.now, random: Math.random, log: () => undefined };
  await expect(startProxy(config, options)).rejects.toThrow(`cannot listen on 127.0.0.1:${bed.port}`);
});
