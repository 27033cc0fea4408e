/** Wires every port to the outside. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BudgetsClient } from '@aws-sdk/client-budgets';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DatabaseMigrationServiceClient } from '@aws-sdk/client-database-migration-service';
import { DirectConnectClient } from '@aws-sdk/client-direct-connect';
import { DataSyncClient } from '@aws-sdk/client-datasync';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECRClient } from '@aws-sdk/client-ecr';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import type { Client } from '@temporalio/client';
import type { Budgets } from '../ports/budgets';
import type { Claims } from '../ports/claims';
import type { Compute } from '../ports/compute';
import type { DataBuckets } from '../ports/data-buckets';
import type { DataPlaces } from '../ports/data-places';
import type { DataRoads } from '../ports/data-roads';
import type { DatabaseReplication } from '../ports/database-replication';
import type { MigrationHistory } from '../ports/history';
import type { ImageMover } from '../ports/image-mover';
import type { OpenLedger } from '../ports/ledger';
import type { ManagedTransfer } from '../ports/managed-transfer';
import type { MetricSource } from '../ports/metric-source';
import type { MigrationSignals } from '../ports/migration-signal';
import type { MigrationStandings } from '../ports/standings';
import type { ModelHosting } from '../ports/model-hosting';
import type { ModelRegistry } from '../ports/model-registry';
import type { Notifier } from '../ports/notifier';
import type { Prober } from '../ports/prober';
import type { Shadow } from '../ports/shadow';
import type { LoadBalancing, TrafficRouter } from '../ports/traffic-router';
import { AlbRouter } from './alb';
import { Ec2Compute } from './auto-scaling';
import { AwsBudgets } from './budgets';
import { CloudWatchMetrics } from './cloudwatch';
import { AwsDataRoads } from './data-roads';
import { DataSyncTransfer } from './datasync';
import { DmsReplication } from './dms';
import { EcrRepositories } from './ecr';
import { metricSources } from './metric-sources';
import { PrometheusMetrics } from './prometheus';
import type { PrometheusAccess } from './prometheus-client';
import { HttpProber } from './http-prober';
import { RegistryImages } from './registry-images';
import { Route53Router } from './route53';
import { trafficRouters } from './routers';
import { clientsByRegion, Notifications } from './notifier';
import { createS3Client } from './s3-client';
import type { S3ClientConfig } from './s3-client';
import { S3DataBuckets } from './s3-data-buckets';
import { SnowballApi } from './snowball-api';
import { createOpenLedger } from './s3-ledger';
import { s3Places } from './s3-places';
import { SageMakerHosting } from './sagemaker-hosting';
import { SageMakerRegistry } from './sagemaker-registry';
import { SageMakerRouter } from './sagemaker-router';
import { createSecretReader } from './secret-references';
import { TapControl } from './tap-control';
import { TemporalClaims } from './temporal-claims';
import { createTemporalHistory } from './temporal-history';
import { createTemporalSignals } from './temporal-signals';
import { createTemporalStandings } from './temporal-standings';

export interface NotifyConfig {
  /** The variables that a spec may name as `env:CROSSFADE_NOTIFY_…`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Hosts whose address may be private. */
  readonly privateHosts: readonly string[];
  /** Page of a workflow in the Temporal UI; undefined: nobody said where the UI is. */
  readonly pageOf: (workflowId: string) => string | undefined;
}

export interface AdapterConfig extends S3ClientConfig {
  /** Instead of AWS's own; undefined: AWS's. */
  readonly snowballEndpoint?: string;
  /** undefined: none is asked for credentials. */
  readonly prometheus?: PrometheusAccess;
  /** What notices need. */
  readonly notify?: NotifyConfig;
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
  readonly buckets: DataBuckets;
  readonly budgets: Budgets;
  /** What the copy engine works on. */
  readonly places: DataPlaces;
  readonly transfer: ManagedTransfer;
  readonly replication: DatabaseReplication;
  readonly roads: DataRoads;
  readonly images: ImageMover;
  readonly registry: ModelRegistry;
  readonly metrics: MetricSource;
  readonly shadow: Shadow;
  readonly openLedger: OpenLedger;
  readonly notifier: Notifier;
  readonly claims: Claims;
  readonly prober: Prober;
  readonly history: MigrationHistory;
  readonly signals: MigrationSignals;
  readonly standings: MigrationStandings;
  readonly now: () => number;
}

/** Without a limit, one connection that falls silent would hold a call, and its activity, for ever. Unit: milliseconds. */
const REQUEST_LIMITS = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;
const WEIGHT_WRITE_LIMITS = { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true } as const;

/** AWS Budgets has one address for all regions. */
const BUDGETS_REGION = 'us-east-1';

interface ClientDefaults {
  readonly region?: string;
}

function regionOf(config: AdapterConfig): ClientDefaults {
  return config.awsRegion === undefined ? {} : { region: config.awsRegion };
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

/** A webhook that has not answered within this is tried again later. */
const WEBHOOK_DEADLINE_MS = 10_000;

export function createNotifier(config: AdapterConfig, options: ClientOptions): Notifier {
  return new Notifications({
    snsFor: clientsByRegion((region) => new SNSClient({ ...options, ...(region === undefined ? {} : { region }) })),
    secrets: createSecretReader(
      config.notify?.environment ?? {},
      clientsByRegion(
        (region) => new SecretsManagerClient({ ...options, ...(region === undefined ? {} : { region }) }),
      ),
    ),
    pageOf: config.notify?.pageOf ?? (() => undefined),
    limits: { deadlineMs: WEBHOOK_DEADLINE_MS, privateHosts: config.notify?.privateHosts ?? [] },
    now: Date.now,
  });
}

export function createPorts(config: AdapterConfig, client: Client, names: TemporalNames): AdapterPorts {
  const defaults = { ...regionOf(config), requestHandler: REQUEST_LIMITS };
  const s3 = createS3Client(config);
  const writes = { ...regionOf(config), requestHandler: WEIGHT_WRITE_LIMITS, maxAttempts: 1 };
  const reads = routeClients(defaults);
  const directConnect = new DirectConnectClient(defaults);
  return {
    ...routersOver(reads, routeClients(writes)),
    compute: new Ec2Compute(new EC2Client(defaults), new AutoScalingClient(defaults)),
    hosting: new SageMakerHosting(
      reads.sageMaker,
      new ApplicationAutoScalingClient(defaults),
      new ServiceQuotasClient(defaults),
    ),
    buckets: new S3DataBuckets(s3),
    budgets: new AwsBudgets(new BudgetsClient({ ...defaults, region: BUDGETS_REGION }), new STSClient(defaults)),
    places: s3Places(s3, config.awsRegion === undefined ? {} : { region: config.awsRegion }),
    transfer: new DataSyncTransfer(
      new DataSyncClient(defaults),
      new DataSyncClient({ ...defaults, maxAttempts: 1 }),
      s3,
    ),
    replication: new DmsReplication(new DatabaseMigrationServiceClient(defaults), new CloudWatchClient(defaults)),
    roads: new AwsDataRoads(directConnect, new SnowballApi(directConnect, config.snowballEndpoint)),
    images: imagesOf(defaults),
    registry: new SageMakerRegistry(reads.sageMaker, (region) => new SageMakerClient({ ...defaults, region })),
    metrics: metricsOf(config, defaults),
    shadow: new TapControl(config.tapToken),
    openLedger: createOpenLedger(s3),
    notifier: createNotifier(config, defaults),
    claims: new TemporalClaims(client, names.claimQueue),
    prober: new HttpProber(),
    history: createTemporalHistory(client, names.migrationId),
    signals: createTemporalSignals(client, names.observedSignal),
    standings: createTemporalStandings(client, names.migrationId),
    now: Date.now,
  };
}
