/** One running lab: its processes, its AWS account, its workloads. Lives in the daemon. */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Route53Client } from '@aws-sdk/client-route-53';
import { LAB_REGION, labAwsEnv, userClientConfig } from '../aws-env';
import { WORKER_APP_ID } from '../gateway/calls-seen';
import type { NewLoadBalancer } from '../data-plane/load-balancer';
import type { Rule } from '../data-plane/routing';
import type { ModelFault, ModelSide } from '../fleet/server';
import type { FaultRule } from '../gateway/faults';
import type { LabInfo, NetworkInfo, WorkloadInfo } from '../info';
import { LOOPBACK } from '../loopback';
import type { ChildChannel } from '../rpc';
import { filesDir } from '../state';
import { program } from '../tools';
import type { Tools } from '../tools';
import type { TrafficTotals } from '../traffic/generator';
import { LabAccount } from './account';
import { serveContainers } from './containers';
import { DnsAccount } from './dns-stacks';
import { InstanceWatcher } from './instances';
import type { LaunchedInstance } from './instances';
import { InvokeProxies, proxyVariables } from './invoke-proxies';
import { ModelFaults, shareBesides, targetSharePercent } from './model-faults';
import type { ModelFaultRequest } from './model-faults';
import { ProcessTable } from './processes';
import { startEmulators, startTemporal } from './servers';
import { EndpointAccount } from './source-endpoints';
import { startTap } from './taps';

export interface WorkloadRequest {
  /** DNS label of at most 20 characters: AWS names are made from it. */
  readonly name: string;
  readonly ratePerSecond?: number;
  /** Share by which the rate swings over a shortened day. 0 to 1; default 0.2. */
  readonly swing?: number;
  /** CSV with a TIMESTAMP column, instead of a rate. */
  readonly trace?: string;
  /** Source and target are two stacks that only DNS tells apart, and users ask DNS. Needs Linux. */
  readonly dns?: boolean;
  /** What answers is a SageMaker endpoint that is there already, behind a proxy. */
  readonly endpoint?: boolean;
}

export const DEFAULT_WORKLOAD = 'ranker';
const DEFAULT_RATE_PER_SECOND = 100;
const DEFAULT_SWING = 0.2;
/** What a person may do to a service behind its API. */
export type ServiceMethod =
  | 'takeCalls'
  | 'sageMakerFault'
  | 'clearSageMakerFaults'
  | 'sageMakerDelays'
  | 'dataSyncFault'
  | 'clearDataSyncFaults'
  | 'dataSyncDelays'
  | 'dmsFault'
  | 'clearDmsFaults'
  | 'dmsDelays';
const WORKER_GRACE_MS = 10_000;

interface Channels {
  readonly gateway: ChildChannel;
  readonly dataPlane: ChildChannel;
  readonly fleet: ChildChannel;
  readonly traffic: ChildChannel;
}

type Weights = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What answers before a migration. */
type Origin = Pick<WorkloadInfo, 'source' | 'sourceAutoScalingGroup' | 'endpoint'>;

/** How users reach a workload. */
type WayToWorkload = Pick<WorkloadInfo, 'ruleArn' | 'sourceTargetGroupArn' | 'dns'> & { readonly dnsPort?: number };

export class RunningLab {
  readonly processes: ProcessTable;
  private readonly workloads = new Map<string, WorkloadInfo>();
  private readonly tapToken = randomBytes(24).toString('base64url');
  private rules: readonly Rule[] = [];
  private channels!: Channels;
  private instances!: InstanceWatcher;
  private account!: LabAccount;
  private dnsAccount!: DnsAccount;
  private endpointAccount!: EndpointAccount;
  /** By record name and set identifier. */
  private dnsWeights: Weights = {};
  /** By endpoint and variant. */
  private endpointWeights: Weights = {};
  private base!: Omit<LabInfo, 'workloads' | 'source'>;
  private readonly faults = new ModelFaults((workload, side, fault) => this.applyModelFault(workload, side, fault));
  private readonly proxies: InvokeProxies;
  private adding: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dir: string,
    private readonly tools: Tools,
    changed: () => void,
  ) {
    this.processes = new ProcessTable(dir, tools.python, changed);
    this.proxies = new InvokeProxies(this.processes, () => this.base.env);
  }

  info(): LabInfo {
    const workloads = [...this.workloads.values()];
    return { ...this.base, workloads, source: this.workloads.get(DEFAULT_WORKLOAD)?.source ?? '' };
  }

  async start(): Promise<void> {
    const [temporal, upstreams] = await Promise.all([
      startTemporal(this.processes, this.tools),
      startEmulators(this.processes, this.tools, this.dir),
    ]);
    const gateway = await this.processes.startNode<{ url: string; dns: string }>('gateway', 'lab/gateway/main.js', {
      ...upstreams,
      LAB_BOTOCORE: this.tools.botocoreData,
      LAB_FILES: filesDir(this.dir),
    });
    const aws = gateway.ready.url;
    this.account = new LabAccount(aws);
    const network = await this.account.network();
    const balancer = await this.account.loadBalancer(network, 'lab');
    const [dataPlane, fleet] = await Promise.all([
      this.processes.startNode<{ admin: string }>('data-plane', 'lab/data-plane/main.js', { LAB_AWS: aws }),
      this.processes.startNode('fleet', 'lab/fleet/main.js', {}),
    ]);
    const made: NewLoadBalancer[] = [{ ...balancer, address: LOOPBACK }];
    const port = await dataPlane.channel.call<number>('addLoadBalancers', { made });
    const url = `http://${LOOPBACK}:${port}`;
    const traffic = await this.processes.startNode('traffic', 'lab/traffic/main.js', { LAB_LOAD_BALANCER: url });
    this.channels = {
      gateway: gateway.channel,
      dataPlane: dataPlane.channel,
      fleet: fleet.channel,
      traffic: traffic.channel,
    };
    const route53 = new Route53Client(userClientConfig(aws));
    this.dnsAccount = new DnsAccount(this.account, route53, dataPlane.channel, network);
    this.endpointAccount = new EndpointAccount(aws, this.proxies);
    await this.link(aws, dataPlane.ready.admin);
    const addresses = { aws, dns: gateway.ready.dns, url, admin: dataPlane.ready.admin };
    this.base = this.describe(temporal, addresses, balancer, network);
  }

  /** Workloads are made one at a time: each takes the next rule priority. */
  addWorkload(request: WorkloadRequest): Promise<WorkloadInfo> {
    const next = this.adding.then(() => this.makeWorkload(request));
    this.adding = next.catch(() => undefined);
    return next;
  }

  async startWorker(): Promise<{ pid: number }> {
    const script = program('src/worker.js');
    if (!existsSync(script)) throw new Error(`${script} is not built`);
    await this.processes.startForeign('worker', [process.execPath, script], {
      ...this.base.env,
      CROSSFADE_TAP_TOKEN: this.tapToken,
      AWS_SDK_UA_APP_ID: WORKER_APP_ID,
    });
    return { pid: this.processes.pidOf('worker') ?? 0 };
  }

  async killWorker(signal: NodeJS.Signals): Promise<void> {
    await this.processes.stop('worker', signal, WORKER_GRACE_MS);
  }

  async setModelFault(params: { workload: string; side: ModelSide; fault: ModelFaultRequest }): Promise<void> {
    await this.faults.set(params.workload, params.side, params.fault, this.sharePercent(params.workload));
  }

  addGatewayFault(rule: FaultRule): Promise<void> {
    return this.channels.gateway.call('addFault', rule);
  }

  clearGatewayFaults(): Promise<void> {
    return this.channels.gateway.call('clearFaults');
  }

  listGatewayFaults(): Promise<unknown> {
    return this.channels.gateway.call('listFaults');
  }

  callService(method: ServiceMethod, params: unknown): Promise<unknown> {
    return this.channels.gateway.call(method, params);
  }

  setDnsPending(params: { ms: number }): Promise<void> {
    return this.channels.gateway.call('dnsPending', params);
  }

  async setTraffic(params: { workload: string; ratePerSecond: number; swing?: number }): Promise<void> {
    await this.channels.traffic.call('set', { ...params, host: this.workload(params.workload).host });
  }

  trafficTotals(workload: string): Promise<TrafficTotals> {
    return this.channels.traffic.call('totals', { workload });
  }

  async stop(): Promise<void> {
    this.instances?.stop();
    await this.processes.stopAll();
  }

  private async link(aws: string, admin: string): Promise<void> {
    const { gateway, dataPlane, fleet } = this.channels;
    serveContainers(gateway, fleet, () => [...this.workloads.keys()]);
    // Infinity, the default rule's priority, does not survive JSON.
    dataPlane.on('rules', (rules: readonly Rule[]) => this.weightsChanged(() => (this.rules = rules)));
    gateway.on('dnsWeights', (weights: Weights) => this.weightsChanged(() => (this.dnsWeights = weights)));
    gateway.on('endpointWeights', (weights: Weights) => this.weightsChanged(() => (this.endpointWeights = weights)));
    await gateway.call('link', { dataPlane: admin });
    this.instances = new InstanceWatcher(
      aws,
      {
        start: (launched) => this.startInstance(launched),
        stop: async (instanceId) => {
          if (!(await this.proxies.stop(instanceId))) await fleet.call('stop', { instanceId });
        },
        publish: (addresses) => dataPlane.call('setAddresses', { addresses: [...addresses] }),
      },
      () => [...this.workloads.keys()],
    );
    this.instances.start();
  }

  /** What its user data starts; a model server when that says nothing that the lab knows. */
  private startInstance({ userData, ...instance }: LaunchedInstance): Promise<string> {
    const variables = proxyVariables(userData);
    return variables === undefined
      ? this.channels.fleet.call('start', instance)
      : this.proxies.start(instance.instanceId, variables);
  }

  private describe(
    temporal: { address: string; ui: string },
    { aws, dns, url, admin }: { aws: string; dns: string; url: string; admin: string },
    balancer: { loadBalancerArn: string; listenerArn: string },
    network: NetworkInfo,
  ): Omit<LabInfo, 'workloads' | 'source'> {
    return {
      temporal: temporal.address,
      ui: temporal.ui,
      aws,
      region: LAB_REGION,
      dns,
      loadBalancer: url,
      prometheus: `${admin}/metrics`,
      python: this.tools.python,
      dir: this.dir,
      ...balancer,
      network,
      env: {
        ...labAwsEnv(aws),
        TEMPORAL_ADDRESS: temporal.address,
        TEMPORAL_NAMESPACE: 'default',
        TEMPORAL_CONFIG_FILE: this.temporalProfile(),
      },
    };
  }

  /** An empty profile: the user's own could lead to a real Temporal. */
  private temporalProfile(): string {
    const file = path.join(this.dir, 'temporal.toml');
    writeFileSync(file, '[profile.default]\n');
    return file;
  }

  private async makeWorkload(request: WorkloadRequest): Promise<WorkloadInfo> {
    const { name } = request;
    if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name))
      throw new Error(`workload ${name}: a DNS label of at most 20 characters is needed`);
    if (this.workloads.has(name)) throw new Error(`workload ${name} is there already`);
    if (request.dns && request.endpoint) throw new Error(`workload ${name}: behind DNS or on an endpoint, not both`);
    const host = `${name}.lab.internal`;
    const index = this.workloads.size;
    // Known under its name first, so that the watcher sees whose instances appear.
    this.workloads.set(name, {
      name,
      host,
      ruleArn: '',
      sourceTargetGroupArn: '',
      sourceAutoScalingGroup: `${name}-source`,
      source: '',
      buckets: { source: '', target: '', ledger: '' },
    });
    const [buckets, origin] = await Promise.all([
      this.account.buckets(name),
      request.endpoint === true ? this.hosted(name) : this.onInstance(name),
    ]);
    const tap = await startTap(this.processes, { workload: name, source: origin.source, token: this.tapToken });
    const front = new URL(tap?.listen ?? origin.source);
    const { dnsPort, ...way } = await (request.dns === true
      ? this.behindDns(name, host, front)
      : this.behindRule(name, host, front, index));
    const info: WorkloadInfo = {
      name,
      host,
      ...way,
      ...origin,
      buckets,
      ...(tap === undefined ? {} : { tap: tap.control }),
    };
    this.workloads.set(name, info);
    await this.channels.traffic.call('set', {
      workload: name,
      host,
      ratePerSecond: request.ratePerSecond ?? DEFAULT_RATE_PER_SECOND,
      swing: request.swing ?? DEFAULT_SWING,
      ...(request.trace === undefined ? {} : { trace: request.trace }),
      ...(dnsPort === undefined ? {} : { dns: { server: this.base.dns, name: host, port: dnsPort } }),
    });
    return info;
  }

  /** A rule of the lab's load balancer; resolves when it serves the source. */
  private async behindRule(name: string, host: string, front: URL, index: number): Promise<WayToWorkload> {
    const place = { vpcId: this.base.network.vpcId, listenerArn: this.base.listenerArn, index };
    const production = await this.account.production(name, host, place, [
      { id: front.hostname, port: Number(front.port) },
    ]);
    await this.waitUntilServed(host);
    await this.waitUntilHealthy(name, production.sourceTargetGroupArn);
    return production;
  }

  private async behindDns(name: string, host: string, front: URL): Promise<WayToWorkload> {
    const { port, ...dns } = await this.dnsAccount.stacks(name, host, front);
    return { ruleArn: '', sourceTargetGroupArn: dns.source.targetGroupArn, dns, dnsPort: port };
  }

  private async onInstance(name: string): Promise<Origin> {
    const [instanceId = ''] = await this.account.fleet(name, 'source', this.base.network);
    return { source: await this.sourceAddress(instanceId), sourceAutoScalingGroup: `${name}-source` };
  }

  private async hosted(name: string): Promise<Origin> {
    return { ...(await this.endpointAccount.make(name)), sourceAutoScalingGroup: '' };
  }

  private async sourceAddress(instanceId: string): Promise<string> {
    const deadlineMs = Date.now() + 15_000;
    while (Date.now() < deadlineMs) {
      await this.instances.poll();
      const address = this.instances.addressOf(instanceId);
      if (address !== undefined) return address;
      await delay(50);
    }
    throw new Error(`instance ${instanceId} of the source did not start`);
  }

  /** Traffic begins when the load balancer knows the rule: nothing the lab does itself may count as a failed request. */
  private async waitUntilServed(host: string): Promise<void> {
    const deadlineMs = Date.now() + 15_000;
    const known = (): boolean =>
      this.rules.some((rule) =>
        rule.conditions.some((condition) => condition.kind === 'host' && condition.patterns.includes(host)),
      );
    while (!known()) {
      if (Date.now() > deadlineMs) throw new Error(`the load balancer does not know ${host}`);
      await delay(50);
    }
  }

  /** A migration refuses a source none of whose targets is healthy. */
  private async waitUntilHealthy(name: string, sourceTargetGroupArn: string): Promise<void> {
    const deadlineMs = Date.now() + 15_000;
    while (!(await this.account.isHealthy(sourceTargetGroupArn))) {
      if (Date.now() > deadlineMs) throw new Error(`the source of ${name} does not become healthy`);
      await delay(100);
    }
  }

  private weightsChanged(take: () => void): void {
    take();
    void this.faults
      .weightsChanged((workload) => this.sharePercent(workload))
      .catch((error: unknown) => console.error('faults:', error));
  }

  private sharePercent(workload: string): number {
    const { ruleArn, sourceTargetGroupArn, dns, endpoint } = this.workload(workload);
    if (dns !== undefined) return shareBesides(this.dnsWeights[dns.recordName] ?? {}, dns.source.setIdentifier);
    if (endpoint !== undefined)
      return shareBesides(this.endpointWeights[endpoint.endpointName] ?? {}, endpoint.sourceVariant);
    return targetSharePercent(
      this.rules.find((rule) => rule.arn === ruleArn),
      sourceTargetGroupArn,
    );
  }

  private async applyModelFault(workload: string, side: ModelSide, fault: ModelFault): Promise<void> {
    await this.channels.fleet.call('setFault', { workload, side, fault });
  }

  private workload(name: string): WorkloadInfo {
    const info = this.workloads.get(name);
    if (info === undefined) throw new Error(`there is no workload ${name} in this lab`);
    return info;
  }
}
