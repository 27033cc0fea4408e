import type { S3Server } from './servers';

/** Whoever looks for credentials in the environment finds the server's. @returns puts everything back as it was. */
export function enterCredentials({ region, credentials }: Pick<S3Server, 'region' | 'credentials'>): () => void {
  const before = { ...process.env };
  process.env['AWS_ACCESS_KEY_ID'] = credentials.accessKeyId;
  process.env['AWS_SECRET_ACCESS_KEY'] = credentials.secretAccessKey;
  process.env['AWS_REGION'] = region;
  return () => {
    process.env = before;
  };
}
