/** With what a source's registry is asked: a spec names the place, the worker reads it. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { MigrationError } from '../domain/errors';
import type { ImageReference, ImageSpec } from '../domain/image';
import { EcrRepositories } from './ecr';
import type { RegistryCredentials } from './oci-challenge';
import type { RegistryAccess } from './oci-wire';
import { readSecretText } from './secret-text';

export interface CredentialSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly secrets: (region: string) => SecretsManagerClient;
  readonly ecr: (region: string) => ECRClient;
}

/** Docker Hub answers under another name than images are called by. */
const ALIASES: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };
const ON_THIS_MACHINE = /^(localhost|127(\.\d{1,3}){3})(:\d+)?$/;
const ECR_HOST = /^\d{12}\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/;

/** As Docker does: over http on this machine, over https everywhere else. */
export function endpointOf({ registry }: ImageReference): string {
  return `${ON_THIS_MACHINE.test(registry) ? 'http' : 'https'}://${ALIASES[registry] ?? registry}`;
}

/** @throws ConfigInvalid for a variable or a secret that holds no credentials; AwsDenied. */
export async function sourceAccess(
  image: ImageSpec,
  reference: ImageReference,
  sources: CredentialSources,
): Promise<RegistryAccess> {
  const endpoint = endpointOf(reference);
  const region = ECR_HOST.exec(reference.registry)?.[1];
  const credentials = await credentialsOf(image, sources);
  if (credentials !== undefined) return { endpoint, credentials };
  if (region === undefined) return { endpoint };
  // A token of ECR is good for every registry that its bearer may read.
  const { credentials: own } = await new EcrRepositories(sources.ecr(region)).access();
  return { endpoint, ...(own === undefined ? {} : { credentials: own }) };
}

async function credentialsOf(
  { name, credentials }: ImageSpec,
  sources: CredentialSources,
): Promise<RegistryCredentials | undefined> {
  if (credentials === undefined) return undefined;
  if (credentials.env !== undefined) {
    const [, user, password] = /^([^:]+):([\s\S]+)$/.exec(sources.environment[credentials.env] ?? '') ?? [];
    if (user === undefined || password === undefined)
      throw new MigrationError(
        'ConfigInvalid',
        `image ${name}: ${credentials.env} must hold user:password in the worker's environment`,
      );
    return { user, password };
  }
  const { secretArn } = credentials;
  const text = await readSecretText(sources.secrets(secretArn.split(':')[3] ?? ''), secretArn);
  return fromSecret(text ?? '', name, secretArn);
}

function fromSecret(text: string, name: string, secretArn: string): RegistryCredentials {
  try {
    const { username, password, accessToken } = JSON.parse(text) as Record<string, unknown>;
    const secret = password ?? accessToken;
    if (typeof username === 'string' && typeof secret === 'string') return { user: username, password: secret };
  } catch {
    // Told below, without a word of what it holds.
  }
  throw new MigrationError('ConfigInvalid', `image ${name}: ${secretArn} must hold {"username": …, "password": …}`);
}
