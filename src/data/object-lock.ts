/** Locks of objects must not get lost on their way. */
import { MigrationError } from '../domain/errors';
import type { LockSupport, ObjectSource } from '../ports/object-store';

/**
 * Before anything is copied. A bucket that does not say whether it locks is asked again by every locked object.
 * @returns whether the source may have locks.
 * @throws ConfigInvalid where the source locks objects and the target cannot; AwsDenied where we may not see its locks.
 */
export async function assertLocksKept(from: ObjectSource, to: ObjectSource, signal: AbortSignal): Promise<boolean> {
  const ours = await supportOf(from, signal);
  if (ours === 'off') return false;
  const theirs = await supportOf(to, signal);
  if (ours === 'on' && theirs === 'off')
    throw new MigrationError(
      'ConfigInvalid',
      `${from.url} has object lock and ${to.url} has not: retention and legal holds would be lost` +
        ' (create the target with object lock; crossfade data takes --without-object-lock)',
    );
  if (ours === 'on') await from.assertLocksReadable?.(signal);
  return true;
}

function supportOf(place: ObjectSource, signal: AbortSignal): Promise<LockSupport> | LockSupport {
  return place.lockSupport?.(signal) ?? 'off';
}
