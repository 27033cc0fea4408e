/** None, one or many: three different answers. */
import { MigrationError } from '../domain/errors';
import { awsCodeOf } from './aws-errors';

/** @throws NotFound, NotExactlyOne. */
export function exactlyOne<T>(items: readonly T[], what: string): T {
  const [item] = items;
  if (item === undefined) throw new MigrationError('NotFound', `${what} is not there`);
  if (items.length > 1) throw new MigrationError('NotExactlyOne', `${what} was found ${items.length} times`);
  return item;
}

/** Turns `NotFound` into undefined; every other error stays. */
export async function missingAsUndefined<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof MigrationError && error.code === 'NotFound') return undefined;
    throw error;
  }
}

/** @returns undefined for one of the given AWS codes: there is none. Every other error stays. */
export async function undefinedFor<T>(reply: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (codes.includes(awsCodeOf(error) ?? '')) return undefined;
    throw error;
  }
}

/** Waits for the call and takes `NotFound`, or one of the given AWS codes, for done. */
export async function acceptMissing(reply: Promise<unknown>, ...codes: string[]): Promise<void> {
  try {
    await reply;
  } catch (error) {
    const missing = error instanceof MigrationError && error.code === 'NotFound';
    if (!missing && !codes.includes(awsCodeOf(error) ?? '')) throw error;
  }
}
