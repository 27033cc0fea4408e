import http from 'node:http';
import { unaccountedCount } from '../../src/domain/evidence';
import { ByteBudget } from '../../src/server/byte-budget';
import { Copier } from '../../src/tap/copier';
import { TapBed, TestServer, until } from './support';

const KIB = 1_024;
let bed: TapBed | undefined;
let users: http.ClientRequest[] = [];
afterEach(async () => {
  for (const user of users) user.destroy();
  users = [];
  await bed?.stop();
  bed = undefined;
});

interface Standing {
  readonly account: Parameters<typeof unaccountedCount>[0];
  readonly unaccounted: number;
  readonly now: { readonly keptBytes: number; readonly runningCopies: number; readonly openRequests: number };
}

/** A user who can leave, and does at the latest when the test ends. */
function post({ userPort }: TapBed): http.ClientRequest {
  const user = http.request({ host: '127.0.0.1', port: userPort, method: 'POST', path: '/' });
  user.on('error', () => undefined);
  users.push(user);
  return user;
}

const standingOf = async (of: TapBed): Promise<Standing> =>
  JSON.parse((await of.control('GET', '/v1/account')).body) as Standing;

test('ByteBudget: nothing is taken beyond it, and what is closed is given back', () => {
  const budget = new ByteBudget(10);
  const [one, other] = [budget.open(), budget.open()];
  expect([one.take(6), other.take(5), other.take(4)]).toEqual([true, false, true]);
  one.close();
  one.close();
  expect([budget.takenBytes, one.take(1), other.take(6)]).toEqual([4, false, true]);
});

test('bounds: bodies beyond the budget are not copied, every user is answered, and nothing is kept afterwards', async () => {
  const tight = await TapBed.start({ keptBytesMax: 100 * KIB, timeoutMs: 300 });
  bed = tight;
  tight.target.answer = () => undefined;
  await tight.order(1);
  const body = Buffer.alloc(30 * KIB, 'x');
  const sent = Array.from({ length: 10 }, (_, index) => tight.request(`/${index}`, { method: 'POST' }, body));
  const replies = await Promise.all(sent);
  expect(replies.map((reply) => reply.status)).toEqual(Array.from({ length: 10 }, () => 200));
  expect(bed.source.received.map((received) => received.body.length)).toEqual(replies.map(() => body.length));
  expect((await standingOf(bed)).now.keptBytes).toBeLessThanOrEqual(100 * KIB);
  const { account } = await bed.settle();
  expect(account.dropped).toBeGreaterThanOrEqual(7);
  expect(account.timedOut).toBe(10 - account.dropped);
  expect(unaccountedCount(account)).toBe(0);
  const now = await standingOf(bed);
  expect(now).toMatchObject({ unaccounted: 0, now: { keptBytes: 0, runningCopies: 0, openRequests: 0 } });
});

test('bounds: a body in many small pieces is charged for what keeping each of them costs', async () => {
  bed = await TapBed.start();
  await bed.order(1);
  const user = post(bed);
  for (let piece = 0; piece < 1_000; piece += 1) user.write('x');
  await until(async () => (await standingOf(bed as TapBed)).now.keptBytes >= 1_000 * 500);
  user.destroy();
  await until(async () => (await standingOf(bed as TapBed)).now.keptBytes === 0);
});

test('bounds: while nothing is to be copied, nothing of a body is kept', async () => {
  bed = await TapBed.start();
  bed.source.answer = () => undefined;
  const user = post(bed);
  user.end('hello');
  await until(() => bed?.source.received.length === 1);
  expect((await standingOf(bed)).now).toMatchObject({ keptBytes: 0, openRequests: 0 });
});

test('bounds: with a stalled target users are answered while every place for copies is taken', async () => {
  bed = await TapBed.start({ concurrencyMax: 2, queueMax: 2, waitMsMax: 50, timeoutMs: 200 });
  bed.target.answer = () => undefined;
  await bed.order(1);
  for (let index = 0; index < 30; index += 1) expect(await bed.request(`/${index}`)).toMatchObject({ status: 200 });
  const { account, target } = await bed.settle();
  expect(unaccountedCount(account)).toBe(0);
  expect(account).toMatchObject({ received: 30, mirrored: 0, skipped: 0 });
  // What was never sent says nothing about the target.
  expect(target).toMatchObject({ requestCount: account.timedOut, errorCount: account.timedOut });
});

test('Copier: a copy that waits too long is given up, and the next one gets its place', async () => {
  const server = await new TestServer().start();
  server.answer = () => undefined;
  const copier = new Copier({ concurrencyMax: 1, queueMax: 1, waitMsMax: 20, timeoutMs: 200 });
  const allowance = new ByteBudget(KIB).open();
  const copy = { url: new URL(server.url), path: '/', method: 'GET', headers: {}, body: [], allowance };
  try {
    const [running, waiting] = [copier.offer(copy), copier.offer(copy)];
    expect(copier.offer(copy)).toBeUndefined();
    expect(await waiting).toEqual({ kind: 'not_sent' });
    expect([copier.runningCount, copier.waitingCount]).toEqual([1, 0]);
    const next = copier.offer(copy);
    expect([await running, await next]).toEqual([{ kind: 'timed_out' }, { kind: 'not_sent' }]);
  } finally {
    copier.stop();
    await server.stop();
  }
});

test('bounds: a source as slow as a copy may be says nothing about the target that is', async () => {
  bed = await TapBed.start({ timeoutMs: 50 });
  bed.target.answer = () => undefined;
  let answerUser = (): void => undefined;
  bed.source.answer = (_received, response) => (answerUser = () => response.end('late'));
  await bed.order(1);
  const user = bed.request('/');
  await until(async () => (await standingOf(bed as TapBed)).now.runningCopies === 1);
  await until(async () => (await standingOf(bed as TapBed)).now.runningCopies === 0);
  answerUser();
  await user;
  const { account, source, target } = await bed.settle();
  expect(account).toMatchObject({ received: 1, timedOut: 1 });
  expect([source.requestCount, target.requestCount]).toEqual([0, 0]);
});

test('bounds: a copy that cannot be sent at all is dropped, and users are answered on', async () => {
  bed = await TapBed.start();
  // Node refuses this header for a body of known length.
  await bed.order(1, { target: { url: bed.target.url, headers: { trailer: 'x-a' } } });
  for (const path of ['/a', '/b'])
    expect(await bed.request(path, { method: 'POST' }, 'hello')).toMatchObject({ status: 200 });
  expect((await bed.settle()).account).toMatchObject({ received: 2, dropped: 2 });
});

test('bounds: a user who leaves is accounted for, and leaves nothing behind', async () => {
  bed = await TapBed.start({ timeoutMs: 100 });
  bed.source.answer = () => undefined;
  await bed.order(1);
  const user = post(bed);
  user.end('hello');
  await until(() => bed?.source.received.length === 1 && bed.target.received.length === 1);
  user.destroy();
  expect(unaccountedCount((await bed.settle()).account)).toBe(0);
  expect(await standingOf(bed)).toMatchObject({ unaccounted: 0, now: { keptBytes: 0, openRequests: 0 } });
});
