/* What `crossfade data` can be asked for beyond the newest bytes: versions, locks, compression, classes and keys. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { rclone, remote } from '../../../bench/data/peers';
import type { DataAnswer } from '../../../src/cli/data-run';
import { enterCredentials } from '../../support/s3/environment';
import { Places } from '../../support/s3/places';
import { RCLONE, startVersitygw, VERSITYGW } from '../../support/s3/servers';
import type { Ran } from '../support';
import { Terminal } from '../support';

jest.setTimeout(60_000);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crossfade-data-'));
});
afterEach(() => rmSync(root, { recursive: true }));

let places: Places;
let leave: () => void;

async function startAll(): Promise<void> {
  places = await Places.on(startVersitygw(VERSITYGW ?? '', undefined, true));
  leave = enterCredentials(places.server);
}

async function stopAll(): Promise<void> {
  leave();
  await places.close();
}

function data(verb: string, from: string, to: string, ...flags: string[]): Promise<Ran> {
  const ends = ['--from', from, '--to', to, '--to-endpoint', places.server.endpoint];
  const more = from.startsWith('s3:') ? ['--from-endpoint', places.server.endpoint] : [];
  return new Terminal().run(['data', verb, ...ends, ...more, '--state', join(root, 'state'), ...flags]);
}

async function answer(
  verb: string,
  from: string,
  to: string,
  ...flags: string[]
): Promise<DataAnswer & { code: number }> {
  const { code, out } = await data(verb, from, to, '--json', ...flags);
  return { ...(JSON.parse(out) as DataAnswer), code };
}

const put = (Bucket: string, Key: string, Body: string, more = {}): Promise<unknown> =>
  places.sdk.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

async function storyOf(Bucket: string, Key: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await places.sdk.send(
    new ListObjectVersionsCommand({ Bucket, Prefix: Key }),
  );
  const markers = DeleteMarkers.map(({ IsLatest }) => `deleted, newest ${IsLatest}`);
  return [...Versions.map(({ ETag }) => ETag ?? ''), ...markers];
}

const here = VERSITYGW === undefined ? describe.skip : describe;

here('versions and locks, on versitygw', () => {
  beforeAll(startAll);
  afterAll(stopAll);

  test('data copy --versions all: the SDK sees the same history at the target, and a second run copies nothing', async () => {
    const [from, to] = [await places.bucket({ isVersioned: true }), await places.bucket({ isVersioned: true })];
    for (const body of ['one', 'two', 'one']) await put(from, 'a', body);
    await put(from, 'b', 'x');
    await places.sdk.send(new DeleteObjectCommand({ Bucket: from, Key: 'b' }));
    const [one, two] = [`s3://${from}`, `s3://${to}`];
    expect((await data('plan', one, two, '--versions', 'all')).out).toBe('5 to copy, 10 B\n');
    expect(await answer('copy', one, two, '--versions', 'all')).toMatchObject({
      code: 0,
      result: { isProven: true, tally: { copied: 5, proofs: { stored: 5 } } },
    });
    for (const key of ['a', 'b']) expect(await storyOf(to, key)).toEqual(await storyOf(from, key));
    expect(await answer('copy', one, two, '--versions', 'all')).toMatchObject({
      code: 0,
      result: { tally: { unchanged: 5 } },
    });
    expect(await answer('verify', one, two, '--versions', 'all')).toMatchObject({
      code: 0,
      result: { tally: { same: 4 } },
    });
    expect((await data('status', one, two, '--versions', 'all')).out).toContain('5 objects');
    const other = await data('copy', one, two);
    expect([other.code, other.err]).toEqual([64, expect.stringContaining('is of --versions all')]);
  });

  test('data copy --versions all: a target that keeps none is one clear error', async () => {
    const [from, to] = [await places.bucket({ isVersioned: true }), await places.bucket()];
    await put(from, 'a', 'one');
    const { code, err } = await data('copy', `s3://${from}`, `s3://${to}`, '--versions', 'all');
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(new RegExp(`^ConfigInvalid: s3://${to}: .*needs versioning`)),
    ]);
  });

  test('data copy: locks go along; a target without object lock is refused, unless that is said to be right', async () => {
    const [from, to, plain] = [
      await places.bucket({ isLocking: true }),
      await places.bucket({ isLocking: true }),
      await places.bucket(),
    ];
    const until = new Date(Date.UTC(2099, 0, 1));
    await put(from, 'k', 'x', { ObjectLockMode: 'GOVERNANCE', ObjectLockRetainUntilDate: until });
    expect(await answer('copy', `s3://${from}`, `s3://${to}`)).toMatchObject({ code: 0 });
    const head = await places.sdk.send(new HeadObjectCommand({ Bucket: to, Key: 'k' }));
    expect([head.ObjectLockMode, head.ObjectLockRetainUntilDate]).toEqual(['GOVERNANCE', until]);
    const state = ['--state', join(root, 'other')];
    const refused = await data('copy', `s3://${from}`, `s3://${plain}`, ...state);
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/^ConfigInvalid: .*--without-object-lock/)]);
    const allowed = await answer('copy', `s3://${from}`, `s3://${plain}`, ...state, '--without-object-lock');
    expect(allowed).toMatchObject({ code: 0, result: { tally: { copied: 1 } } });
  });
});

here('compression, and what strangers see, on versitygw', () => {
  beforeAll(startAll);
  afterAll(stopAll);

  test('data copy --compress: what the patterns name arrives as gzip, proven by the original’s checksum', async () => {
    const text = 'a,b\n'.repeat(10_000);
    mkdirSync(join(root, 'from'));
    for (const name of ['x.csv', 'y.json', 'z.bin']) writeFileSync(join(root, 'from', name), text);
    const bucket = await places.bucket();
    const flags = ['--compress', '*.{csv,tsv},*.json'];
    const plain = await answer(
      'copy',
      join(root, 'from'),
      `s3://${await places.bucket()}`,
      '--state',
      join(root, 'plain'),
    );
    const copied = await answer('copy', join(root, 'from'), `s3://${bucket}`, ...flags);
    expect(copied).toMatchObject({ code: 0, result: { root: plain.result.root } });
    const { Body, ContentEncoding } = await places.sdk.send(new GetObjectCommand({ Bucket: bucket, Key: 'x.csv' }));
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect([ContentEncoding, gunzipSync(bytes).toString() === text]).toEqual(['gzip', true]);
    const untouched = await places.sdk.send(new HeadObjectCommand({ Bucket: bucket, Key: 'z.bin' }));
    expect([untouched.ContentEncoding, untouched.ContentLength]).toEqual([undefined, text.length]);
    expect(await answer('copy', join(root, 'from'), `s3://${bucket}`, ...flags)).toMatchObject({
      result: { tally: { unchanged: 3, copied: 0 } },
    });
    expect(await answer('verify', join(root, 'from'), `s3://${bucket}`)).toMatchObject({
      code: 0,
      result: { tally: { same: 3 } },
    });
  });

  const withPeer = RCLONE === undefined ? test.skip : test;
  withPeer('data copy: rclone reads both sides and finds no difference, and so does a list of the SDK', async () => {
    const [from, to] = [await places.bucket(), await places.bucket()];
    for (const key of ['a/b', 'c d+e', 'ü & 模型', 'g%41']) await put(from, key, key);
    await put(from, 'empty', '', { ContentLength: 0 });
    await put(from, 'large', 'x'.repeat(20 * 1_048_576 + 1));
    expect(await answer('copy', `s3://${from}`, `s3://${to}`)).toMatchObject({
      code: 0,
      result: { tally: { copied: 6 } },
    });
    const { program, args, env } = rclone(RCLONE ?? '', places.server, [
      'check',
      '--download',
      remote(from),
      remote(to),
    ]);
    const { status, stderr } = spawnSync(program, args, { env: { ...process.env, ...env }, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, expect.stringContaining('0 differences')]);
    for (const bucket of [from, to]) expect(await storyOf(bucket, 'c d+e')).toEqual([expect.stringMatching(/^"/)]);
  });
});

test.each<[string[], string]>([
  [['--versions', 'some'], '--versions some: must be latest or all'],
  [['--versions', 'all'], 'is a directory, and it needs a bucket'],
  [['--compress', '*.csv'], 'is a directory, and it needs a bucket'],
  [['--kms-key-id', 'alias/x'], 'is a directory, and it needs a bucket'],
  [
    ['--to', 's3://bucket', '--kms-key-id', 'my key'],
    '--kms-key-id my key: must be the ID, the alias (alias/NAME) or the ARN',
  ],
  [['--to', 's3://bucket', '--storage-class', 'COLD'], '--storage-class COLD: must be one of STANDARD,'],
  [['--to', 's3://bucket', '--compress', '*.csv,,'], '--compress *.csv,,: must be patterns'],
])('data copy: bad choices are named before a place is opened: %j', async (flags, message) => {
  mkdirSync(join(root, 'from'));
  execFileSync('touch', [join(root, 'from', 'a')]);
  const ends = ['--from', join(root, 'from'), '--to', join(root, 'to'), '--state', join(root, 'state')];
  const { code, err } = await new Terminal().run(['data', 'copy', ...ends, ...flags]);
  expect(code).toBe(64);
  expect(err).toContain(message);
});

test('data sync --versions all: does not go with --deletes mirror', async () => {
  const { code, err } = await new Terminal().run(
    'data sync --from s3://one --to s3://two --versions all --deletes mirror',
  );
  expect([code, err]).toEqual([64, expect.stringContaining('--deletes mirror does not go with it')]);
});
