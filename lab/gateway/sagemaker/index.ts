/** SageMaker as the gateway answers it: control plane, runtime, quotas, scaling. Nothing of it goes to an emulator but captures, to S3. */
import type http from 'node:http';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Answer } from '../answer';
import { ModelledService } from '../modelled-service';
import type { AwsRequest } from '../request';
import { SageMakerAccount } from './account';
import { DataCapture } from './capture';
import type { Containers } from './containers';
import { Deployments } from './deployment';
import type { Delays } from './deployment';
import { endpointConfigOperations } from './endpoint-configs';
import { EndpointOperations } from './endpoints';
import { SageMakerFaults, parseFault } from './faults';
import { EndpointMetrics } from './metrics';
import { modelGroupOperations } from './model-groups';
import { modelPackageOperations } from './model-packages';
import { modelOperations } from './models';
import { InstanceQuotas } from './quotas';
import { Runtime } from './runtime';
import { EndpointScaling } from './scaling';
import { tagOperations } from './tags';

export interface SageMakerOptions {
  /** botocore's `data` folder. */
  readonly botocoreData: string;
  readonly containers: Containers;
  /** Where captures go. */
  readonly s3: S3Client;
  readonly delays?: Partial<Delays>;
  /** Called with all weights that are in force, by endpoint and production variant, after each change. */
  readonly onWeights?: (weights: Record<string, Record<string, number>>) => void;
}

const HOST_METRICS_EVERY_MS = 1_000;

export class SageMaker {
  readonly metrics = new EndpointMetrics();
  private readonly account = new SageMakerAccount();
  private readonly faults = new SageMakerFaults();
  private readonly quotas = new InstanceQuotas(this.account);
  private readonly deployments: Deployments;
  private readonly capture: DataCapture;
  private readonly runtime: Runtime;
  private readonly services: readonly ModelledService[];
  private readonly timer: NodeJS.Timeout;

  constructor({ botocoreData, containers, s3, delays = {}, onWeights }: SageMakerOptions) {
    this.deployments = new Deployments(this.account, containers, this.faults, delays);
    this.capture = new DataCapture(s3);
    this.runtime = new Runtime(this.account, this.metrics, this.capture);
    const scaling = new EndpointScaling(this.account);
    const endpoints = new EndpointOperations(this.account, this.deployments, this.quotas, onWeights);
    this.services = [
      new ModelledService(botocoreData, {
        signingName: 'sagemaker',
        operations: {
          ...modelOperations(this.account),
          ...modelGroupOperations(this.account),
          ...modelPackageOperations(this.account),
          ...endpointConfigOperations(this.account, this.faults),
          ...endpoints.table(),
          ...tagOperations(this.account),
        },
      }),
      new ModelledService(botocoreData, {
        signingName: 'servicequotas',
        modelName: 'service-quotas',
        operations: this.quotas.operations(),
        concerns: ({ ServiceCode }) => ServiceCode === 'sagemaker',
      }),
      new ModelledService(botocoreData, {
        signingName: 'application-autoscaling',
        operations: scaling.operations(),
        concerns: ({ ServiceNamespace }) => ServiceNamespace === 'sagemaker',
      }),
    ];
    this.timer = setInterval(
      () => this.metrics.recordHosts(this.account.endpoints.all(), Date.now()),
      HOST_METRICS_EVERY_MS,
    );
    this.timer.unref();
  }

  /** Every operation that is answered here, as `signing name:Operation`. The runtime's two stand beside them. */
  operations(): string[] {
    const ofServices = this.services.flatMap((service) =>
      service.operations().map((operation) => `${service.signingName}:${operation}`),
    );
    return [...ofServices, 'sagemaker:InvokeEndpoint', 'sagemaker:InvokeEndpointWithResponseStream'];
  }

  /** Undefined: not SageMaker's. Throws AwsError for what AWS would refuse, an Error for an answer AWS would never give. */
  async answer(request: AwsRequest): Promise<Answer | undefined> {
    if (request.service === 'sagemaker' && request.operation === 'InvokeEndpoint') return this.runtime.invoke(request);
    return this.services.find(({ signingName }) => signingName === request.service)?.answer(request);
  }

  isStream(request: AwsRequest): boolean {
    return request.service === 'sagemaker' && request.operation === 'InvokeEndpointWithResponseStream';
  }

  stream(request: AwsRequest, response: http.ServerResponse): Promise<void> {
    return this.runtime.stream(request, response);
  }

  fault(params: unknown): void {
    const fault = parseFault(params);
    switch (fault.kind) {
      case 'quota':
        this.quotas.set(fault.instanceType, fault.value);
        return;
      case 'system_update': {
        const endpoint = this.account.endpoints.get(fault.endpoint);
        if (endpoint.status !== 'InService') throw new Error(`endpoint ${fault.endpoint} is ${endpoint.status}`);
        void this.deployments.patch(endpoint);
        return;
      }
      case 'silent_return':
      case 'unhealthy':
      case 'shadow_refused':
        this.faults.add(fault);
    }
  }

  clearFaults(): void {
    this.faults.clear();
    this.quotas.reset();
  }

  setDelays(delays: Partial<Delays>): void {
    this.deployments.delays = { ...this.deployments.delays, ...delays };
  }

  /** Writes what was captured and not written yet. */
  flush(): Promise<void> {
    return this.capture.flush();
  }

  stop(): void {
    clearInterval(this.timer);
    this.capture.stop();
  }
}
