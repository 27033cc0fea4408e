import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { s3Places } from '../../src/adapters/s3-places';
import type { SetProof } from '../../src/cli/data-proof';
import { memoryUrl } from '../../src/data/memory-url';
import { EngineMover } from '../../src/data/mover';
import type { EpochMs } from '../../src/domain/quantity';
import type { LedgerRecord } from '../../src/domain/record';
import type { DataSetSpec } from '../../src/domain/spec';
import { enterCredentials } from '../support/s3/environment';
import { Places } from '../support/s3/places';
import { startMinistack } from '../support/s3/servers';
import { NOW_MS, Terminal } from './support';

jest.setTimeout(60_000);

const SPEC = { name: 'model', method: 'auto', infrequentAccessAfterDays: 30 } as const;

let places: Places;
let leave: () => void;
let dataSet: DataSetSpec;
let ledger: string;
let root: string;
let terminal: Terminal;

beforeAll(async () => {
  places = await Places.on(startMinistack());
  leave = enterCredentials(places.server);
  process.env['AWS_ENDPOINT_URL_S3'] = places.server.endpoint;
});
afterAll(async () => {
  leave();
  await places.close();
});

/** A data set that was moved and verified, and a ledger that says so. */
beforeEach(async () => {
  const [from, to, records] = [await places.bucket(), await places.bucket(), await places.bucket()];
  dataSet = { ...SPEC, from: `s3://${from}/ranker`, to: `s3://${to}/model` };
  ledger = `s3://${records}/migrations`;
  for (const key of ['a.bin', 'b.bin', 'c.bin']) await put('from', key, `weights of ${key}`);
  const { endpoint, region, credentials } = places.server;
  const mover = new EngineMover(s3Places(places.sdk, { endpoint, region, credentials }));
  const signal = new AbortController().signal;
  const order = { ledger, workload: 'ranker', orderId: '1', signal, onProgress: () => undefined };
  await mover.copy(dataSet, order);
  root = (await mover.verify(dataSet, order)).manifestHash;
  terminal = new Terminal();
  terminal.ledger.records = [verified('model', root)];
});

function verified(name: string, manifestHash: string): LedgerRecord {
  return {
    seq: 1,
    kind: 'data_verified',
    at: NOW_MS as EpochMs,
    phase: 'environment',
    text: `${name}: equal on both sides`,
    actor: { requestedBy: 'crossfade', reason: 'policy' },
    workload: 'ranker',
    run: 'run-uuid',
    policyHash: 'f'.repeat(64),
    previousHash: '0'.repeat(64),
    hash: '1'.repeat(64),
    values: { dataSet: name, manifestHash },
  };
}

function at(side: 'from' | 'to', key: string): { Bucket: string; Key: string } {
  const [Bucket = '', prefix] = dataSet[side].slice('s3://'.length).split('/');
  return { Bucket, Key: `${prefix}/${key}` };
}

async function put(side: 'from' | 'to', key: string, body: string): Promise<void> {
  await places.sdk.send(new PutObjectCommand({ ...at(side, key), Body: Buffer.from(body) }));
}

async function run(...flags: string[]): Promise<{ code: number; dataSets: SetProof[]; problems: string[] }> {
  const { code, out } = await terminal.run(['verify-data', 'ranker', '--ledger', ledger, '--json', ...flags]);
  return { code, ...(JSON.parse(out) as { dataSets: SetProof[]; problems: string[] }) };
}

test('verify-data: what holds what was recorded is proven, also when its source is gone', async () => {
  for (const key of ['a.bin', 'b.bin', 'c.bin']) await places.sdk.send(new DeleteObjectCommand(at('from', key)));

  const { code, dataSets } = await run();

  expect(code).toBe(0);
  expect(dataSets).toMatchObject([
    {
      dataSet: 'model',
      isProven: true,
      root,
      to: dataSet.to,
      proof: { root, objects: 3, checked: 3, differences: [] },
    },
  ]);
});

test('verify-data: people read the root, how it is proven, and both values of what differs', async () => {
  await put('to', 'b.bin', 'weights of nobody');
  await places.sdk.send(new DeleteObjectCommand(at('to', 'c.bin')));

  const { code, out } = await terminal.run(['verify-data', 'ranker', '--ledger', ledger]);

  expect(code).toBe(1);
  expect(out).toMatch(/^model: not proven: 2 objects differ or are missing\n/);
  expect(out).toMatch(/3 of 3 objects \(.*\) looked at: \d stored, \d read\n/);
  expect(out).toMatch(/\n {2}b\.bin: recorded 16 bytes, (crc\w+):\S+; found 17 bytes, \1:\S+\n/);
  expect(out).toMatch(/\n {2}c\.bin: recorded 16 bytes, \S+; found nothing\n/);
});

test('verify-data --repair: what the source still holds is copied again, and proven', async () => {
  await put('to', 'b.bin', 'weights of a.bin');
  await places.sdk.send(new DeleteObjectCommand(at('to', 'c.bin')));

  expect(await run('--repair')).toMatchObject({ code: 0, dataSets: [{ isProven: true, repaired: 2 }] });
  expect(await run()).toMatchObject({ code: 0 });
});

test('verify-data --repair: what the source has changed since is not copied, and stays unproven', async () => {
  await put('to', 'b.bin', 'weights of a.bin');
  await put('from', 'b.bin', 'weights of later');

  expect(await run('--repair')).toMatchObject({
    code: 1,
    dataSets: [
      { repaired: 0, reasons: ['1 objects differ or are missing'], proof: { differences: [{ key: 'b.bin' }] } },
    ],
  });
});

test('verify-data --sample: only a share is looked at, the same for the same seed', async () => {
  const first = await run('--sample', '40', '--seed', '7');
  const second = await run('--sample', '40', '--seed', '7');

  expect(first.dataSets[0]?.proof?.root).toBe(root);
  expect(first.dataSets[0]?.proof?.checked).toBeLessThan(3);
  expect(second).toEqual(first);
});

test('verify-data: a manifest that was changed, or is not the ledger’s, proves nothing', async () => {
  terminal.ledger.records = [verified('model', 'e'.repeat(64))];
  expect(await run()).toMatchObject({ code: 1, dataSets: [{ reasons: [expect.stringContaining('the ledger says')] }] });

  terminal.ledger.records = [verified('model', root)];
  const store = s3Places(places.sdk).openManifests(memoryUrl({ ledger, workload: 'ranker' }, 'model', 'proof'));
  const { segments } = (await store.readDocument('manifest')) as { segments: { name: string }[] };
  const name = segments[0]?.name ?? '';
  for await (const lines of store.readLines(name)) await store.writeLines(name, lines.slice(0, 2));
  expect(await run()).toMatchObject({
    code: 1,
    dataSets: [{ reasons: [expect.stringContaining('the manifest was changed')] }],
  });
});

test('verify-data: a broken chain, a set without a manifest and one that nobody verified are exit 1', async () => {
  terminal.ledger.problems = ['record 1: bad hash'];
  expect(await run()).toMatchObject({ code: 1, problems: ['record 1: bad hash'], dataSets: [{ isProven: true }] });
  terminal.ledger.problems = [];
  terminal.ledger.records = [verified('reported', root)];
  expect(await run()).toMatchObject({ code: 1, dataSets: [{ reasons: [expect.stringContaining('no manifest')] }] });
  expect(await run('--data-set', 'logs')).toMatchObject({ code: 1, problems: ['no data set logs was verified'] });
});

test.each([
  [['--full', '--sample', '5'], '--full and --sample exclude each other'],
  [['--sample', '0'], '--sample 0'],
  [['--sample', '101'], '--sample 101: must be a number from 0 to 100'],
])('verify-data %s: is bad usage', async (flags, words) => {
  const { code, err } = await terminal.run(['verify-data', 'ranker', '--ledger', ledger, ...flags]);
  expect(code).toBe(64);
  expect(err).toContain(words);
});
