import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { NativeConnection } from '@temporalio/worker';
import { readTools } from '../../lab/tools';
import { ensureSearchAttributes } from '../../src/adapters/temporal-search-attributes';
import { SEARCH_ATTRIBUTES } from '../../src/worker';
import { startServer } from '../support/temporal/server';

const KEYWORD = 2;
const INT = 3;
const OURS = ['CrossfadePhase', 'CrossfadeWorkload', 'CrossfadeVerdict', 'CrossfadeWeight'];
const NAMESPACE = 'default';

let server: TestWorkflowEnvironment;

beforeEach(async () => {
  server = await startServer({}, {});
});
afterEach(() => server.teardown());

/** The real connection, but for the registration. */
function registeringBy(register: () => Promise<unknown>): NativeConnection {
  const real = server.nativeConnection;
  return {
    operatorService: {
      listSearchAttributes: real.operatorService.listSearchAttributes.bind(real.operatorService),
      addSearchAttributes: register,
    },
  } as unknown as NativeConnection;
}

async function ours(): Promise<Record<string, number>> {
  const { customAttributes } = await server.nativeConnection.operatorService.listSearchAttributes({
    namespace: NAMESPACE,
  });
  return Object.fromEntries(Object.entries(customAttributes).filter(([name]) => name.startsWith('Crossfade')));
}

test('ensureSearchAttributes: on a server without them all four exist afterwards, with their types', async () => {
  expect(await ours()).toEqual({});
  expect(await ensureSearchAttributes(server.nativeConnection, NAMESPACE, SEARCH_ATTRIBUTES)).toEqual(OURS);
  expect(await ours()).toEqual({
    CrossfadePhase: KEYWORD,
    CrossfadeWorkload: KEYWORD,
    CrossfadeVerdict: KEYWORD,
    CrossfadeWeight: INT,
  });
});

test('ensureSearchAttributes: a second time registers nothing', async () => {
  await ensureSearchAttributes(server.nativeConnection, NAMESPACE, SEARCH_ATTRIBUTES);
  const before = await ours();
  const register = jest.fn(() => Promise.resolve());
  expect(await ensureSearchAttributes(registeringBy(register), NAMESPACE, SEARCH_ATTRIBUTES)).toEqual([]);
  expect(register).not.toHaveBeenCalled();
  expect(await ours()).toEqual(before);
});

test('ensureSearchAttributes: what is there already is not registered again', async () => {
  await ensureSearchAttributes(server.nativeConnection, NAMESPACE, { CrossfadePhase: 'Keyword' });
  const { nativeConnection } = server;
  expect(await ensureSearchAttributes(nativeConnection, NAMESPACE, SEARCH_ATTRIBUTES)).toEqual(OURS.slice(1));
  expect(Object.keys(await ours()).sort()).toEqual([...OURS].sort());
});

test('ensureSearchAttributes: workers that start at the same moment all come up', async () => {
  const one = (): Promise<string[]> => ensureSearchAttributes(server.nativeConnection, NAMESPACE, SEARCH_ATTRIBUTES);
  await Promise.all([one(), one(), one(), one()]);
  expect(Object.keys(await ours()).sort()).toEqual([...OURS].sort());
});

test('ensureSearchAttributes: one that exists with another type is ConfigInvalid, and nothing is registered', async () => {
  await ensureSearchAttributes(server.nativeConnection, NAMESPACE, { CrossfadeWeight: 'Keyword' });
  await expect(ensureSearchAttributes(server.nativeConnection, NAMESPACE, SEARCH_ATTRIBUTES)).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: expect.stringContaining('CrossfadeWeight'),
  });
  expect(await ours()).toEqual({ CrossfadeWeight: KEYWORD });
});

test('ensureSearchAttributes: a namespace that is not there is ConfigInvalid, with its name', async () => {
  await expect(ensureSearchAttributes(server.nativeConnection, 'nowhere', SEARCH_ATTRIBUTES)).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: expect.stringContaining("no namespace 'nowhere'"),
  });
});

const refusal = (code: number, details: string): Error =>
  Object.assign(new Error(`${code} ${details}`), { code, details, metadata: {} });

test('ensureSearchAttributes: a worker that may not register stops with a command that does it', async () => {
  const denied = refusal(7, 'Request unauthorized.');
  const connection = registeringBy(() => Promise.reject(denied));
  const error = await ensureSearchAttributes(connection, NAMESPACE, SEARCH_ATTRIBUTES).catch((e: Error) => e);
  expect(error).toMatchObject({ code: 'ConfigInvalid', cause: denied });
  const [, command = ''] = String((error as Error).message).split('run: temporal ');
  await promisify(execFile)(readTools().temporal, [...command.split(' '), '--address', server.address]);
  expect(await ensureSearchAttributes(connection, NAMESPACE, SEARCH_ATTRIBUTES)).toEqual([]);
});

test.each([
  [14, 'unavailable'],
  [4, 'too slow'],
])(
  'ensureSearchAttributes: a registration that ends with code %d (%s) says nothing about rights',
  async (code, details) => {
    const connection = registeringBy(() => Promise.reject(refusal(code, details)));
    await expect(ensureSearchAttributes(connection, NAMESPACE, SEARCH_ATTRIBUTES)).rejects.toMatchObject({
      code: 'TemporalUnreachable',
      message: expect.stringContaining(details),
    });
  },
);
