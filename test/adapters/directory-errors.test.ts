import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryTarget } from '../../src/adapters/directory-target';
import { onFile } from '../../src/adapters/file-errors';
import { checksumOf } from '../../src/data/checksum';
import type { CheckedBytes } from '../../src/ports/object-store';
import { entryOf, listed, NEVER, NO_FACTS } from '../support/s3/places';

let root: string;
let place: DirectoryTarget;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crossfade-directory-'));
  place = new DirectoryTarget(root, { followsLinks: false, isCreated: false });
});
afterEach(() => rmSync(root, { recursive: true }));

const body = (text: string): CheckedBytes => {
  const bytes = Buffer.from(text);
  return { bytes, checksum: checksumOf('crc32', bytes) };
};

test.each(['a//b', '/a', '../a', 'a/./b', 'x'.repeat(256), 'a\0b', '.crossfade-uploads/a'])(
  'DirectoryTarget: no file can be called %j',
  async (key) => {
    await expect(place.put(key, body('x'), NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'FileRejected' });
    expect(await listed(place)).toEqual([]);
  },
);

test('DirectoryTarget: a key below another key’s file is rejected, and leaves no draft', async () => {
  await place.put('a', body('x'), NO_FACTS, NEVER);
  await expect(place.put('a/b', body('y'), NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'FileRejected' });
  await place.close();
  expect(execFileSync('ls', ['-A', root], { encoding: 'utf8' })).toBe('a\n');
});

test('DirectoryTarget: bytes that do not have their checksum are refused', async () => {
  const wrong = { ...body('x'), checksum: body('y').checksum };
  await expect(place.put('a', wrong, NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'DataMismatch' });
  expect(await listed(place)).toEqual([]);
});

test('DirectorySource: a file that is written to while it is read is told', async () => {
  writeFileSync(join(root, 'a'), 'one');
  const { bytes } = await place.read(await entryOf(place, 'a'), undefined, NEVER);
  writeFileSync(join(root, 'a'), 'two');
  const work = async (): Promise<void> => {
    for await (const chunk of bytes) void chunk;
  };
  await expect(work()).rejects.toMatchObject({ code: 'DataChanged' });
});

test('DirectorySource: content that was swapped while its time was set back is another version', async () => {
  writeFileSync(join(root, 'a'), 'one');
  const before = await entryOf(place, 'a');
  execFileSync('sh', ['-c', 'touch -r a time && printf two > a && touch -r time a && rm time'], { cwd: root });
  const after = await entryOf(place, 'a');
  expect([after.sizeBytes, after.modifiedAtMs]).toEqual([before.sizeBytes, before.modifiedAtMs]);
  expect(after.version).not.toBe(before.version);
});

test.each([
  ['ENOSPC', 'DiskFull'],
  ['EDQUOT', 'DiskFull'],
  ['EACCES', 'FileDenied'],
  ['EIO', 'FileUnavailable'],
])('onFile: %s is %s', async (code, expected) => {
  const error = Object.assign(new Error(code), { code });
  await expect(onFile('write', '/there', () => Promise.reject(error))).rejects.toMatchObject({
    code: expected,
    message: `cannot write /there (${code})`,
  });
});
