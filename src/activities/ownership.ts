import { log } from '@temporalio/activity';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import type { Found } from '../ports/traffic-router';

/** Whose a resource of our name is. */
export type Standing = 'ours' | 'earlier-run' | 'foreign';

export function standingOf(found: Owner | undefined, asker: Owner, adopt: boolean): Standing {
  if (found === undefined || found.workload !== asker.workload) return 'foreign';
  return found.run === asker.run || adopt ? 'ours' : 'earlier-run';
}

export function describeOwner(found: Owner | undefined): string {
  return found === undefined
    ? 'it bears no tag of Crossfade'
    : `it belongs to workload ${found.workload}, run ${found.run}`;
}

interface Wanted {
  /** For messages: `target group crossfade-ranker`. */
  readonly what: string;
  readonly owner: Owner;
  readonly adopt: boolean;
}

/** @throws ResourceNotOurs, EarlierRunLeftovers. */
export function requireOurs({ what, owner, adopt }: Wanted, found: Owner | undefined): void {
  const standing = standingOf(found, owner, adopt);
  switch (standing) {
    case 'ours':
      return;
    case 'earlier-run':
      throw new MigrationError(
        'EarlierRunLeftovers',
        `${what} was left by run ${found?.run}: start with adopt to take it over, or remove it`,
      );
    case 'foreign':
      throw new MigrationError('ResourceNotOurs', `${what} exists and is not ours: ${describeOwner(found)}`);
  }
}

/**
 * Found before created: a second attempt uses what the first one made, even when its reply was lost. The SDK repeats a
 * request by itself too, and is then told that the name is taken: by what its own first request made.
 */
export async function ensureOwned<T>(
  wanted: Wanted,
  find: () => Promise<Found<T> | undefined>,
  create: () => Promise<T>,
): Promise<T> {
  const found = await find();
  if (found !== undefined) {
    requireOurs(wanted, found.owner);
    return found.value;
  }
  try {
    return await create();
  } catch (error) {
    if (!(error instanceof MigrationError && error.code === 'AwsRejected')) throw error;
    const made = await find();
    if (made === undefined || standingOf(made.owner, wanted.owner, false) !== 'ours') throw error;
    return made.value;
  }
}

/** An undo that meets something else under our name has nothing to undo: what is not ours stays. */
export async function removeOwned<T>(
  what: string,
  owner: Owner,
  find: () => Promise<Found<T> | undefined>,
  remove: (value: T) => Promise<unknown>,
): Promise<void> {
  const found = await find();
  if (found === undefined) return;
  if (found.owner?.workload !== owner.workload) {
    log.warn(`${what} is not removed: ${describeOwner(found.owner)}`);
    return;
  }
  await remove(found.value);
}
