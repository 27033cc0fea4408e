/** `s3://bucket/prefix` or a directory → a place for objects. */
import { DirectoryTarget } from '../adapters/directory-target';
import { openS3Store, S3Store } from '../adapters/s3-store';
import type { VersionedPlaces } from '../data/version-work';
import { parseS3Url } from '../domain/resources';
import type { Writing } from './data-writing';
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
  /** Of a bucket that is written to. */
  readonly writing?: Writing;
  /** Told once each: what a bucket's server cannot do. */
  readonly onNotice: (text: string) => void;
}

/** @throws UsageError; for a bucket what openS3Store throws. */
export async function openPlace(
  { url, endpoint, profile }: PlaceFlags,
  options: PlaceOptions,
  signal: AbortSignal,
): Promise<S3Store | DirectoryTarget> {
  if (url.startsWith('s3:')) {
    if (parseS3Url(url) === undefined) throw new UsageError(`${url}: must be s3://bucket/prefix or a directory`);
    if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError(`${endpoint}: must be a URL`);
    const given = { ...(endpoint === undefined ? {} : { endpoint }), ...(profile === undefined ? {} : { profile }) };
    return openS3Store({ url, ...given, ...options.writing, onNotice: options.onNotice }, signal);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) throw new UsageError(`${url}: must be s3://bucket/prefix or a directory`);
  if (endpoint !== undefined || profile !== undefined)
    throw new UsageError(`${url} is a directory: it has neither endpoint nor profile`);
  return new DirectoryTarget(url, options);
}

/** Of flags that were checked before the places were opened. */
export function versionedPlaces(from: unknown, to: unknown): VersionedPlaces {
  if (from instanceof S3Store && to instanceof S3Store) return { from, to };
  throw new Error('only buckets keep versions');
}
