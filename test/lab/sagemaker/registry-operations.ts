/** A life of a group and its version in the Model Registry, with every member that the product may send. */
import {
  CreateModelPackageCommand,
  CreateModelPackageGroupCommand,
  DeleteModelPackageCommand,
  DeleteModelPackageGroupCommand,
  DescribeModelPackageCommand,
  DescribeModelPackageGroupCommand,
  ListModelPackagesCommand,
  ListTagsCommand,
  UpdateModelPackageCommand,
} from '@aws-sdk/client-sagemaker';
import type { CreateModelPackageInput, SageMakerClient } from '@aws-sdk/client-sagemaker';

const report = (name: string): { ContentType: string; S3Uri: string } => ({
  ContentType: 'application/json',
  S3Uri: `s3://models/ranker/7/${name}.json`,
});

/** With everything that goes over. */
export const MODEL_VERSION = {
  ModelPackageDescription: 'Ranks.',
  InferenceSpecification: {
    Containers: [
      {
        ContainerHostname: 'ranker',
        Image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/ranker:1',
        ModelDataUrl: 's3://models/ranker/7/model.tar.gz',
        Environment: { MODE: 'fast' },
        ModelInput: { DataInputConfig: '{"input": [1, 16]}' },
        Framework: 'PYTORCH',
        FrameworkVersion: '2.3',
      },
      {
        Image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/llm:1',
        ModelDataSource: {
          S3DataSource: { S3Uri: 's3://models/llm/', S3DataType: 'S3Prefix', CompressionType: 'None' },
        },
      },
    ],
    SupportedContentTypes: ['application/json'],
    SupportedRealtimeInferenceInstanceTypes: ['ml.g5.xlarge'],
    SupportedResponseMIMETypes: ['application/json'],
  },
  ModelMetrics: { ModelQuality: { Statistics: report('quality') }, Bias: { Report: report('bias') } },
  DriftCheckBaselines: { ModelDataQuality: { Constraints: report('constraints') } },
  MetadataProperties: { CommitId: 'abc', Repository: 'https://git.example.com/ranker', GeneratedBy: 'pipeline' },
  CustomerMetadataProperties: { team: 'ranking' },
  Domain: 'NATURAL_LANGUAGE_PROCESSING',
  Task: 'OTHER',
  SkipModelValidation: 'All',
} as const satisfies Partial<CreateModelPackageInput>;

export async function everyOfTheRegistry(client: SageMakerClient): Promise<void> {
  const group = { ModelPackageGroupName: 'ranker' };
  const Tags = [{ Key: 'crossfade:workload', Value: 'ranker' }];
  const made = await client.send(
    new CreateModelPackageGroupCommand({ ...group, ModelPackageGroupDescription: 'Rankers.', Tags }),
  );
  await client.send(new DescribeModelPackageGroupCommand(group));
  await client.send(new ListTagsCommand({ ResourceArn: made.ModelPackageGroupArn }));
  const { ModelPackageArn } = await client.send(
    new CreateModelPackageCommand({
      ...MODEL_VERSION,
      ...group,
      ModelApprovalStatus: 'PendingManualApproval',
      ClientToken: 'a1',
    }),
  );
  await client.send(new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn }));
  await client.send(
    new ListModelPackagesCommand({ ...group, SortBy: 'CreationTime', SortOrder: 'Descending', MaxResults: 100 }),
  );
  await client.send(
    new UpdateModelPackageCommand({ ModelPackageArn, ModelApprovalStatus: 'Approved', ApprovalDescription: 'Good.' }),
  );
  await client.send(new DescribeModelPackageCommand({ ModelPackageName: ModelPackageArn }));
  await client.send(new DeleteModelPackageCommand({ ModelPackageName: ModelPackageArn }));
  await client.send(new DeleteModelPackageGroupCommand(group));
}
