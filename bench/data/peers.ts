/** Who copies: rclone, the product's command line, and the product's store alone, which is the floor of the engine. */
import path from 'node:path';
import { packageRoot } from '../../lab/tools';
import type { S3Server } from '../../test/support/s3/servers';
import type { Command } from './program';

export const AT_ONCE = 64;
/** rclone's name for the server. */
const REMOTE = 'peer';

export function rclone(
  program: string,
  server: Pick<S3Server, 'endpoint' | 'region' | 'credentials'>,
  args: readonly string[],
): Command {
  const { accessKeyId, secretAccessKey } = server.credentials;
  const settings = {
    TYPE: 's3',
    PROVIDER: 'Other',
    ENDPOINT: server.endpoint,
    REGION: server.region,
    ACCESS_KEY_ID: accessKeyId,
    SECRET_ACCESS_KEY: secretAccessKey,
  };
  const env = Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`RCLONE_CONFIG_${REMOTE.toUpperCase()}_${name}`, value]),
  );
  return { program, args: [...args, '--config', '/dev/null'], env };
}

/** As rclone writes it. */
export function remote(bucket: string): string {
  return `${REMOTE}:${bucket}`;
}

export const RCLONE_AT_ONCE = ['--transfers', String(AT_ONCE), '--checkers', String(AT_ONCE)];

export function product(server: Pick<S3Server, 'region' | 'credentials'>, args: readonly string[]): Command {
  return {
    program: process.execPath,
    args: ['--no-warnings', path.join(packageRoot(), 'bin/crossfade.js'), 'data', ...args],
    env: awsEnv(server),
  };
}

/** @param file of this folder, compiled. */
export function ours(server: S3Server, file: string, args: readonly string[]): Command {
  return {
    program: process.execPath,
    args: ['--no-warnings', path.join(__dirname, file), server.endpoint, ...args],
    env: awsEnv(server),
  };
}

function awsEnv({ region, credentials }: Pick<S3Server, 'region' | 'credentials'>): NodeJS.ProcessEnv {
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
