/** The migration spec that fits a running lab. Every duration hangs on one: how long a cutover step holds. */
import { LAB_ACCOUNT } from './aws-env';
import { FEATURE_COUNT } from './fleet/model';
import { TENANT_HEADER } from './fleet/server';
import type { DnsStack, DnsStacks, LabInfo, WorkloadInfo } from './info';
import { seededRandom } from './seeded';
import { LARGE_TENANT, SMALL_TENANT } from './traffic/generator';

export interface SpecOptions {
  /** Length of one cutover step, e.g. `20s`; the other durations scale with it. Default 6s. */
  readonly hold?: string;
  /** Limit of the P99 ratio; for tests that are not about latency, on a machine that does other things. */
  readonly latencyRatioMax?: number;
  /** Default alb, or the only one for a workload that is behind DNS or on an endpoint. */
  readonly road?: Road;
}

/** Where to, and by what production's traffic gets there: one sentence each. */
export const ROADS = {
  alb: 'to instances of an Auto Scaling group, by the weights of a load balancer rule',
  'sagemaker-proxy': 'to a SageMaker endpoint, by the weights of a load balancer rule; invoke proxies stand behind it',
  sagemaker: 'from one model to another on the same SageMaker endpoint, by the weights of its variants',
  'sagemaker-shadow':
    'as sagemaker; before, the endpoint itself copies requests to the new model, its shadow variant, without a tap',
  route53:
    'to a stack that is there already, by the weights of DNS records; users ask DNS and keep its answers (Linux only)',
} as const;
export type Road = keyof typeof ROADS;
export const ROAD_NAMES = Object.keys(ROADS) as Road[];

const DEFAULT_HOLD_SECONDS = 6;
const SMOKE_REQUESTS = 3;
/** On a laptop that also runs everything else latency is mostly noise; the playbook's limit is 1.10. */
const LATENCY_RATIO_MAX = 3;

/** Seconds of `90s`, `2m`, `1h`. Throws on anything else. */
export function parseHoldSeconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text);
  const seconds = Number(match?.[1]) * { s: 1, m: 60, h: 3600 }[(match?.[2] ?? 's') as 's' | 'm' | 'h'];
  if (!(seconds >= 1)) throw new Error(`--hold ${text}: give a duration of at least 1s, like 20s or 2m`);
  return seconds;
}

/**
 * What some dozens of requests in some seconds can prove: gross differences, of medians, with little certainty. The same
 * tests over days see what the playbook asks for; `crossfade plan` says how much each needs.
 */
const SECONDS_OF_EVIDENCE = {
  errorRateMax: 0.3,
  errorRateMargin: 0.05,
  errorRateDetect: 0.5,
  mismatchRateDetect: 0.5,
  splitTolerancePoints: 10,
  falseRollbackRate: 0.1,
  passConfidence: 0.6,
};

/** USD: a p3.2xlarge, and g5.xlarge instances, on demand in us-east-1. */
const COST = { source: { perHour: 3.06 }, target: { perInstanceHour: 1.006 }, ratioMax: 1 };
/** Two of them, and nobody can count them behind a record. */
const COST_OF_STACKS = { ...COST, target: { perHour: 2.012 } };
/** Twice what each of forty brings on average: some seconds hold few requests. */
const RESOLVER_SHARE_MAX = 0.05;

function latencyLimits(ratioMax: number): Record<string, unknown> {
  return { quantile: 'p50', ratioMax, ratioDetect: 4 * ratioMax };
}

export function specFor(info: LabInfo, name: string, options: SpecOptions = {}): Record<string, unknown> {
  const workload = info.workloads.find((candidate) => candidate.name === name);
  if (workload === undefined)
    throw new Error(
      `there is no workload ${name} in this lab; it has: ${info.workloads.map((other) => other.name).join(', ')}`,
    );
  const factor =
    (options.hold === undefined ? DEFAULT_HOLD_SECONDS : parseHoldSeconds(options.hold)) / DEFAULT_HOLD_SECONDS;
  const scaled = (seconds: number): string => `${Math.max(1, Math.round(seconds * factor))}s`;
  const road = roadOf(workload, options.road);
  const { dns } = workload;
  return {
    apiVersion: 'crossfade/v1',
    workload: workload.name,
    region: info.region,
    source: {
      endpoint: dns?.source.endpoint ?? info.loadBalancer,
      host: workload.host,
      metrics: { kind: 'cloudwatch', period: '1s', lag: '1s', ...(dns === undefined ? {} : loadBalancersOf(dns)) },
      owned: ownedOf(workload),
    },
    target: targetOf(info, workload, road),
    router: routerOf(workload),
    data: [{ name: 'features', from: `s3://${workload.buckets.source}/`, to: `s3://${workload.buckets.target}/` }],
    baseline: { window: scaled(10) },
    ...(road === 'sagemaker-shadow' ? shadowVariant(workload, scaled) : shadow(workload, scaled)),
    guardrails: {
      ...SECONDS_OF_EVIDENCE,
      ...(road === 'sagemaker-shadow' ? {} : { segments: [LARGE_TENANT, SMALL_TENANT] }),
      cost: dns === undefined ? COST : COST_OF_STACKS,
      latency: [latencyLimits(options.latencyRatioMax ?? LATENCY_RATIO_MAX)],
      splitSettle: `${Math.min(1_000, factor * 3_000)}ms`,
      requestCountMin: 12,
      extendMax: 6,
      blindHold: scaled(60),
    },
    cutover: { weights: [10, 25, 50, 75, 100], stabilization: scaled(6), approvals: { beforeFirst: false } },
    decommission: { after: scaled(5), standby: scaled(5), approval: 'not_required' },
    smoke: { requests: smokeRequests() },
    checkEvery: '1s',
    ledger: `s3://${workload.buckets.ledger}/crossfade`,
  };
}

/** Where users find it says which roads it can take; without being asked it takes the first. */
function roadOf({ name, dns, endpoint }: WorkloadInfo, asked: Road | undefined): Road {
  const all: readonly [Road, ...Road[]] =
    dns !== undefined
      ? ['route53']
      : endpoint !== undefined
        ? ['sagemaker', 'sagemaker-shadow']
        : ['alb', 'sagemaker-proxy'];
  const road = asked ?? all[0];
  if (!all.includes(road)) throw new Error(`workload ${name} takes the road ${all.join(' or ')}, not ${road}`);
  return road;
}

function ownedOf({ sourceAutoScalingGroup, endpoint }: WorkloadInfo): Record<string, unknown> {
  return endpoint === undefined
    ? { autoScalingGroups: [sourceAutoScalingGroup] }
    : { endpoints: [endpoint.endpointName] };
}

function loadBalancersOf({ source, target }: DnsStacks): Record<string, unknown> {
  const of = ({ loadBalancerArn, targetGroupArn }: DnsStack): Record<string, string> => ({
    loadBalancerArn,
    targetGroupArn,
  });
  return { loadBalancers: { source: of(source), target: of(target) } };
}

function routerOf({ ruleArn, sourceTargetGroupArn, dns, endpoint }: WorkloadInfo): Record<string, unknown> {
  if (endpoint !== undefined) return { sagemaker: { ...endpoint, healthPath: '/health' } };
  if (dns === undefined) return { alb: { ruleArn, sourceTargetGroupArn } };
  const { hostedZoneId, recordName, source, target } = dns;
  const identifiers = {
    sourceIdentifier: source.setIdentifier,
    targetIdentifier: target.setIdentifier,
    resolverShareMax: RESOLVER_SHARE_MAX,
  };
  return { route53: { hostedZoneId, recordName, recordType: 'A', ...identifiers } };
}

function targetOf(info: LabInfo, workload: WorkloadInfo, road: Road): Record<string, unknown> {
  switch (road) {
    case 'alb':
      return { ec2: ec2Target(info) };
    case 'sagemaker-proxy':
      return { sagemaker: { ...sageMakerTarget(info, workload), proxy: proxies(info) } };
    case 'sagemaker':
    case 'sagemaker-shadow':
      return { sagemaker: sageMakerTarget(info, workload) };
    case 'route53':
      return { existing: { endpoint: workload.dns?.target.endpoint, healthPath: '/health' } };
  }
}

function sageMakerTarget(info: LabInfo, workload: WorkloadInfo): Record<string, unknown> {
  return {
    image: `${LAB_ACCOUNT}.dkr.ecr.${info.region}.amazonaws.com/${workload.name}:1`,
    executionRoleArn: `arn:aws:iam::${LAB_ACCOUNT}:role/crossfade-lab-sagemaker`,
    instanceType: 'ml.g5.xlarge',
    instanceCount: 2,
    scaling: { min: 2, max: 4, on: 'invocations', value: 1_000 },
  };
}

function proxies(info: LabInfo): Record<string, unknown> {
  return { ...ec2Target(info), instanceType: 'c7g.large', container: 'crossfade:lab' };
}

function ec2Target(info: LabInfo): Record<string, unknown> {
  return {
    instanceType: 'g5.xlarge',
    imageId: info.network.imageId,
    subnetIds: info.network.subnetIds,
    securityGroupIds: info.network.securityGroupIds,
    port: 8080,
    healthPath: '/health',
    min: 2,
    desired: 2,
    max: 4,
    healthCheckGrace: '5s',
  };
}

function shadow(workload: WorkloadInfo, scaled: (seconds: number) => string): Record<string, unknown> {
  if (workload.tap === undefined) return {};
  return {
    shadow: {
      tap: workload.tap,
      startPercent: 5,
      stepPercent: 10,
      maxPercent: 50,
      firstHold: scaled(4),
      hold: scaled(3),
      equivalence: { mismatchRateMax: 0.05 },
      segmentBy: { header: TENANT_HEADER },
    },
  };
}

/** The lab's SageMaker writes what it captured every two seconds. */
function shadowVariant(
  { buckets }: WorkloadInfo,
  scaled: (seconds: number) => string,
): { readonly shadow: Record<string, unknown> } {
  return {
    shadow: {
      variant: { capture: { to: `s3://${buckets.ledger}/captured` }, lag: '4s' },
      startPercent: 20,
      stepPercent: 30,
      maxPercent: 50,
      firstHold: scaled(6),
      hold: scaled(4),
      equivalence: { mismatchRateMax: 0.05 },
    },
  };
}

function smokeRequests(): unknown[] {
  const random = seededRandom(11);
  return Array.from({ length: SMOKE_REQUESTS }, () => ({
    method: 'POST',
    path: '/predict',
    body: { features: Array.from({ length: FEATURE_COUNT }, () => Number((random() * 2 - 1).toFixed(4))) },
  }));
}
