/** How the lab's processes reach the lab's AWS, and how they are kept away from any other. */

export const LAB_REGION = 'us-east-1';
/** moto's account; the same number as access key makes ministack use it as well. */
export const LAB_ACCOUNT = '123456789012';
/** The lab's own calls sign with this key: fault rules and corrections leave them alone. */
export const INTERNAL_ACCESS_KEY = 'LABINTERNAL';

/** The environment of a process that acts as the user in the lab's AWS. */
export function labAwsEnv(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: LAB_REGION,
    AWS_ACCESS_KEY_ID: LAB_ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  };
}

/** The parent's environment without anything that could lead to a real AWS account or a real Temporal. */
export function environmentWithoutCloud(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|TEMPORAL|NODE_OPTIONS)/.test(name)));
}

export interface LabClientConfig {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { accessKeyId: string; secretAccessKey: string };
}

export function internalClientConfig(endpoint: string): LabClientConfig {
  return { endpoint, region: LAB_REGION, credentials: { accessKeyId: INTERNAL_ACCESS_KEY, secretAccessKey: 'lab' } };
}

export function userClientConfig(endpoint: string): LabClientConfig {
  return { endpoint, region: LAB_REGION, credentials: { accessKeyId: LAB_ACCOUNT, secretAccessKey: 'lab' } };
}
