/** Translates what the file system throws into the catalogue, once, by error code, never by message. */
import type { ErrorCode } from '../domain/errors';
import { MigrationError } from '../domain/errors';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'FileDenied',
  EPERM: 'FileDenied',
  EROFS: 'FileDenied',
  ENOSPC: 'DiskFull',
  EDQUOT: 'DiskFull',
  EEXIST: 'FileRejected',
  EFBIG: 'FileRejected',
  EINVAL: 'FileRejected',
  EISDIR: 'FileRejected',
  ELOOP: 'FileRejected',
  ENAMETOOLONG: 'FileRejected',
  ENOTDIR: 'FileRejected',
  ENOTEMPTY: 'FileRejected',
  EXDEV: 'FileRejected',
  ENOENT: 'NotFound',
  EAGAIN: 'FileUnavailable',
  EBUSY: 'FileUnavailable',
  EIO: 'FileUnavailable',
  EMFILE: 'FileUnavailable',
  ENFILE: 'FileUnavailable',
  ESTALE: 'FileUnavailable',
  ETIMEDOUT: 'FileUnavailable',
};

/** @returns the error to throw: a MigrationError where the code is known, else the error itself. */
function translateFileError(error: unknown, doing: string, path: string): unknown {
  if (error instanceof MigrationError) return error;
  const code = fileCodeOf(error);
  const known = CODES[code];
  return known === undefined ? error : new MigrationError(known, `cannot ${doing} ${path} (${code})`, { cause: error });
}

/** `ENOENT`; empty for what is no error of the system. */
export function fileCodeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}

/** Runs one piece of work on a file. @throws MigrationError */
export async function onFile<T>(doing: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw translateFileError(error, doing, path);
  }
}
