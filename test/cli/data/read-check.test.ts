import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { ReadCheckAnswer } from '../../../src/cli/read-check-run';
import { enterCredentials } from '../../support/s3/environment';
import type { Forwarder } from '../../support/s3/in-front';
import { startForwarder } from '../../support/s3/in-front';
import { Places } from '../../support/s3/places';
import { startVersitygw, VERSITYGW } from '../../support/s3/servers';
import { Terminal } from '../support';

jest.setTimeout(60_000);

const check = VERSITYGW === undefined ? test.skip : test;
const OBJECTS = 440;
const LATE_MS = 20;
let places: Places;
let leave = (): void => undefined;
let door: Forwarder;
let bucket: string;

async function startAll(program: string): Promise<void> {
  places = await Places.on(startVersitygw(program));
  door = await startForwarder(places.server.endpoint);
  leave = enterCredentials(places.server);
  bucket = await places.bucket();
  for (let index = 0; index < OBJECTS; index += 1)
    await places.sdk.send(new PutObjectCommand({ Bucket: bucket, Key: `k${index}`, Body: Buffer.alloc(2_000, index) }));
}

beforeAll(() => (VERSITYGW === undefined ? undefined : startAll(VERSITYGW)));
afterAll(async () => {
  leave();
  if (VERSITYGW === undefined) return;
  await door.stop();
  await places.close();
});

async function readCheck(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Terminal().run(['data', 'read-check', ...args]);
}

check('read-check: a target that answers late fails, with the numbers of both', async () => {
  door.habit = (request, response, forward) => {
    if (request.method !== 'GET' || request.headers.range === undefined) return false;
    forward((reply) => {
      void delay(LATE_MS).then(() => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(response);
      });
    });
    return true;
  };
  const url = `s3://${bucket}`;
  const ends = ['--from', url, '--to', url, '--from-endpoint', places.server.endpoint, '--to-endpoint', door.endpoint];
  const { code, out } = await readCheck(...ends, '--json');

  const answer = JSON.parse(out) as ReadCheckAnswer;
  expect(answer).toMatchObject({ kind: 'fail', pairCount: OBJECTS, passedCount: 0 });
  expect(answer.target.firstByteP50Ms).toBeGreaterThanOrEqual(LATE_MS);
  expect(code).toBe(1);
});

test('read-check: too few objects are told, in words for people', async () => {
  const root = mkdtempSync(join(tmpdir(), 'crossfade-reads-'));
  for (const side of ['from', 'to']) {
    mkdirSync(join(root, side));
    for (const name of ['a', 'b']) writeFileSync(join(root, side, name), 'weights');
  }
  const { code, out } = await readCheck('--from', join(root, 'from'), '--to', join(root, 'to'));
  rmSync(root, { recursive: true, force: true });

  expect(out).toContain('insufficient: 2 objects were read from both sides; 437 are needed (2 pairs)');
  expect(code).toBe(1);
});

test('read-check: a bound that is no number is told with its flag', async () => {
  const { code, err } = await readCheck('--from', '/a', '--to', '/b', '--first-byte-ratio-max', 'fast');
  expect(err).toContain('--first-byte-ratio-max');
  expect(code).toBe(64);
});
