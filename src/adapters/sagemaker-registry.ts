/** Groups and versions of SageMaker's Model Registry. */
import type {
  CreateModelPackageInput,
  DescribeModelPackageOutput,
  ModelPackageSummary,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListModelPackagesCommand,
} from '@aws-sdk/client-sagemaker';
import { MigrationError } from '../domain/errors';
import type { ModelPackageEntry, ModelPackageSpec } from '../domain/model-package';
import { SOURCE_KEY } from '../domain/model-package-entry';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags } from '../domain/resources';
import type { ModelRegistry, RegisteredModel } from '../ports/model-registry';
import type { Found } from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagList } from './aws-tags';
import { missingAsUndefined } from './found';
import { SageMakerReads } from './sagemaker-reads';
import { asRegistered, isGone } from './sagemaker-registry-entry';

const PAGE_SIZE = 100;

export class SageMakerRegistry implements ModelRegistry {
  private readonly reads: SageMakerReads;

  constructor(
    private readonly client: SageMakerClient,
    private readonly clientOf: (region: string) => SageMakerClient,
  ) {
    this.reads = new SageMakerReads(client);
  }

  async readSource({ from }: ModelPackageSpec, region: string): Promise<RegisteredModel> {
    return asRegistered(await this.describe(from, this.clientOf(region)));
  }

  async findGroup(name: string): Promise<Found<{ arn: string }> | undefined> {
    const command = new DescribeModelPackageGroupCommand({ ModelPackageGroupName: name });
    const reply = await unlessGone(
      awsCall('sagemaker:DescribeModelPackageGroup', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    if (reply === undefined) return undefined;
    const arn = reply.ModelPackageGroupArn ?? '';
    const tags = await unlessGone(this.reads.tags(arn));
    return tags && { value: { arn }, owner: ownerOf(tags) };
  }

  async createGroup(name: string, owner: Owner): Promise<{ arn: string }> {
    const command = new CreateModelPackageGroupCommand({
      ModelPackageGroupName: name,
      Tags: tagList(ownerTags(owner)),
    });
    const reply = await awsCall('sagemaker:CreateModelPackageGroup', name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: reply.ModelPackageGroupArn ?? '' };
  }

  async removeEmptyGroup(name: string): Promise<boolean> {
    for await (const _version of this.versionsOf(name)) return false;
    const command = new DeleteModelPackageGroupCommand({ ModelPackageGroupName: name });
    try {
      await unlessGone(
        awsCall('sagemaker:DeleteModelPackageGroup', name, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      return true;
    } catch (error) {
      if (awsCodeOf(error) !== 'ConflictException') throw error;
      // It lists none: the last one is on its way out, or somebody has just put one in. The next look tells which.
      throw new MigrationError('AwsUnavailable', `model package group ${name} is in use`, { cause: error });
    }
  }

  async findVersion(group: string, source: string, owner: Owner): Promise<Found<{ arn: string }> | undefined> {
    let other: Found<{ arn: string }> | undefined;
    for await (const { ModelPackageArn: arn = '' } of this.versionsOf(group)) {
      const metadata = (await unlessGone(this.describe(arn, this.client)))?.CustomerMetadataProperties ?? {};
      const found = ownerOf(metadata);
      if (metadata[SOURCE_KEY] !== source || found?.workload !== owner.workload) continue;
      if (found.run === owner.run) return { value: { arn }, owner: found };
      other ??= { value: { arn }, owner: found };
    }
    return other;
  }

  async createVersion(group: string, entry: ModelPackageEntry, token: string): Promise<{ arn: string }> {
    const command = new CreateModelPackageCommand({
      ...(entry as CreateModelPackageInput),
      ModelPackageGroupName: group,
      ModelApprovalStatus: 'PendingManualApproval',
      ClientToken: token,
    });
    const reply = await awsCall('sagemaker:CreateModelPackage', group, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: reply.ModelPackageArn ?? '' };
  }

  async readVersion(arn: string): Promise<RegisteredModel> {
    return asRegistered(await this.describe(arn, this.client));
  }

  async removeVersion(arn: string): Promise<void> {
    const command = new DeleteModelPackageCommand({ ModelPackageName: arn });
    await unlessGone(
      awsCall('sagemaker:DeleteModelPackage', arn, (abortSignal) => this.client.send(command, { abortSignal })),
    );
  }

  private async describe(name: string, client: SageMakerClient): Promise<DescribeModelPackageOutput> {
    const command = new DescribeModelPackageCommand({ ModelPackageName: name });
    const reply = await unlessGone(
      awsCall('sagemaker:DescribeModelPackage', name, (abortSignal) => client.send(command, { abortSignal })),
    );
    if (reply === undefined) throw new MigrationError('NotFound', `there is no model package ${name}`);
    return reply;
  }

  /** The newest first. None where there is no such group. */
  private async *versionsOf(group: string): AsyncGenerator<ModelPackageSummary> {
    let NextToken: string | undefined;
    do {
      const command = new ListModelPackagesCommand({
        ModelPackageGroupName: group,
        SortBy: 'CreationTime',
        SortOrder: 'Descending',
        MaxResults: PAGE_SIZE,
        NextToken,
      });
      const page = await unlessGone(
        awsCall('sagemaker:ListModelPackages', group, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      yield* page?.ModelPackageSummaryList ?? [];
      NextToken = page?.NextToken;
    } while (NextToken);
  }
}

async function unlessGone<T>(reply: Promise<T>): Promise<T | undefined> {
  try {
    return await missingAsUndefined(reply);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
