import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
  UpdateEndpointWeightsAndCapacitiesCommand,
} from '@aws-sdk/client-sagemaker';
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { InvokeEndpointCommandOutput } from '@aws-sdk/client-sagemaker-runtime';
import { labDown, labUp } from '../../lab';
import type { Lab } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';
import { isSageMakerLine, parseSageMakerLine } from '../../src/tap/capture/sagemaker-line';
import { eventually } from './eventually';

jest.setTimeout(120_000);

const FEATURES = JSON.stringify({ features: Array.from({ length: 16 }, (_, index) => index / 16) });

let dir: string;
let lab: Lab;
let sageMaker: SageMakerClient;
let runtime: SageMakerRuntimeClient;
let s3: S3Client;
let bucket: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-lab-'));
  lab = await labUp({ dir });
  const config = { ...userClientConfig(lab.info.aws), maxAttempts: 1 };
  sageMaker = new SageMakerClient(config);
  runtime = new SageMakerRuntimeClient(config);
  s3 = new S3Client({ ...config, forcePathStyle: true });
  bucket = lab.info.workloads[0]?.buckets.ledger ?? '';
  await createEndpoint();
});

afterAll(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

async function createEndpoint(): Promise<void> {
  await sageMaker.send(new CreateModelCommand({ ModelName: 'ranker', PrimaryContainer: { Image: 'ranker:1' } }));
  const variant = { ModelName: 'ranker', InstanceType: 'ml.g5.xlarge', InitialInstanceCount: 1 } as const;
  await sageMaker.send(
    new CreateEndpointConfigCommand({
      EndpointConfigName: 'ranker',
      ProductionVariants: [{ ...variant, VariantName: 'crossfade' }],
      ShadowProductionVariants: [{ ...variant, VariantName: 'ranker-source' }],
      DataCaptureConfig: {
        InitialSamplingPercentage: 100,
        DestinationS3Uri: `s3://${bucket}/captures`,
        CaptureOptions: [{ CaptureMode: 'InputAndOutput' }],
        CaptureContentTypeHeader: { JsonContentTypes: ['application/json'] },
      },
    }),
  );
  await sageMaker.send(new CreateEndpointCommand({ EndpointName: 'ranker', EndpointConfigName: 'ranker' }));
  await isInService();
}

async function isInService(): Promise<void> {
  await eventually(async () => {
    const described = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: 'ranker' }));
    expect(described.EndpointStatus).toBe('InService');
  });
}

function invoke(): Promise<InvokeEndpointCommandOutput> {
  const input = { EndpointName: 'ranker', Body: FEATURES, ContentType: 'application/json', Accept: 'application/json' };
  return runtime.send(new InvokeEndpointCommand(input));
}

interface Line {
  readonly captureData: { readonly endpointOutput: { readonly data: string } };
  readonly eventMetadata: { readonly eventId: string };
}

/** Everything captured of a variant. */
async function captured(variantName: string): Promise<Line[]> {
  const Prefix = `captures/ranker/${variantName}/`;
  const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
  const lines: Line[] = [];
  for (const { Key = '' } of listed.Contents ?? []) {
    expect(Key.slice(Prefix.length)).toMatch(/^\d{4}\/\d\d\/\d\d\/\d\d\/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl$/);
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    const text = (await object.Body?.transformToString()) ?? '';
    lines.push(
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Line),
    );
  }
  return lines;
}

test('lab: what an endpoint was asked is captured of both variants, as the product reads it', async () => {
  for (let count = 0; count < 5; count++) await invoke();

  const [production, shadow] = await eventually(async () => {
    const both = [await captured('crossfade'), await captured('ranker-source')] as const;
    expect(both.map((lines) => lines.length)).toEqual([5, 5]);
    return both;
  });
  const ids = (lines: readonly Line[]): string[] => lines.map(({ eventMetadata }) => eventMetadata.eventId).sort();
  expect(ids(shadow)).toEqual(ids(production));
  for (const line of [...production, ...shadow]) {
    const seen = { ...line };
    expect(isSageMakerLine(seen)).toBe(true);
    expect(parseSageMakerLine(seen, '/invocations')).toMatchObject({ method: 'POST', path: '/invocations' });
  }
  // The two sides compute with different precision, which shows that the copy went to the source's model server.
  const answers = [...production, ...shadow].map(({ captureData }) => captureData.endpointOutput.data);
  expect(new Set(answers).size).toBe(2);
});

test('lab: a fault of a workload’s model reaches the containers of its endpoint', async () => {
  await lab.setModelFault('ranker', 'target', { errorRate: 1 });
  await expect(invoke()).rejects.toMatchObject({ name: 'ModelError', OriginalStatusCode: 500 });

  await lab.setModelFault('ranker', 'target', {});
  await expect(invoke()).resolves.toMatchObject({ InvokedProductionVariant: 'crossfade' });
});

test('lab: a silent return, asked for over the lab’s control, leaves the weights as they were', async () => {
  await lab.setSageMakerFault({ kind: 'silent_return', endpoint: 'ranker' });
  const DesiredWeightsAndCapacities = [{ VariantName: 'ranker-source', DesiredWeight: 0.5 }];
  await sageMaker.send(
    new UpdateEndpointWeightsAndCapacitiesCommand({ EndpointName: 'ranker', DesiredWeightsAndCapacities }),
  );
  await isInService();

  const described = await sageMaker.send(new DescribeEndpointCommand({ EndpointName: 'ranker' }));
  expect(described.ShadowProductionVariants).toMatchObject([{ CurrentWeight: 1, DesiredWeight: 1 }]);
});

test('lab: a gateway fault hits the runtime by its operation', async () => {
  await lab.setGatewayFault({ operation: 'InvokeEndpoint', effect: { kind: 'throttle' }, times: 1 });

  await expect(invoke()).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test('lab: CloudWatch answers the percentiles of an endpoint', async () => {
  await invoke();
  const cloudWatch = new CloudWatchClient(userClientConfig(lab.info.aws));
  const Dimensions = [
    { Name: 'EndpointName', Value: 'ranker' },
    { Name: 'VariantName', Value: 'crossfade' },
  ];
  const Metric = { Namespace: 'AWS/SageMaker', MetricName: 'ModelLatency', Dimensions };
  const request = (): GetMetricDataCommand =>
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 60_000),
      EndTime: new Date(),
      MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'p99' } }],
    });

  await eventually(async () => {
    const [result] = (await cloudWatch.send(request())).MetricDataResults ?? [];
    // The lab's model takes 15 to 20 ms; the unit is microseconds.
    expect(result?.Values?.[0]).toBeGreaterThan(14_000);
  });
});
