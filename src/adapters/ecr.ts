/** Repositories of ECR: made, found, emptied of what is ours. Their content goes over the registry's own API. */
import type { ECRClient } from '@aws-sdk/client-ecr';
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-ecr';
import { MigrationError } from '../domain/errors';
import type { ImageSpec } from '../domain/image';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags } from '../domain/resources';
import type { Found } from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagList, tagRecord } from './aws-tags';
import { exactlyOne, missingAsUndefined } from './found';
import type { RegistryAccess } from './oci-wire';

/** Of one BatchDeleteImage. */
const IMAGES_MAX = 100;

export class EcrRepositories {
  constructor(private readonly client: ECRClient) {}

  /** Good for 12 hours, by ECR's own word. @throws AwsRejected for an answer without a token. */
  async access(): Promise<RegistryAccess> {
    const command = new GetAuthorizationTokenCommand({});
    const reply = await awsCall('ecr:GetAuthorizationToken', 'the registry', (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    const { authorizationToken = '', proxyEndpoint = '' } = exactlyOne(
      reply.authorizationData ?? [],
      'the token of ECR',
    );
    const [, user, password] = /^([^:]+):([\s\S]+)$/.exec(Buffer.from(authorizationToken, 'base64').toString()) ?? [];
    if (user === undefined || password === undefined || !URL.canParse(proxyEndpoint))
      throw new MigrationError('AwsRejected', 'ecr:GetAuthorizationToken answered without a token or an endpoint');
    return { endpoint: proxyEndpoint.replace(/\/+$/, ''), credentials: { user, password } };
  }

  async find(name: string): Promise<Found<{ uri: string }> | undefined> {
    const command = new DescribeRepositoriesCommand({ repositoryNames: [name] });
    const reply = await missingAsUndefined(
      awsCall('ecr:DescribeRepositories', name, (abortSignal) => this.client.send(command, { abortSignal })),
    );
    if (reply === undefined) return undefined;
    const { repositoryArn: resourceArn = '', repositoryUri: uri = '' } = exactlyOne(
      reply.repositories ?? [],
      `repository ${name}`,
    );
    const tags = await awsCall('ecr:ListTagsForResource', name, (abortSignal) =>
      this.client.send(new ListTagsForResourceCommand({ resourceArn }), { abortSignal }),
    );
    return { value: { uri }, owner: ownerOf(tagRecord(tags.tags)) };
  }

  async create({ to, kmsKeyId }: ImageSpec, owner: Owner): Promise<{ uri: string }> {
    const command = new CreateRepositoryCommand({
      repositoryName: to,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: { encryptionType: 'KMS', ...(kmsKeyId === undefined ? {} : { kmsKey: kmsKeyId }) },
      tags: tagList(ownerTags(owner)),
    });
    const reply = await awsCall('ecr:CreateRepository', to, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { uri: reply.repository?.repositoryUri ?? '' };
  }

  /** In their order: what names another goes first, for ECR keeps what is named. @returns what it keeps, and why. */
  async removeImages(name: string, digests: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    const [root, ...others] = digests;
    const named = [...(root === undefined ? [] : [[root]]), ...inPieces(others, IMAGES_MAX)];
    for (const piece of named) {
      const command = new BatchDeleteImageCommand({
        repositoryName: name,
        imageIds: piece.map((imageDigest) => ({ imageDigest })),
      });
      const reply = await missingAsUndefined(
        awsCall('ecr:BatchDeleteImage', name, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      for (const { imageId, failureCode, failureReason } of reply?.failures ?? [])
        if (failureCode !== 'ImageNotFound')
          kept.push(`${imageId?.imageDigest ?? 'an image'}: ${failureCode ?? ''} ${failureReason ?? ''}`.trim());
    }
    return kept;
  }

  /** @returns whether it is gone; false: somebody has images in it. */
  async removeIfEmpty(repositoryName: string): Promise<boolean> {
    const command = new DeleteRepositoryCommand({ repositoryName, force: false });
    try {
      await missingAsUndefined(
        awsCall('ecr:DeleteRepository', repositoryName, (abortSignal) => this.client.send(command, { abortSignal })),
      );
      return true;
    } catch (error) {
      if (awsCodeOf(error) === 'RepositoryNotEmptyException') return false;
      throw error;
    }
  }
}

function inPieces<T>(items: readonly T[], length: number): T[][] {
  const count = Math.ceil(items.length / length);
  return Array.from({ length: count }, (_, index) => items.slice(index * length, (index + 1) * length));
}
