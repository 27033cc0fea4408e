/** Wires every port to the outside. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DataSyncClient } from '@aws-sdk/client-datasync';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SNSClient } from '@aws-sdk/client-sns';
import type { Client } from '@temporalio/client';
import type { Claims } from '../ports/claims';
import type { Compute } from '../ports/compute';
import type { DataMover } from '../ports/data-mover';
import type { MigrationHistory } from '../ports/history';
import type { ImageMover } from '../ports/image-mover';
import type { OpenLedger } from '../ports/ledger';
import type { ManagedTransfer } from '../ports/managed-transfer';
import type { MetricSource } from '../ports/metric-source';
import type { MigrationSignals } from '../ports/migration-signal';
import type { ModelHosting } from '../ports/model-hosting';
import type { ObjectSource } from '../ports/object-store';
import type { Notifier } from '../ports/notifier';
import type { Prober } from '../ports/prober';
import type { Shadow } from '../ports/shadow';
import type { LoadBalancing, TrafficRouter } from '../ports/traffic-router';
import { AlbRouter } from './alb';
import { Ec2Compute } from './auto-scaling';
import { CloudWatchMetrics } from './cloudwatch';
import { DataSyncTransfer } from './datasync';
import { EcrRepositories } from './ecr';
import { metricSources } from './metric-sources';
import { PrometheusMetrics } from './prometheus';
import type { PrometheusAccess } from './prometheus-client';
import { HttpProber } from './http-prober';
import { RegistryImages } from './registry-images';
import { Route53Router } from './route53';
import { trafficRouters } from './routers';
import { SnsAndWebhooks, snsClients } from './notifier';
import { S3DataMover } from './s3-data';
import { createOpenLedger } from './s3-ledger';
import { openS3Store } from './s3-store';
import { SageMakerHosting } from './sagemaker-hosting';
import { SageMakerRouter } from './sagemaker-router';
import { TapControl } from './tap-control';
import { TemporalClaims } from './temporal-claims';
import { createTemporalHistory } from './temporal-history';
import { createTemporalSignals } from './temporal-signals';

export interface AdapterConfig {
  /** undefined: the SDK's own chain decides (environment, profile). */
  readonly awsRegion?: string;
  /** Whether `AWS_ENDPOINT_URL` or `AWS_ENDPOINT_URL_S3` points S3 somewhere else. */
  readonly customS3Endpoint: boolean;
  /** undefined: none is asked for credentials. */
  readonly prometheus?: PrometheusAccess;
  /** Shared with the taps. */
  readonly tapToken?: string;
}

/** Names that workflows and workers agree on; they are the contract's, not the adapters'. */
export interface TemporalNames {
  readonly claimQueue: string;
  readonly observedSignal: string;
  readonly migrationId: (workload: string) => string;
}

export interface AdapterPorts {
  readonly router: TrafficRouter;
  readonly balancing: LoadBalancing;
  readonly compute: Compute;
  readonly hosting: ModelHosting;
  readonly data: DataMover;
  readonly transfer: ManagedTransfer;
  readonly images: ImageMover;
  /** To read from. */
  readonly openStore: (url: string, signal: AbortSignal) => Promise<ObjectSource>;
  readonly metrics: MetricSource;
  readonly shadow: Shadow;
  readonly openLedger: OpenLedger;
  readonly notifier: Notifier;
  readonly claims: Claims;
  readonly prober: Prober;
  readonly history: MigrationHistory;
  readonly signals: MigrationSignals;
  readonly now: () => number;
}

/** Without a limit, one connection that falls silent would hold a call, and its activity, for ever. Unit: milliseconds. */
const REQUEST_LIMITS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;
const WEIGHT_WRITE_LIMITS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;
/** S3 is silent for minutes while it copies a large object, but never on a connection that transfers. */
const TRANSFER_LIMITS = {
  connectionTimeout: 5_000,
  socketTimeout: 120_000,
  httpsAgent: { maxSockets: 64 },
  httpAgent: { maxSockets: 64 },
};

interface ClientDefaults {
  readonly region?: string;
}

function regionOf(config: AdapterConfig): ClientDefaults {
  return config.awsRegion === undefined ? {} : { region: config.awsRegion };
}

export function createS3Client(config: AdapterConfig): S3Client {
  return new S3Client({
    ...regionOf(config),
    requestHandler: TRANSFER_LIMITS,
    // Bucket names as host names need DNS that only AWS has.
    forcePathStyle: config.customS3Endpoint,
    followRegionRedirects: true,
  });
}

/** What a road's decisions are read with, or written with. */
interface RouteClients {
  readonly elb: ElasticLoadBalancingV2Client;
  readonly route53: Route53Client;
  readonly sageMaker: SageMakerClient;
}

type ClientOptions = ClientDefaults & { readonly requestHandler: object; readonly maxAttempts?: number };

function routeClients(options: ClientOptions): RouteClients {
  return {
    elb: new ElasticLoadBalancingV2Client(options),
    route53: new Route53Client(options),
    sageMaker: new SageMakerClient(options),
  };
}

function routersOver(reads: RouteClients, writes: RouteClients): { router: TrafficRouter; balancing: AlbRouter } {
  const alb = new AlbRouter(reads.elb, writes.elb);
  const record = new Route53Router(reads.route53, writes.route53);
  const endpoint = new SageMakerRouter(reads.sageMaker, writes.sageMaker);
  return { router: trafficRouters({ rule: alb, listener: alb, record, endpoint }), balancing: alb };
}

function metricsOf(config: AdapterConfig, options: ClientOptions): MetricSource {
  return metricSources({
    cloudwatch: new CloudWatchMetrics(new CloudWatchClient(options)),
    prometheus: new PrometheusMetrics(config.prometheus),
  });
}

function imagesOf(defaults: ClientOptions): ImageMover {
  return new RegistryImages(new EcrRepositories(new ECRClient(defaults)), {
    environment: process.env,
    secrets: (region) => new SecretsManagerClient({ ...defaults, region }),
    ecr: (region) => new ECRClient({ ...defaults, region }),
  });
}

/** What is needed to look at a source without moving anything. */
export function createSourcePorts(config: AdapterConfig): Pick<AdapterPorts, 'router' | 'metrics'> {
  const defaults = { ...regionOf(config), requestHandler: REQUEST_LIMITS };
  const clients = routeClients(defaults);
  return { router: routersOver(clients, clients).router, metrics: metricsOf(config, defaults) };
}

export function createPorts(config: AdapterConfig, client: Client, names: TemporalNames): AdapterPorts {
  const defaults = { ...regionOf(config), requestHandler: REQUEST_LIMITS };
  const s3 = createS3Client(config);
  const writes = { ...regionOf(config), requestHandler: WEIGHT_WRITE_LIMITS, maxAttempts: 1 };
  const reads = routeClients(defaults);
  return {
    ...routersOver(reads, routeClients(writes)),
    compute: new Ec2Compute(new EC2Client(defaults), new AutoScalingClient(defaults)),
    hosting: new SageMakerHosting(
      reads.sageMaker,
      new ApplicationAutoScalingClient(defaults),
      new ServiceQuotasClient(defaults),
    ),
    data: new S3DataMover(s3),
    transfer: new DataSyncTransfer(
      new DataSyncClient(defaults),
      new DataSyncClient({ ...defaults, maxAttempts: 1 }),
      s3,
    ),
    images: imagesOf(defaults),
    openStore: (url, signal) => openS3Store({ url, ...regionOf(config) }, signal),
    metrics: metricsOf(config, defaults),
    shadow: new TapControl(config.tapToken),
    openLedger: createOpenLedger(s3),
    notifier: new SnsAndWebhooks(
      snsClients((region) => new SNSClient({ ...defaults, ...(region === undefined ? {} : { region }) })),
    ),
    claims: new TemporalClaims(client, names.claimQueue),
    prober: new HttpProber(),
    history: createTemporalHistory(client, names.migrationId),
    signals: createTemporalSignals(client, names.observedSignal),
    now: Date.now,
  };
}
