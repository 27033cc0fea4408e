/**
 * A variant that keeps its instances for as long as a rollback may need them.
 *
 * 1. What is held is noted on the endpoint before: held without a memory, it could never be released.
 * 2. Only what ran is held, so that what its owner had suspended stays suspended.
 * 3. It may still grow: who asks for more gets more.
 */
import type { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { AddTagsCommand, DeleteTagsCommand } from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import { TAG_SCALING_HELD } from '../domain/resources';
import type { EndpointState } from '../ports/model-hosting';
import type { EndpointScaling, Shrinking } from './application-auto-scaling';
import { ALL_SHRINKING } from './application-auto-scaling';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import type { SageMakerReads } from './sagemaker-reads';

export class HeldScaling {
  constructor(
    private readonly client: SageMakerClient,
    private readonly scaling: EndpointScaling,
    private readonly reads: SageMakerReads,
  ) {}

  async hold(endpointName: string, variantName: string): Promise<void> {
    const endpoint = await this.reads.endpoint(endpointName);
    if (endpoint === undefined)
      throw new MigrationError('NotFound', `there is no endpoint ${endpointName}: its scaling cannot be held`);
    const running = await this.scaling.findRunning(endpointName, variantName);
    const held = [...new Set([...(await this.noted(endpoint, variantName)), ...(running ?? [])])];
    if (running === undefined || held.length === 0) return;
    const tags = { [tagOf(variantName)]: held.join(SEPARATOR) };
    const command = new AddTagsCommand({ ResourceArn: endpoint.arn, Tags: tagList(tags) });
    await awsCall('sagemaker:AddTags', endpoint.arn, (abortSignal) => this.client.send(command, { abortSignal }));
    await this.suspend(endpointName, variantName, held, true);
  }

  async release(endpointName: string, variantName: string): Promise<void> {
    const endpoint = await this.reads.endpoint(endpointName);
    if (endpoint === undefined) return;
    const held = await this.noted(endpoint, variantName);
    if (held.length === 0) return;
    await this.suspend(endpointName, variantName, held, false);
    const command = new DeleteTagsCommand({ ResourceArn: endpoint.arn, TagKeys: [tagOf(variantName)] });
    await awsCall('sagemaker:DeleteTags', endpoint.arn, (abortSignal) => this.client.send(command, { abortSignal }));
  }

  /** A refusal while the endpoint changes is one for the time being. */
  private async suspend(...change: Parameters<EndpointScaling['setSuspended']>): Promise<void> {
    const [endpointName] = change;
    try {
      await this.scaling.setSuspended(...change);
    } catch (error) {
      if (!(error instanceof MigrationError && error.code === 'AwsRejected')) throw error;
      const endpoint = await this.reads.endpoint(endpointName);
      if (endpoint === undefined || endpoint.status === 'InService') throw error;
      const why = `scaling of ${endpointName} cannot be changed while it is ${endpoint.status}`;
      throw new MigrationError('AwsUnavailable', why, { cause: error });
    }
  }

  /** @throws AwsRejected for words that are not ours. */
  private async noted({ arn }: EndpointState, variantName: string): Promise<Shrinking[]> {
    const key = tagOf(variantName);
    const words = (await this.reads.tags(arn))?.[key]?.split(SEPARATOR) ?? [];
    return words.map((word) => {
      const known = ALL_SHRINKING.find((which) => which === word);
      if (known !== undefined) return known;
      throw new MigrationError('AwsRejected', `the tag ${key} of ${arn} has '${word}', which says nothing of scaling`);
    });
  }
}

/** One that AWS allows in a tag. */
const SEPARATOR = '+';
const tagOf = (variantName: string): string => `${TAG_SCALING_HELD}${variantName}`;
