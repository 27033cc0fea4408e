/** What an invocation asks for, and which container answers it. */
import { LAB_ACCOUNT } from '../../aws-env';
import { AwsError } from '../answer';
import type { AwsRequest } from '../request';
import type { Endpoint, SageMakerAccount, Variant } from './account';

export interface Invocation {
  readonly endpoint: Endpoint;
  readonly variant: Variant;
  readonly contentType: string;
  readonly accept: string | undefined;
  readonly body: Buffer;
  readonly customAttributes: string | undefined;
  readonly inferenceId: string | undefined;
}

const BODY_BYTES_MAX = 6_291_456;
/** These serve; an endpoint that is being made, or went wrong while it was, is as good as absent. */
const SERVING = new Set(['InService', 'Updating', 'RollingBack', 'SystemUpdating', 'UpdateRollbackFailed']);

/** @throws ValidationError when nobody could answer. */
export function parseInvocation(account: SageMakerAccount, request: AwsRequest): Invocation {
  const name = decodeURIComponent(request.url.split('/')[2] ?? '');
  const endpoint = account.endpoints.find(name);
  if (endpoint === undefined || !SERVING.has(endpoint.status))
    throw new AwsError('ValidationError', `Endpoint ${name} of account ${LAB_ACCOUNT} not found.`);
  const body = request.body ?? Buffer.alloc(0);
  if (body.length > BODY_BYTES_MAX)
    throw new AwsError(
      'ValidationError',
      `The payload of ${body.length} bytes is larger than ${BODY_BYTES_MAX} bytes.`,
    );
  const header = (key: string): string | undefined => request.headers[key] as string | undefined;
  const isStream = request.operation === 'InvokeEndpointWithResponseStream';
  return {
    endpoint,
    variant: chooseVariant(endpoint, header('x-amzn-sagemaker-target-variant')),
    contentType: header('content-type') ?? 'application/octet-stream',
    accept: header(isStream ? 'x-amzn-sagemaker-accept' : 'accept'),
    body,
    customAttributes: header('x-amzn-sagemaker-custom-attributes'),
    inferenceId: header('x-amzn-sagemaker-inference-id'),
  };
}

/** By the weights that are in force, not by those that are wanted. */
function chooseVariant(endpoint: Endpoint, asked: string | undefined): Variant {
  const { production } = endpoint.fleet;
  if (asked !== undefined) {
    const variant = production.find(({ name }) => name === asked);
    if (variant === undefined)
      throw new AwsError('ValidationError', `Variant ${asked} of endpoint ${endpoint.name} not found.`);
    return variant;
  }
  const total = production.reduce((sum, variant) => sum + variant.currentWeight, 0);
  let left = Math.random() * total;
  const chosen = production.find((variant) => (left -= variant.currentWeight) < 0);
  if (chosen === undefined)
    throw new AwsError('ServiceUnavailable', `No variant of endpoint ${endpoint.name} has a weight above 0.`, 503);
  return chosen;
}

/** The shadow's weight is a share of the production variant's: as much of the traffic is copied, all of it at most. */
export function sampledShadows({ fleet }: Endpoint): Variant[] {
  const weight = fleet.production[0]?.currentWeight ?? 0;
  return fleet.shadow.filter((shadow) => shadow.currentWeight > 0 && Math.random() * weight < shadow.currentWeight);
}
