import type { SageMakerHosting } from '../../src/adapters/sagemaker-hosting';
import type { SageMakerTargetSpec } from '../../src/domain/spec';
import { openHosting, Refusal, sent } from './sagemaker-wire';
import { closeWires } from './wire';

const owner = { workload: 'ranker', run: 'run-1' };
const NAME = 'crossfade-ranker';
const ARN = `arn:aws:sagemaker:eu-west-1:123456789012:endpoint/${NAME}`;
const OWNER_TAGS = [
  { Key: 'crossfade:workload', Value: 'ranker' },
  { Key: 'crossfade:run', Value: 'run-1' },
];
const least: SageMakerTargetSpec = {
  image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1',
  environment: {},
  executionRoleArn: 'arn:aws:iam::123456789012:role/ranker',
  instanceType: 'ml.m5.xlarge',
  instanceCount: 2,
  networkIsolation: false,
  startupTimeoutSeconds: 900,
};
const full: SageMakerTargetSpec = {
  ...least,
  modelData: 's3://bucket/model.tar.gz',
  environment: { THREADS: '4' },
  inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2',
  networkIsolation: true,
  vpc: { subnetIds: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] },
  kmsKeyId: 'alias/ranker',
  dataCapture: { to: 's3://bucket/capture', percent: 10 },
};

afterEach(closeWires);

const missing = (what: string): Refusal => new Refusal('ValidationException', `Could not find ${what} "${ARN}".`);

describe('CreateModel on the wire', () => {
  test('createModel: image, model, role, network and owner are the given ones', async () => {
    const { hosting, wire } = await openHosting({ CreateModel: { ModelArn: 'arn:model' } });
    expect(await hosting.createModel(NAME, full, owner)).toEqual({ arn: 'arn:model' });
    expect(sent(wire)).toEqual([
      [
        'CreateModel',
        {
          ModelName: NAME,
          ExecutionRoleArn: full.executionRoleArn,
          PrimaryContainer: { Image: full.image, ModelDataUrl: full.modelData, Environment: { THREADS: '4' } },
          EnableNetworkIsolation: true,
          VpcConfig: { Subnets: ['subnet-1', 'subnet-2'], SecurityGroupIds: ['sg-1'] },
          Tags: OWNER_TAGS,
        },
      ],
    ]);
  });

  test('createModel: without model and network neither is named', async () => {
    const { hosting, wire } = await openHosting({ CreateModel: { ModelArn: 'arn:model' } });
    await hosting.createModel(NAME, least, owner);
    const [[, body] = []] = sent(wire);
    expect(body).not.toHaveProperty('VpcConfig');
    expect(body).not.toHaveProperty('PrimaryContainer.ModelDataUrl');
  });
});

describe('CreateEndpointConfig on the wire', () => {
  test('createEndpointConfig: one variant with our name, storage key, capture of both directions, and tags', async () => {
    const { hosting, wire } = await openHosting({ CreateEndpointConfig: { EndpointConfigArn: 'arn:config' } });
    expect(await hosting.createEndpointConfig(NAME, full, owner)).toEqual({ arn: 'arn:config' });
    expect(sent(wire)).toEqual([
      [
        'CreateEndpointConfig',
        {
          EndpointConfigName: NAME,
          ProductionVariants: [
            {
              VariantName: 'crossfade',
              ModelName: NAME,
              InstanceType: 'ml.m5.xlarge',
              InitialInstanceCount: 2,
              InitialVariantWeight: 1,
              ContainerStartupHealthCheckTimeoutInSeconds: 900,
              ModelDataDownloadTimeoutInSeconds: 900,
              InferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-2',
            },
          ],
          KmsKeyId: 'alias/ranker',
          DataCaptureConfig: {
            EnableCapture: true,
            InitialSamplingPercentage: 10,
            DestinationS3Uri: 's3://bucket/capture',
            CaptureOptions: [{ CaptureMode: 'Input' }, { CaptureMode: 'Output' }],
          },
          Tags: OWNER_TAGS,
        },
      ],
    ]);
  });

  test('createEndpointConfig: what is not asked for is not named', async () => {
    const { hosting, wire } = await openHosting({ CreateEndpointConfig: { EndpointConfigArn: 'arn:config' } });
    await hosting.createEndpointConfig(NAME, least, owner);
    const [[, body] = []] = sent(wire);
    expect(Object.keys(body as object).sort()).toEqual(['EndpointConfigName', 'ProductionVariants', 'Tags']);
    expect(body).not.toHaveProperty('ProductionVariants.0.ModelDataDownloadTimeoutInSeconds');
    expect(body).not.toHaveProperty('ProductionVariants.0.InferenceAmiVersion');
  });
});

test('createEndpoint: it is asked for on the configuration of its own name, tagged as ours', async () => {
  const { hosting, wire } = await openHosting({ CreateEndpoint: { EndpointArn: ARN } });
  expect(await hosting.createEndpoint(NAME, owner)).toEqual({ arn: ARN });
  expect(sent(wire)).toEqual([['CreateEndpoint', { EndpointName: NAME, EndpointConfigName: NAME, Tags: OWNER_TAGS }]]);
});

const endpoint = (more: object = {}): object => ({
  EndpointArn: ARN,
  EndpointName: NAME,
  EndpointConfigName: NAME,
  EndpointStatus: 'InService',
  ProductionVariants: [
    {
      VariantName: 'crossfade',
      CurrentWeight: 1,
      DesiredWeight: 1,
      CurrentInstanceCount: 2,
      DesiredInstanceCount: 3,
    },
  ],
  ...more,
});

describe('findEndpoint', () => {
  test('findEndpoint: state, and the owner from every page of its tags', async () => {
    const { hosting, wire } = await openHosting({
      DescribeEndpoint: endpoint({ EndpointStatus: 'Failed', FailureReason: 'no capacity' }),
      ListTags: [{ Tags: OWNER_TAGS.slice(0, 1), NextToken: 'two' }, { Tags: OWNER_TAGS.slice(1) }],
    });
    expect(await hosting.findEndpoint(NAME)).toEqual({
      value: {
        arn: ARN,
        status: 'Failed',
        configName: NAME,
        failureReason: 'no capacity',
        variants: [
          {
            name: 'crossfade',
            currentWeight: 1,
            desiredWeight: 1,
            currentInstanceCount: 2,
            desiredInstanceCount: 3,
          },
        ],
      },
      owner,
    });
    expect(sent(wire).slice(1)).toEqual([
      ['ListTags', { ResourceArn: ARN }],
      ['ListTags', { ResourceArn: ARN, NextToken: 'two' }],
    ]);
  });

  test('findEndpoint: one without our tags belongs to nobody we know', async () => {
    const { hosting } = await openHosting({ DescribeEndpoint: endpoint(), ListTags: { Tags: [] } });
    expect(await hosting.findEndpoint(NAME)).toMatchObject({ owner: undefined });
  });

  test('findEndpoint: one that vanishes before its tags are read is not there', async () => {
    const { hosting } = await openHosting({ DescribeEndpoint: endpoint(), ListTags: missing('endpoint') });
    expect(await hosting.findEndpoint(NAME)).toBeUndefined();
  });

  test('findEndpoint: a status that we do not know is an error, not a reason to wait', async () => {
    const { hosting } = await openHosting({ DescribeEndpoint: endpoint({ EndpointStatus: 'Hibernating' }) });
    await expect(hosting.findEndpoint(NAME)).rejects.toMatchObject({
      code: 'AwsRejected',
      message: `endpoint ${NAME} has the status 'Hibernating', which Crossfade does not know`,
    });
  });
});

describe('what is not there', () => {
  const FINDS: [string, string, string, (hosting: SageMakerHosting) => Promise<unknown>][] = [
    ['findModel', 'DescribeModel', 'model', (hosting) => hosting.findModel(NAME)],
    [
      'findEndpointConfig',
      'DescribeEndpointConfig',
      'endpoint configuration',
      (hosting) => hosting.findEndpointConfig(NAME),
    ],
    ['findEndpoint', 'DescribeEndpoint', 'endpoint', (hosting) => hosting.findEndpoint(NAME)],
    ['deleteModel', 'DeleteModel', 'model', (hosting) => hosting.deleteModel(NAME)],
    [
      'deleteEndpointConfig',
      'DeleteEndpointConfig',
      'endpoint configuration',
      (hosting) => hosting.deleteEndpointConfig(NAME),
    ],
    ['deleteEndpoint', 'DeleteEndpoint', 'endpoint', (hosting) => hosting.deleteEndpoint(NAME)],
  ];

  test.each(FINDS)('%s: a missing one is no error', async (_name, operation, what, run) => {
    const { hosting, wire } = await openHosting({ [operation]: missing(what) });
    expect(await run(hosting)).toBeUndefined();
    expect(wire.seen).toHaveLength(1);
  });

  test.each(FINDS)('%s: every other refusal is one', async (_name, operation, _what, run) => {
    const refusal = new Refusal('ValidationException', "1 validation error detected: Value at 'name' failed");
    const { hosting } = await openHosting({ DescribeEndpoint: endpoint(), [operation]: refusal });
    await expect(run(hosting)).rejects.toMatchObject({ code: 'AwsRejected' });
  });

  test.each(FINDS)('%s: throttling is told as such', async (_name, operation, _what, run) => {
    const refusal = new Refusal('ThrottlingException', 'Could not find time: Rate exceeded');
    const { hosting } = await openHosting({ DescribeEndpoint: endpoint(), [operation]: refusal });
    await expect(run(hosting)).rejects.toMatchObject({ code: 'AwsUnavailable' });
  });
});

describe('deleteEndpoint', () => {
  const busy = new Refusal('ValidationException', `Cannot update in-progress endpoint "${ARN}".`);

  test('deleteEndpoint: one that is going already is accepted', async () => {
    const { hosting } = await openHosting({
      DeleteEndpoint: busy,
      DescribeEndpoint: endpoint({ EndpointStatus: 'Deleting' }),
    });
    await expect(hosting.deleteEndpoint(NAME)).resolves.toBeUndefined();
  });

  test('deleteEndpoint: one that is gone when it is looked for is accepted', async () => {
    const { hosting } = await openHosting({ DeleteEndpoint: busy, DescribeEndpoint: missing('endpoint') });
    await expect(hosting.deleteEndpoint(NAME)).resolves.toBeUndefined();
  });

  test('deleteEndpoint: one that is being made is refused', async () => {
    const { hosting } = await openHosting({
      DeleteEndpoint: busy,
      DescribeEndpoint: endpoint({ EndpointStatus: 'Creating' }),
    });
    await expect(hosting.deleteEndpoint(NAME)).rejects.toMatchObject({ code: 'AwsRejected' });
  });
});

test('tagEndpoint: tags go to its ARN, and no tags are no request', async () => {
  const { hosting, wire } = await openHosting({ AddTags: {} });
  await hosting.tagEndpoint(ARN, {});
  await hosting.tagEndpoint(ARN, { team: 'search' });
  expect(sent(wire)).toEqual([['AddTags', { ResourceArn: ARN, Tags: [{ Key: 'team', Value: 'search' }] }]]);
});
