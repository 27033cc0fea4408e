/**
 * The files below a directory in the order of their keys' UTF-8 bytes, which is not the order in which a tree is walked:
 * `a-b` comes before `a/b`, because `-` is less than `/`. So a directory is sorted as if its name ended with a slash.
 * Holds the names of one directory a level.
 */
import { isUtf8 } from 'node:buffer';
import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { compareKeys } from '../domain/key-order';
import { epochMs } from '../domain/quantity';
import type { KeyRange, ObjectEntry, PassedOver } from '../ports/object-store';
import { DRAFTS } from './directory-keys';
import { fileCodeOf, onFile } from './file-errors';

const PAGE_COUNT_MAX = 1_000;
const STATS_AT_ONCE = 64;

export interface WalkOptions {
  /** Without links. */
  readonly root: string;
  readonly followsLinks: boolean;
  readonly range: KeyRange;
  readonly signal: AbortSignal;
  onPassedOver(passed: PassedOver): void;
}

interface Found {
  /** A directory's ends with a slash. */
  readonly key: string;
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'link';
}

export async function* walk(options: WalkOptions): AsyncGenerator<readonly ObjectEntry[]> {
  let page: Found[] = [];
  for await (const found of below('', options.root, [options.root], options)) {
    page.push(found);
    if (page.length < PAGE_COUNT_MAX) continue;
    yield await entriesOf(page, options);
    page = [];
  }
  yield await entriesOf(page, options);
}

/** @param above real paths of the directories on the way down: a link to one of them would never end. */
async function* below(
  prefix: string,
  directory: string,
  above: readonly string[],
  options: WalkOptions,
): AsyncGenerator<Found> {
  options.signal.throwIfAborted();
  const names = await namesIn(prefix, directory, options);
  if (names === undefined) return;
  const children: Found[] = [];
  for (const name of names) {
    const child = await childOf(prefix, directory, name, options);
    if (child !== undefined) children.push(child);
  }
  children.sort((a, b) => compareKeys(a.key, b.key));
  // An empty directory is an object of no bytes, or it would be lost.
  if (names.length === 0 && prefix !== '' && isIn(options.range, prefix))
    yield { key: prefix, path: directory, kind: 'directory' };
  for (const child of children) {
    if (child.kind !== 'directory') {
      if (isIn(options.range, child.key)) yield child;
      continue;
    }
    if (!mayHold(options.range, child.key)) continue;
    const real = options.followsLinks ? await onFile('read', child.path, () => realpath(child.path)) : child.path;
    if (above.includes(real)) pass(options, child.key, 'a link to a directory above it', false);
    else yield* below(child.key, child.path, [...above, real], options);
  }
}

async function namesIn(prefix: string, directory: string, options: WalkOptions): Promise<Dirent<Buffer>[] | undefined> {
  try {
    const names = await readdir(directory, { withFileTypes: true, encoding: 'buffer' });
    return prefix === '' ? names.filter(({ name }) => name.toString() !== DRAFTS) : names;
  } catch (error) {
    const code = fileCodeOf(error);
    // Gone since its parent was read. The root has nobody to tell of it but the caller.
    if (code === 'ENOENT' && prefix !== '') return undefined;
    if ((code === 'EACCES' || code === 'EPERM') && prefix !== '') {
      pass(options, prefix, `the directory cannot be read (${code})`, true);
      return undefined;
    }
    return onFile('read', directory, () => Promise.reject(error as Error));
  }
}

async function childOf(
  prefix: string,
  directory: string,
  entry: Dirent<Buffer>,
  options: WalkOptions,
): Promise<Found | undefined> {
  const shown = entry.name.toString();
  const path = join(directory, shown);
  if (!isUtf8(entry.name)) {
    pass(options, prefix + shown, 'its name is not UTF-8, and no key can carry it', true);
    return undefined;
  }
  if (entry.isFile()) return { key: prefix + shown, path, kind: 'file' };
  if (entry.isDirectory()) return { key: `${prefix}${shown}/`, path, kind: 'directory' };
  if (entry.isSymbolicLink()) return followed(prefix + shown, path, options);
  pass(options, prefix + shown, `a ${sortOf(entry)}`, false);
  return undefined;
}

async function followed(key: string, path: string, options: WalkOptions): Promise<Found | undefined> {
  if (!options.followsLinks) {
    pass(options, key, 'a symbolic link; links are not followed', false);
    return undefined;
  }
  try {
    const real = await realpath(path);
    if (real !== options.root && !real.startsWith(options.root + sep)) {
      pass(options, key, 'a symbolic link that leads out of the directory', false);
      return undefined;
    }
    const stats = await stat(path);
    if (stats.isFile()) return { key, path, kind: 'link' };
    if (stats.isDirectory()) return { key: `${key}/`, path, kind: 'directory' };
    pass(options, key, 'a symbolic link to what is no file', false);
  } catch (error) {
    pass(options, key, `a symbolic link that leads nowhere (${fileCodeOf(error)})`, false);
  }
  return undefined;
}

function sortOf(entry: Dirent<Buffer>): string {
  if (entry.isSocket()) return 'socket';
  if (entry.isFIFO()) return 'pipe';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'device' : 'thing that is no file';
}

function pass(options: WalkOptions, key: string, reason: string, isLost: boolean): void {
  if (isIn(options.range, key)) options.onPassedOver({ key, reason, isLost });
}

async function entriesOf(page: readonly Found[], options: WalkOptions): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for (let at = 0; at < page.length; at += STATS_AT_ONCE) {
    options.signal.throwIfAborted();
    const some = await Promise.all(page.slice(at, at + STATS_AT_ONCE).map((found) => entryAt(found)));
    for (const entry of some) if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

async function entryAt({ key, path, kind }: Found): Promise<ObjectEntry | undefined> {
  try {
    return entryOf(key, await (kind === 'link' ? stat : lstat)(path, { bigint: true }));
  } catch (error) {
    // Gone since its directory was read.
    if (fileCodeOf(error) === 'ENOENT') return undefined;
    return onFile('look at', path, () => Promise.reject(error as Error));
  }
}

/** A directory that stands for itself has no content, so its times say nothing. */
export function entryOf(key: string, stats: BigIntStats): ObjectEntry {
  const modifiedAtMs = epochMs(Math.max(0, Number(stats.mtimeMs)));
  if (stats.isDirectory()) return { key, sizeBytes: 0, version: 'directory', modifiedAtMs };
  return { key, sizeBytes: Number(stats.size), version: versionOf(stats), modifiedAtMs };
}

/** Both times: whoever sets the first one back cannot set back the second. */
export function versionOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return [size, mtimeNs, ctimeNs, ino].map((part) => part.toString(36)).join('-');
}

export function isIn({ after, upTo }: KeyRange, key: string): boolean {
  if (after !== undefined && compareKeys(key, after) <= 0) return false;
  return upTo === undefined || compareKeys(key, upTo) <= 0;
}

/** Whether a key that begins with the prefix may lie in the range. */
function mayHold({ after, upTo }: KeyRange, prefix: string): boolean {
  if (after !== undefined && !after.startsWith(prefix) && compareKeys(prefix, after) < 0) return false;
  return upTo === undefined || compareKeys(prefix, upTo) <= 0;
}
