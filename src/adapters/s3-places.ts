import type { S3Client } from '@aws-sdk/client-s3';
import type { DataPlaces } from '../ports/data-places';
import { S3ManifestStore } from './s3-manifest';
import type { S3PlaceOptions } from './s3-store-place';
import { openS3Store } from './s3-store';

/** @param connection of the stores, where it is not as the SDK's own configuration says. */
export function s3Places(client: S3Client, connection: Omit<S3PlaceOptions, 'url'> = {}): DataPlaces {
  return {
    openStore: (url, options, signal) => openS3Store({ ...connection, ...options, url }, signal),
    openManifests: (url) => new S3ManifestStore(client, url),
  };
}
