/** What SageMaker says of an endpoint, and of the tags of anything. */
import type { DescribeEndpointOutput, ProductionVariantSummary, SageMakerClient, Tag } from '@aws-sdk/client-sagemaker';
import { DescribeEndpointCommand, ListTagsCommand } from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { EndpointState, EndpointStatus, VariantState } from '../ports/model-hosting';
import type { AwsCallOptions } from './aws-errors';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagRecord } from './aws-tags';

const STATUSES: Readonly<Record<EndpointStatus, true>> = {
  Creating: true,
  Updating: true,
  SystemUpdating: true,
  RollingBack: true,
  InService: true,
  Deleting: true,
  Failed: true,
  OutOfService: true,
  UpdateRollbackFailed: true,
};

export class SageMakerReads {
  constructor(
    private readonly client: SageMakerClient,
    private readonly options: AwsCallOptions = {},
  ) {}

  /** @returns undefined when it is not there. @throws AwsRejected for a status that we do not know. */
  async endpoint(name: string): Promise<EndpointState | undefined> {
    const command = new DescribeEndpointCommand({ EndpointName: name });
    const reply = await unlessMissing(
      this.call('DescribeEndpoint', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    return reply && toState(name, reply);
  }

  /** @returns undefined when what they were on is not there. */
  async tags(arn: string): Promise<Record<string, string> | undefined> {
    const tags: Tag[] = [];
    let NextToken: string | undefined;
    do {
      const command = new ListTagsCommand({ ResourceArn: arn, NextToken });
      const page = await unlessMissing(
        this.call('ListTags', arn, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      if (page === undefined) return undefined;
      tags.push(...(page.Tags ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return tagRecord(tags);
  }

  private call<T>(action: string, resource: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`sagemaker:${action}`, resource, send, this.options);
  }
}

/** Waiting on after a status that we do not know would be guessing. */
function toState(name: string, reply: DescribeEndpointOutput): EndpointState {
  const status = String(reply.EndpointStatus);
  if (!Object.hasOwn(STATUSES, status))
    throw new MigrationError(
      'AwsRejected',
      `endpoint ${name} has the status '${status}', which Crossfade does not know`,
    );
  const next = reply.PendingDeploymentSummary?.EndpointConfigName;
  const { ShadowProductionVariants: shadows = [], DataCaptureConfig: capture } = reply;
  return {
    arn: reply.EndpointArn ?? '',
    status: status as EndpointStatus,
    configName: reply.EndpointConfigName ?? '',
    ...(next === undefined || next === reply.EndpointConfigName ? {} : { nextConfigName: next }),
    ...(reply.FailureReason ? { failureReason: reply.FailureReason } : {}),
    variants: (reply.ProductionVariants ?? []).map(toVariant),
    ...(shadows.length === 0 ? {} : { shadows: shadows.map(toVariant) }),
    ...(capture?.EnableCapture === true ? { captureTo: capture.DestinationS3Uri ?? '' } : {}),
  };
}

function toVariant(variant: ProductionVariantSummary): VariantState {
  return {
    name: variant.VariantName ?? '',
    currentWeight: variant.CurrentWeight ?? 0,
    desiredWeight: variant.DesiredWeight ?? 0,
    currentInstanceCount: variant.CurrentInstanceCount ?? 0,
    desiredInstanceCount: variant.DesiredInstanceCount ?? 0,
    ...(variant.CurrentServerlessConfig === undefined ? {} : { isServerless: true }),
  };
}

/**
 * Turns "not there" into undefined; every other error stays. SageMaker has no code for it: one that is missing is a
 * ValidationException as a malformed name is, and only the first words of its message tell them apart.
 */
export async function unlessMissing<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await reply;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  if (!(error instanceof MigrationError)) return false;
  return error.code === 'NotFound' || isInvalid(error, 'Could not find ');
}

/** SageMaker's one code for many a refusal, told apart by the words that the message begins with. */
export function isInvalid(error: unknown, beginning: string): boolean {
  if (!(error instanceof MigrationError) || awsCodeOf(error) !== 'ValidationException') return false;
  const { cause } = error;
  return cause instanceof Error && cause.message.startsWith(beginning);
}
