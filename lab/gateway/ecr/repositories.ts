/** Repositories, their tags and their images, as ECR words them. */
import type {
  BatchDeleteImageRequest,
  CreateRepositoryRequest,
  ImageFailure,
  ImageIdentifier,
  Repository,
  Tag,
} from '@aws-sdk/client-ecr';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { Operations } from '../modelled-service';
import type { RegistryContent } from './content';

interface RepositoryRecord {
  readonly described: Repository;
  readonly tags: readonly Tag[];
}

interface OnRepository {
  readonly repositoryName: string;
}

const TOKEN_LASTS_MS = 12 * 3_600_000;
const HOST = `${LAB_ACCOUNT}.dkr.ecr.${LAB_REGION}.amazonaws.com`;

export function repositoryOperations(registry: string, content: RegistryContent): Operations {
  const repositories = new Map<string, RepositoryRecord>();
  const get = (name: string): RepositoryRecord => {
    const found = repositories.get(name);
    if (found !== undefined) return found;
    const where = `in the registry with id '${LAB_ACCOUNT}'`;
    throw new AwsError('RepositoryNotFoundException', `The repository with name '${name}' does not exist ${where}`);
  };
  return {
    GetAuthorizationToken: () => ({
      authorizationData: [
        {
          authorizationToken: Buffer.from('AWS:lab-token').toString('base64'),
          expiresAt: new Date(Date.now() + TOKEN_LASTS_MS),
          proxyEndpoint: registry,
        },
      ],
    }),
    CreateRepository: (input: CreateRepositoryRequest & OnRepository) => {
      if (repositories.has(input.repositoryName))
        throw new AwsError('RepositoryAlreadyExistsException', `The repository '${input.repositoryName}' exists`);
      const record = newRepository(input);
      repositories.set(input.repositoryName, record);
      return { repository: record.described };
    },
    DescribeRepositories: ({ repositoryNames = [...repositories.keys()] }: { repositoryNames?: string[] }) => ({
      repositories: repositoryNames.map((name) => get(name).described),
    }),
    ListTagsForResource: ({ resourceArn }: { resourceArn: string }) => ({
      tags: [...get(resourceArn.replace(/^[^/]*\//, '')).tags],
    }),
    BatchDeleteImage: async ({ repositoryName, imageIds }: BatchDeleteImageRequest & OnRepository) => {
      get(repositoryName);
      return removeImages(content, repositoryName, imageIds ?? []);
    },
    DeleteRepository: ({ repositoryName }: OnRepository) => {
      const { described } = get(repositoryName);
      if (content.digests(repositoryName).length > 0)
        throw new AwsError('RepositoryNotEmptyException', `The repository '${repositoryName}' is not empty`);
      repositories.delete(repositoryName);
      return { repository: described };
    },
  };
}

function newRepository({ tags = [], ...input }: CreateRepositoryRequest & OnRepository): RepositoryRecord {
  const { repositoryName, imageTagMutability = 'MUTABLE', imageScanningConfiguration, encryptionConfiguration } = input;
  return {
    tags,
    described: {
      repositoryArn: `arn:aws:ecr:${LAB_REGION}:${LAB_ACCOUNT}:repository/${repositoryName}`,
      registryId: LAB_ACCOUNT,
      repositoryName,
      repositoryUri: `${HOST}/${repositoryName}`,
      createdAt: new Date(),
      imageTagMutability,
      imageScanningConfiguration: imageScanningConfiguration ?? { scanOnPush: false },
      encryptionConfiguration: encryptionConfiguration ?? { encryptionType: 'AES256' },
    },
  };
}

/** What an index names stays for as long as that index is there. */
async function removeImages(
  content: RegistryContent,
  repository: string,
  ids: readonly ImageIdentifier[],
): Promise<{ imageIds?: ImageIdentifier[]; failures: ImageFailure[] }> {
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of ids) {
    const digest = imageId.imageDigest ?? '';
    if (!content.digests(repository).includes(digest))
      failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
    else if ((await content.named(repository)).has(digest))
      failures.push({
        imageId,
        failureCode: 'ImageReferencedByManifestList',
        failureReason: 'Requested image referenced by manifest list',
      });
    else {
      await content.remove(repository, digest);
      imageIds.push(imageId);
    }
  }
  // AWS's model allows no empty list there.
  return imageIds.length === 0 ? { failures } : { imageIds, failures };
}
