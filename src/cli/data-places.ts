/** `s3://bucket/prefix` or a directory → a place for objects. */
import { DirectoryTarget } from '../adapters/directory-target';
import type { ObjectTarget } from '../ports/object-store';
import { UsageError } from './failure';

export interface PlaceFlags {
  readonly url: string;
  /** Of an S3 that is not AWS. */
  readonly endpoint?: string;
  /** Of AWS's own configuration files. */
  readonly profile?: string;
}

export interface PlaceOptions {
  /** Of directories. */
  readonly followsLinks: boolean;
  /** A directory that is not there is made when something is written. */
  readonly isCreated: boolean;
}

/** @throws UsageError */
export function openPlace({ url, endpoint, profile }: PlaceFlags, options: PlaceOptions): ObjectTarget {
  if (url.startsWith('s3:')) throw new UsageError(`${url}: buckets are not supported yet`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) throw new UsageError(`${url}: must be s3://bucket/prefix or a directory`);
  if (endpoint !== undefined || profile !== undefined)
    throw new UsageError(`${url} is a directory: it has neither endpoint nor profile`);
  return new DirectoryTarget(url, options);
}
