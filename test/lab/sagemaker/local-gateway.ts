/** SageMaker behind a port, as the gateway serves it, with model servers of this process as containers. */
import http from 'node:http';
import type { SuspendedState } from '@aws-sdk/client-application-auto-scaling';
import {
  ApplicationAutoScalingClient,
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
} from '@aws-sdk/client-application-auto-scaling';
import { S3Client } from '@aws-sdk/client-s3';
import {
  CreateEndpointCommand,
  CreateEndpointConfigCommand,
  CreateModelCommand,
  DescribeEndpointCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import type {
  CreateEndpointConfigInput,
  DescribeEndpointOutput,
  EndpointStatus,
  ProductionVariant,
} from '@aws-sdk/client-sagemaker';
import { SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { userClientConfig } from '../../../lab/aws-env';
import { ModelServer } from '../../../lab/fleet/server';
import { AwsError, errorAnswer, sendAnswer } from '../../../lab/gateway/answer';
import { identify, signerOf } from '../../../lab/gateway/request';
import { SageMaker } from '../../../lab/gateway/sagemaker';
import type { ContainerRequest, Containers } from '../../../lab/gateway/sagemaker/containers';
import { LOOPBACK, listenOnFreePort, readBody } from '../../../lab/loopback';
import { readTools } from '../../../lab/tools';
import { eventually } from '../eventually';

/** An operation that was answered, as it went over the wire. */
export interface Seen {
  readonly service: string;
  readonly operation: string;
  readonly input: string;
  readonly output: string;
}

export class LocalContainers implements Containers {
  readonly running = new Map<string, ContainerRequest & { readonly server: ModelServer }>();

  async start(request: ContainerRequest): Promise<string> {
    const server = new ModelServer({ instanceId: request.key, side: 'target', serviceTimeMs: 0 });
    this.running.set(request.key, { ...request, server });
    return server.start();
  }

  async stop(key: string): Promise<void> {
    const found = this.running.get(key);
    this.running.delete(key);
    await found?.server.stop();
  }

  /** Model servers of one variant. */
  of(variantName: string): ModelServer[] {
    return [...this.running.values()].filter((entry) => entry.variantName === variantName).map(({ server }) => server);
  }
}

export const ROLE = 'arn:aws:iam::123456789012:role/execution';

export const variant = (name: string, change: Partial<ProductionVariant> = {}): ProductionVariant => ({
  VariantName: name,
  ModelName: 'model',
  InstanceType: 'ml.g5.xlarge',
  InitialInstanceCount: 1,
  InitialVariantWeight: 1,
  ...change,
});

const BRIEF = {
  creatingMs: 100,
  updatingMs: 100,
  rollingBackMs: 100,
  systemUpdatingMs: 100,
  deletingMs: 50,
  healthCheckMs: 200,
};

const scalable = (endpointName: string, variantName: string) =>
  ({
    ServiceNamespace: 'sagemaker',
    ResourceId: `endpoint/${endpointName}/variant/${variantName}`,
    ScalableDimension: 'sagemaker:variant:DesiredInstanceCount',
  }) as const;

export class LocalGateway {
  readonly seen: Seen[] = [];
  readonly sageMaker: SageMaker;
  client!: SageMakerClient;
  runtime!: SageMakerRuntimeClient;
  quotas!: ServiceQuotasClient;
  scaling!: ApplicationAutoScalingClient;
  private readonly server: http.Server;

  constructor(readonly containers: Containers = new LocalContainers()) {
    // Nothing listens on port 1: what would be captured is not under test here.
    const s3 = new S3Client({ ...userClientConfig(`http://${LOOPBACK}:1`), maxAttempts: 1 });
    this.sageMaker = new SageMaker({ botocoreData: readTools().botocoreData, containers, s3, delays: BRIEF });
    this.server = http.createServer((incoming, response) => void this.serve(incoming, response));
  }

  async start(): Promise<void> {
    const config = { ...userClientConfig(`http://${LOOPBACK}:${await listenOnFreePort(this.server)}`), maxAttempts: 1 };
    this.client = new SageMakerClient(config);
    this.runtime = new SageMakerRuntimeClient(config);
    this.quotas = new ServiceQuotasClient(config);
    this.scaling = new ApplicationAutoScalingClient(config);
    await this.client.send(
      new CreateModelCommand({ ModelName: 'model', PrimaryContainer: { Image: 'image' }, ExecutionRoleArn: ROLE }),
    );
  }

  async stop(): Promise<void> {
    this.sageMaker.stop();
    if (this.containers instanceof LocalContainers)
      await Promise.all([...this.containers.running.keys()].map((key) => this.containers.stop(key)));
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** A configuration and an endpoint of the same name; in service when this resolves. */
  async deploy(
    name: string,
    variants: ProductionVariant[],
    more: Partial<CreateEndpointConfigInput> = {},
  ): Promise<void> {
    await this.configure(name, variants, more);
    await this.client.send(new CreateEndpointCommand({ EndpointName: name, EndpointConfigName: name }));
    await this.reaches(name, 'InService');
  }

  async configure(
    name: string,
    variants: ProductionVariant[],
    more: Partial<CreateEndpointConfigInput> = {},
  ): Promise<void> {
    const input = { EndpointConfigName: name, ProductionVariants: variants, ...more };
    await this.client.send(new CreateEndpointConfigCommand(input));
  }

  async scale(endpointName: string, variantName: string, SuspendedState: SuspendedState = {}): Promise<void> {
    const capacity = { MinCapacity: 1, MaxCapacity: 4 };
    const command = new RegisterScalableTargetCommand({
      ...scalable(endpointName, variantName),
      ...capacity,
      SuspendedState,
    });
    await this.scaling.send(command);
  }

  /** @returns undefined when nothing scales the variant. */
  async suspended(endpointName: string, variantName: string): Promise<SuspendedState | undefined> {
    const { ResourceId, ...kind } = scalable(endpointName, variantName);
    const command = new DescribeScalableTargetsCommand({ ...kind, ResourceIds: [ResourceId] });
    return (await this.scaling.send(command)).ScalableTargets?.[0]?.SuspendedState;
  }

  describe(name: string): Promise<DescribeEndpointOutput> {
    return this.client.send(new DescribeEndpointCommand({ EndpointName: name }));
  }

  reaches(name: string, status: EndpointStatus): Promise<DescribeEndpointOutput> {
    return eventually(async () => {
      const described = await this.describe(name);
      expect(described.EndpointStatus).toBe(status);
      return described;
    });
  }

  private async serve(incoming: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const request = identify(incoming, signerOf(incoming), await readBody(incoming));
    const note = (output: string): void => {
      const { service, operation } = request;
      this.seen.push({ service, operation, input: request.body?.toString('utf8') ?? '', output });
    };
    try {
      if (this.sageMaker.isStream(request)) {
        await this.sageMaker.stream(request, response);
        return note('');
      }
      const answer = await this.sageMaker.answer(request);
      if (answer === undefined) throw new Error(`${request.service}:${request.operation} is not answered`);
      note(answer.body.toString('utf8'));
      sendAnswer(response, answer);
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      sendAnswer(response, errorAnswer(request, known));
    }
  }
}
