import { createS3Client } from '../adapters/s3-client';
import { LocalRecordings, S3Recordings } from '../adapters/recordings';
import { loadConfig } from '../config';
import { parseS3Url } from '../domain/resources';
import type { Recordings } from '../ports/recordings';
import { UsageError } from './failure';

/**
 * @param place s3://bucket/prefix, a directory or a file.
 * @param region where the environment names none.
 * @throws UsageError.
 */
export function openRecordings(place: string, region: string | undefined): Recordings {
  if (!place.startsWith('s3:')) return new LocalRecordings(place);
  const location = parseS3Url(place);
  if (location === undefined) throw new UsageError(`${place}: must be s3://bucket/prefix, a directory or a file`);
  return new S3Recordings(
    createS3Client({ ...(region === undefined ? {} : { awsRegion: region }), ...loadConfig() }),
    location,
  );
}
