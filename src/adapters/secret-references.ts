/** Secrets that a spec names and does not hold: in the worker's environment, or in Secrets Manager. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MigrationError } from '../domain/errors';
import { readSecretText } from './secret-text';

/** Whoever writes a spec may name these variables and no others: the worker's own secrets are not his. */
const VARIABLE = /^env:(CROSSFADE_NOTIFY_[A-Z0-9_]+)$/;
const SECRET = /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\d{12}:secret:/;
const DEADLINE_MS = 10_000;

export interface SecretReader {
  /** @param reference `env:CROSSFADE_NOTIFY_…` or the ARN of a secret. @throws NoticeRefused, AwsDenied, AwsUnavailable. */
  read(reference: string): Promise<string>;
  /** @param address an address as it is, or a reference to one. @throws NoticeRefused for what is no http(s) address. */
  readAddress(address: string): Promise<URL>;
}

export function createSecretReader(
  environment: Readonly<Record<string, string | undefined>>,
  clientFor: (region: string) => SecretsManagerClient,
): SecretReader {
  const read = async (reference: string): Promise<string> => {
    const variable = VARIABLE.exec(reference)?.[1];
    const found =
      variable === undefined ? await fromSecretsManager(reference, clientFor) : environment[variable]?.trim();
    if (found === undefined || found === '')
      throw new MigrationError('NoticeRefused', `${reference}: there is nothing in it for this worker`);
    return found;
  };
  return {
    read,
    async readAddress(address) {
      const text = /^https?:/.test(address) ? address : await read(address);
      const url = URL.canParse(text) ? new URL(text) : undefined;
      if (url?.protocol !== 'https:' && url?.protocol !== 'http:')
        throw new MigrationError('NoticeRefused', `${address}: what it holds is no http or https address`);
      return url;
    },
  };
}

async function fromSecretsManager(
  reference: string,
  clientFor: (region: string) => SecretsManagerClient,
): Promise<string | undefined> {
  const region = SECRET.exec(reference)?.[1];
  if (region === undefined)
    throw new MigrationError('NoticeRefused', `${reference}: neither env:CROSSFADE_NOTIFY_… nor the ARN of a secret`);
  const text = await readSecretText(clientFor(region), reference, { deadlineMs: DEADLINE_MS });
  return text?.trim();
}
