import { parseSpec, specNotes, specProblems } from '../../src/spec';
import { minimalDocument, sageMakerDocument, withValue } from './support';

const HOSTED = 'target.sagemaker';

test('sagemaker: what is left out has its default', () => {
  const { proxy } = (sageMakerDocument() as { target: { sagemaker: { proxy: Record<string, unknown> } } }).target
    .sagemaker;
  const { instanceType, imageId, subnetIds, securityGroupIds, container } = proxy;
  const least = {
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1',
    executionRoleArn: 'arn:aws:iam::123456789012:role/ranker-endpoint',
    instanceType: 'ml.g5.xlarge',
    dataCapture: { to: 's3://example-ranker-capture/' },
    proxy: { instanceType, imageId, subnetIds, securityGroupIds, container },
  };
  expect(parseSpec({ ...sageMakerDocument(), target: { sagemaker: least } }).target).toEqual({
    sagemaker: {
      ...least,
      environment: {},
      instanceCount: 2,
      networkIsolation: false,
      dataCapture: { to: 's3://example-ranker-capture', percent: 100 },
      startupTimeoutSeconds: 600,
      proxy: {
        ...least.proxy,
        port: 8080,
        healthPath: '/health',
        min: 2,
        desired: 4,
        max: 20,
        healthCheckGraceSeconds: 60,
        concurrencyMax: 64,
      },
    },
  });
});

test('sagemaker: what is written arrives, durations in seconds', () => {
  expect(parseSpec(sageMakerDocument()).target).toMatchObject({
    sagemaker: {
      framework: { cuda: '12.4', pytorch: '2.5', cudaCompat: false },
      inferenceAmiVersion: 'al2-ami-sagemaker-inference-gpu-3-1',
      scaling: { min: 2, max: 6, on: 'gpu', value: 60 },
      startupTimeoutSeconds: 900,
      proxy: { healthCheckGraceSeconds: 120 },
    },
  });
});

/** Where a value is set below `target.sagemaker`, the value (undefined: left out), the problem's path, and its words. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  ['no image', 'image', undefined, 'image', /is required/],
  ['an image outside of ECR', 'image', 'docker.io/ranker:1', 'image', /must be an image in ECR .*\(got "docker.io/],
  [
    'an image of another region',
    'image',
    '123456789012.dkr.ecr.us-east-1.amazonaws.com/ranker:1',
    'image',
    /must be in the region of the spec \(eu-west-1\)/,
  ],
  ['a role that is no ARN', 'executionRoleArn', 'ranker', 'executionRoleArn', /must be the ARN of an IAM role/],
  ['an instance type of EC2', 'instanceType', 'g5.xlarge', 'instanceType', /such as ml.g5.xlarge \(got "g5.xlarge"\)/],
  ['no instance', 'instanceCount', 0, 'instanceCount', /must be at least 1/],
  ['a model that is a prefix', 'modelData', 's3://bucket/model/', 'modelData', /must end with .tar.gz/],
  ['a model that is no S3 URL', 'modelData', '/mnt/model.tar.gz', 'modelData', /must be s3:\/\/bucket/],
  ['a variable with a dash', 'environment', { 'a-b': '1' }, 'environment.a-b', /must be the name of a variable/],
  ['a number as a variable', 'environment', { A: 1 }, 'environment.A', /must be text \(got 1\)/],
  ['a key that is none', 'kmsKeyId', 'my key', 'kmsKeyId', /must be a KMS key's ID, alias or ARN/],
  [
    'a key with disks of their own',
    'kmsKeyId',
    'alias/ranker',
    'kmsKeyId',
    /must be left out with ml.g5.xlarge: .*SageMaker refuses a key \(got "alias\/ranker"\)/,
  ],
  ['scaling on CPU', 'scaling.on', 'cpu', 'scaling.on', /must not be CPU: it says nothing about how busy a GPU is/],
  ['scaling on what is not there', 'scaling.on', 'memory', 'scaling.on', /must be invocations or gpu/],
  ['scaling to nothing', 'scaling.min', 0, 'scaling.min', /must be at least 1/],
  ['a smallest size above the largest', 'scaling.min', 7, 'scaling.min', /must not be above max \(6\)/],
  ['busier than eight GPUs can be', 'scaling.value', 801, 'scaling.value', /must be at most 800 percent/],
  [
    'fewer instances than the smallest size',
    'instanceCount',
    1,
    'instanceCount',
    /must not be below scaling.min \(2\)/,
  ],
  ['more instances than the largest size', 'instanceCount', 7, 'instanceCount', /must not be above scaling.max \(6\)/],
  ['a start of no time', 'startupTimeout', '59s', 'startupTimeout', /must be 60s to 3600s \(got "59s"\)/],
  ['a start of more than an hour', 'startupTimeout', '61m', 'startupTimeout', /must be 60s to 3600s/],
  ['a capture of nothing', 'dataCapture.percent', 0, 'dataCapture.percent', /must be at least 1/],
  ['a network without subnets', 'vpc.subnetIds', [], 'vpc.subnetIds', /at least 1 entry/],
  ['a version as a number', 'framework.cuda', 12.4, 'framework.cuda', /must be text such as '12.4'.*\(got 12.4\)/],
  ['a version in words', 'framework.pytorch', 'latest', 'framework.pytorch', /must be text such as '2.5'/],
  ['an AMI of tomorrow', 'inferenceAmiVersion', 'al3', 'inferenceAmiVersion', /must be al2-ami/],
  [
    'CUDA 13 on an older driver',
    'framework',
    { cuda: '13.0', pytorch: '2.9' },
    'framework.cuda',
    /needs NVIDIA driver 580 or newer, and ml.g5.xlarge has 550: set inferenceAmiVersion to al2023.*\(got "13.0"\)/,
  ],
  [
    'no proxy behind a load balancer',
    'proxy',
    undefined,
    'proxy',
    /is required with router.alb: a load balancer cannot ask an endpoint by itself/,
  ],
  ['a proxy without an image', 'proxy.container', undefined, 'proxy.container', /is required/],
  ['a proxy’s image with a quote', 'proxy.container', "a';reboot'", 'proxy.container', /must be a container image/],
  ['a proxy’s path with a quote', 'proxy.healthPath', "/a'b", 'proxy.healthPath', /must be a path of letters/],
  ['a proxy with user data', 'proxy.userData', 'x', 'proxy.userData', /unknown key/],
  ['a proxy’s smallest size above the wanted', 'proxy.min', 3, 'proxy.min', /must not be above desired \(2\)/],
];

test.each(CASES)('sagemaker: %s is refused', (_fact, at, value, path, words) => {
  const problems = specProblems(withValue(sageMakerDocument(), `${HOSTED}.${at}`, value));
  expect(problems).toContainEqual({ path: `${HOSTED}.${path}`, problem: expect.stringMatching(words) });
});

test('sagemaker: of a driver that a wrong AMI hides nothing is said', () => {
  const problems = specProblems(withValue(sageMakerDocument(), `${HOSTED}.inferenceAmiVersion`, 'al3'));
  expect(problems.map(({ path }) => path)).toEqual([`${HOSTED}.inferenceAmiVersion`]);
});

test.each([
  ['none', {}],
  ['both', { ...(sageMakerDocument()['target'] as object), ...(minimalDocument()['target'] as object) }],
])('target: %s of its kinds is refused', (_name, target) => {
  expect(specProblems({ ...minimalDocument(), target })).toEqual([
    { path: 'target', problem: 'needs exactly one of ec2, sagemaker and existing' },
  ]);
});

test('specNotes: what no table knows is said, and is no problem', () => {
  const document = withValue(sageMakerDocument(), `${HOSTED}.instanceType`, 'ml.g99.xlarge');
  expect(specProblems(document)).toEqual([]);
  expect(specNotes(parseSpec(document))).toEqual(['target.sagemaker: GPU and driver of ml.g99.xlarge are not known']);
  expect(specNotes(parseSpec(sageMakerDocument()))).toEqual([]);
});
