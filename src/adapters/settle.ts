import { MigrationError } from '../domain/errors';

/**
 * Reads, writes only what is not as it should be, and reads it back.
 * @throws AwsUnavailable when it reads back otherwise: settings take a moment to be everywhere, so it is tried again.
 */
export async function settle<T>(
  what: string,
  read: () => Promise<T>,
  isRight: (now: T) => boolean,
  write: (now: T) => Promise<unknown>,
): Promise<void> {
  const before = await read();
  if (isRight(before)) return;
  await write(before);
  if (!isRight(await read()))
    throw new MigrationError('AwsUnavailable', `${what} does not read back as it was written`);
}
