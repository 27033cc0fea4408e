import { ByteBudget } from '../../src/server/byte-budget';
import { Copier } from '../../src/tap/copier';
import type { Copy, CopyOutcome } from '../../src/tap/copier';
import { switchProtocol, TestServer } from './support';

let target: TestServer;
let copier: Copier;
beforeEach(async () => {
  target = await new TestServer().start();
  copier = new Copier();
});
afterEach(async () => {
  copier.stop();
  await target.stop();
});

const copyTo = ({ url }: TestServer): Copy => ({
  url: new URL(url),
  path: '/',
  method: 'GET',
  headers: {},
  body: [],
  allowance: new ByteBudget(1_024).open(),
});

/** One after the other, so that a connection is used again. */
async function kindsOf(count: number): Promise<CopyOutcome['kind'][]> {
  const kinds: CopyOutcome['kind'][] = [];
  for (let sent = 0; sent < count; sent += 1) {
    const outcome = await copier.offer(copyTo(target));
    if (outcome !== undefined) kinds.push(outcome.kind);
  }
  return kinds;
}

/** Reads every request, and cuts the connection under each second one. */
function cutEachSecond({ received }: TestServer, answer: TestServer['answer']): TestServer['answer'] {
  return (request, response) => {
    if (received.length % 2 === 0) response.socket?.destroy();
    else answer(request, response);
  };
}

test('Copier: a target that cuts connections in use has failed, and is not asked again', async () => {
  target.answer = cutEachSecond(target, target.answer);
  expect(await kindsOf(6)).toEqual(['answered', 'failed', 'answered', 'failed', 'answered', 'failed']);
  expect(target.received).toHaveLength(6);
});

test('Copier: a connection that was cut after it had idled says nothing about the target', async () => {
  copier.stop();
  copier = new Copier({ idleMsMin: 0 });
  target.answer = cutEachSecond(target, target.answer);
  expect(await kindsOf(2)).toEqual(['answered', 'answered']);
  expect(target.received).toHaveLength(3);
});

test('Copier: a target that wants another protocol has failed, and its place is free again', async () => {
  target.answer = (_received, response) => switchProtocol(response);
  expect(await kindsOf(2)).toEqual(['failed', 'failed']);
  expect(copier.runningCount).toBe(0);
});
