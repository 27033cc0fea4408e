import {
  DeleteScalingPolicyCommand,
  DeregisterScalableTargetCommand,
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import {
  AddTagsCommand,
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DeleteEndpointCommand,
  DeleteEndpointConfigCommand,
  DeleteModelCommand,
  DeleteTagsCommand,
  DescribeEndpointConfigCommand,
  DescribeModelCommand,
  ListEndpointConfigsCommand,
  ListEndpointsCommand,
  ListModelsCommand,
  ListTagsCommand,
  UpdateEndpointCommand,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import type { DataCaptureConfig } from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, InvokeEndpointWithResponseStreamCommand } from '@aws-sdk/client-sagemaker-runtime';
import { GetServiceQuotaCommand, ListServiceQuotasCommand } from '@aws-sdk/client-service-quotas';
import { ServiceModel } from '../../../lab/gateway/botocore';
import { readTools } from '../../../lab/tools';
import { LocalGateway, ROLE, variant } from './local-gateway';
import { everyOfTheRegistry } from './registry-operations';

const gateway = new LocalGateway();

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());

const FEATURES = JSON.stringify({ features: Array.from({ length: 16 }, (_, index) => index / 16) });
const PLACE = {
  ServiceNamespace: 'sagemaker',
  ResourceId: 'endpoint/ranker/variant/crossfade',
  ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
} as const;
const CAPTURE: DataCaptureConfig = {
  InitialSamplingPercentage: 0,
  DestinationS3Uri: 's3://captures/ranker',
  CaptureOptions: [{ CaptureMode: 'InputAndOutput' }],
  CaptureContentTypeHeader: { JsonContentTypes: ['application/json'] },
};
const KEY = 'arn:aws:kms:us-east-1:123456789012:key/k';

/** A life of an endpoint in which every operation has its turn, with every member that the product may send. */
async function everyOperation(): Promise<void> {
  const { client, runtime, quotas, scaling } = gateway;
  const name = { EndpointName: 'ranker' };
  const vpc = { VpcConfig: { Subnets: ['subnet-1'], SecurityGroupIds: ['sg-1'] } };
  const container = { Image: 'image', ModelDataUrl: 's3://models/ranker.tar.gz', Environment: { MODE: 'fast' } };
  const Tags = [{ Key: 'crossfade:workload', Value: 'ranker' }];
  await client.send(
    new CreateModelCommand({ ModelName: 'ranker', PrimaryContainer: container, ExecutionRoleArn: ROLE, Tags, ...vpc }),
  );
  await client.send(new DescribeModelCommand({ ModelName: 'ranker' }));
  await client.send(new ListModelsCommand({ SortBy: 'Name', NameContains: 'rank' }));
  const created = await client.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'ranker',
      ProductionVariants: [variant('crossfade', { ContainerStartupHealthCheckTimeoutInSeconds: 600 })],
      ShadowProductionVariants: [variant('shadow')],
      DataCaptureConfig: CAPTURE,
      KmsKeyId: KEY,
      ExecutionRoleArn: ROLE,
      Tags,
      ...vpc,
    }),
  );
  await client.send(new DescribeEndpointConfigCommand({ EndpointConfigName: 'ranker' }));
  await client.send(new ListEndpointConfigsCommand({ CreationTimeAfter: new Date(0) }));
  await client.send(new CreateEndpointCommand({ ...name, EndpointConfigName: 'ranker', Tags }));
  await gateway.reaches('ranker', 'InService');
  await client.send(new ListEndpointsCommand({ StatusEquals: 'InService' }));
  const call = { ...name, Body: FEATURES, ContentType: 'application/json' };
  await runtime.send(new InvokeEndpointCommand(call));
  await runtime.send(new InvokeEndpointWithResponseStreamCommand(call));
  await client.send(
    new UpdateEndpointCommand({ ...name, EndpointConfigName: 'ranker', RetainAllVariantProperties: true }),
  );
  await gateway.reaches('ranker', 'InService');
  const DesiredWeightsAndCapacities = [{ VariantName: 'crossfade', DesiredWeight: 0.5, DesiredInstanceCount: 2 }];
  await client.send(new UpdateEndpointWeightsAndCapacitiesCommand({ ...name, DesiredWeightsAndCapacities }));
  await gateway.reaches('ranker', 'InService');
  const ResourceArn = created.EndpointConfigArn;
  await client.send(new AddTagsCommand({ ResourceArn, Tags: [{ Key: 'crossfade:run', Value: 'r' }] }));
  await client.send(new ListTagsCommand({ ResourceArn }));
  await client.send(new DeleteTagsCommand({ ResourceArn, TagKeys: ['crossfade:run'] }));
  await scaling.send(new RegisterScalableTargetCommand({ ...PLACE, MinCapacity: 1, MaxCapacity: 4 }));
  await scaling.send(
    new DescribeScalableTargetsCommand({ ServiceNamespace: 'sagemaker', ResourceIds: [PLACE.ResourceId] }),
  );
  await scaling.send(
    new PutScalingPolicyCommand({
      ...PLACE,
      PolicyName: 'ranker',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 100,
        PredefinedMetricSpecification: { PredefinedMetricType: 'SageMakerVariantInvocationsPerInstance' },
      },
    }),
  );
  await scaling.send(new DescribeScalingPoliciesCommand({ ServiceNamespace: 'sagemaker' }));
  await scaling.send(new DeleteScalingPolicyCommand({ ...PLACE, PolicyName: 'ranker' }));
  await scaling.send(new DeregisterScalableTargetCommand(PLACE));
  const listed = await quotas.send(new ListServiceQuotasCommand({ ServiceCode: 'sagemaker' }));
  const QuotaCode = listed.Quotas?.[0]?.QuotaCode;
  await quotas.send(new GetServiceQuotaCommand({ ServiceCode: 'sagemaker', QuotaCode }));
  await client.send(new DeleteEndpointCommand(name));
  await client.send(new DeleteEndpointConfigCommand({ EndpointConfigName: 'ranker' }));
  await client.send(new DeleteModelCommand({ ModelName: 'ranker' }));
}

const MODELS: Readonly<Record<string, string>> = {
  sagemaker: 'sagemaker',
  servicequotas: 'service-quotas',
  'application-autoscaling': 'application-autoscaling',
};

test('sagemaker: every operation on the list is called, and question and answer are as botocore has them', async () => {
  await everyOperation();
  await everyOfTheRegistry(gateway.client);

  const called = new Set(gateway.seen.map(({ service, operation }) => `${service}:${operation}`));
  expect([...called].sort()).toEqual(gateway.sageMaker.operations().sort());
  const models = new Map(
    Object.entries(MODELS).map(([service, folder]) => [service, ServiceModel.load(readTools().botocoreData, folder)]),
  );
  const described = gateway.seen.filter(({ operation }) => !operation.startsWith('Invoke'));
  const problems = described.flatMap(({ service, operation, input, output }) => {
    const model = models.get(service);
    return [
      ...(model?.validate(operation, JSON.parse(input)) ?? [`no model of ${service}`]),
      ...(model?.validateOutput(operation, JSON.parse(output)) ?? []),
    ].map((problem) => ({ operation, problem }));
  });
  expect(problems).toEqual([]);
});
