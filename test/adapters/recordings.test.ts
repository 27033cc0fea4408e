import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { LocalRecordings, S3Recordings } from '../../src/adapters/recordings';
import type { RecordedFile, Recordings } from '../../src/ports/recordings';
import { closeWires, openWire } from './wire';
import type { Wire, WireAnswer, WireRequest } from './wire';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'crossfade-recordings-'));
});
afterEach(async () => {
  rmSync(directory, { recursive: true });
  await closeWires();
});

async function contents(recordings: Recordings): Promise<[string, string][]> {
  const files: [string, string][] = [];
  for await (const file of recordings.list()) files.push([file.name, await textOf(file)]);
  return files;
}

async function textOf(file: RecordedFile): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function s3(answer: (request: WireRequest) => WireAnswer): Promise<{ wire: Wire; recordings: S3Recordings }> {
  const wire = await openWire(answer);
  return { wire, recordings: new S3Recordings(new S3Client(wire.client), { bucket: 'kept', prefix: 'ranker' }) };
}

test('LocalRecordings: what is written is there whole, and is never replaced', async () => {
  const recordings = new LocalRecordings(join(directory, 'new/place'));
  await recordings.write('a.jsonl', Buffer.from('first'));
  await recordings.write('a.jsonl', Buffer.from('second'));
  expect(await contents(recordings)).toEqual([['a.jsonl', 'first']]);
  expect(readdirSync(join(directory, 'new/place'))).toEqual(['a.jsonl']);
});

test('LocalRecordings: files below come in the order of their names; a file is itself', async () => {
  mkdirSync(join(directory, 'b'));
  for (const name of ['c', 'b/z', 'b/a', 'a']) writeFileSync(join(directory, name), name);
  expect((await contents(new LocalRecordings(directory))).map(([name]) => name)).toEqual(['a', 'b/a', 'b/z', 'c']);
  expect(await contents(new LocalRecordings(join(directory, 'c')))).toEqual([[join(directory, 'c'), 'c']]);
});

test('S3Recordings: an object is written only where nothing is', async () => {
  const { wire, recordings } = await s3(() => ({}));
  await recordings.write('a.jsonl', Buffer.from('line\n'));
  expect(wire.seen).toEqual([
    expect.objectContaining({ method: 'PUT', url: expect.stringMatching(/^\/kept\/ranker\/a\.jsonl/) }),
  ]);
  expect(wire.seen[0]?.headers['if-none-match']).toBe('*');
});

test('S3Recordings: an object that our own lost first try wrote is written', async () => {
  const { recordings } = await s3(() => ({ status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' }));
  await expect(recordings.write('a.jsonl', Buffer.from('x'))).resolves.toBeUndefined();
});

test('S3Recordings: a bucket that may not be written to is said to be so', async () => {
  const { recordings } = await s3(() => ({ status: 403, body: '<Error><Code>AccessDenied</Code></Error>' }));
  await expect(recordings.write('a.jsonl', Buffer.from('x'))).rejects.toMatchObject({ code: 'AwsDenied' });
});

test('S3Recordings: every page is listed, and each object read when it is opened', async () => {
  const page = (key: string, more: string): WireAnswer => ({
    body: `<ListBucketResult>${more}<Contents><Key>ranker/${key}</Key><Size>1</Size></Contents></ListBucketResult>`,
  });
  const { recordings } = await s3(({ url }) => {
    if (!url.includes('list-type=2')) return { body: `content of ${url.split('?')[0]}` };
    return url.includes('continuation-token')
      ? page('b.jsonl', '<IsTruncated>false</IsTruncated>')
      : page('a.jsonl', '<IsTruncated>true</IsTruncated><NextContinuationToken>more</NextContinuationToken>');
  });
  expect(await contents(recordings)).toEqual([
    ['s3://kept/ranker/a.jsonl', 'content of /kept/ranker/a.jsonl'],
    ['s3://kept/ranker/b.jsonl', 'content of /kept/ranker/b.jsonl'],
  ]);
});
