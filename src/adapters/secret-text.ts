/** The one read of Secrets Manager. */
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { AwsCallOptions } from './aws-errors';
import { awsCall } from './aws-errors';

/** @returns undefined for a secret that holds bytes and no text. @throws AwsDenied, AwsUnavailable, NotFound. */
export async function readSecretText(
  client: SecretsManagerClient,
  secretArn: string,
  options: AwsCallOptions = {},
): Promise<string | undefined> {
  const command = new GetSecretValueCommand({ SecretId: secretArn });
  const { SecretString } = await awsCall(
    'secretsmanager:GetSecretValue',
    secretArn,
    (abortSignal) => client.send(command, { abortSignal }),
    options,
  );
  return SecretString;
}
