/** Which keys a directory can hold, and where. */
import { realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { MigrationError } from '../domain/errors';
import { fileCodeOf } from './file-errors';

/** Ours, in the root, while a copy runs: what is not whole yet. No key may lie in it. */
export const DRAFTS = '.crossfade-uploads';

const NAME_BYTES_MAX = 255;

/** Keys that end with `/` name a directory. @throws FileRejected when no file can have this name. */
export function pathOf(root: string, key: string): string {
  const names = (key.endsWith('/') ? key.slice(0, -1) : key).split('/');
  const wrong = names.map(whyNot).find((reason) => reason !== undefined);
  if (wrong !== undefined)
    throw new MigrationError('FileRejected', `${root}: no file can be called '${key}': ${wrong}`);
  if (names[0] === DRAFTS)
    throw new MigrationError('FileRejected', `${root}: '${key}' lies where unfinished files are kept`);
  return join(root, ...names);
}

function whyNot(name: string): string | undefined {
  if (name === '') return 'a segment is empty';
  if (name === '.' || name === '..') return `a segment is '${name}'`;
  if (name.includes('\0')) return 'it holds a zero byte';
  return Buffer.byteLength(name) > NAME_BYTES_MAX ? `a segment has more than ${NAME_BYTES_MAX} bytes` : undefined;
}

/**
 * A link in the target must not lead a copy out of it.
 * @param realRoot without links.
 * @throws FileRejected
 */
export async function assertInside(realRoot: string, path: string): Promise<void> {
  const parent = await nearestReal(dirname(path));
  if (parent !== realRoot && !parent.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep))
    throw new MigrationError('FileRejected', `${path} leads out of ${realRoot}, to ${parent}`);
}

/** Of the nearest directory above that exists. */
async function nearestReal(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (fileCodeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return nearestReal(dirname(path));
  }
}
