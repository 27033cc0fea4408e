import { parseS3Url } from '../domain/resources';

/** Without a slash at the end. Takes one that has passed the checks. */
export function normalS3Url(url: string): string {
  const place = parseS3Url(url);
  if (place === undefined) throw new Error(`${url} has passed the checks and is not an S3 URL`);
  return place.prefix === '' ? `s3://${place.bucket}` : `s3://${place.bucket}/${place.prefix}`;
}
