import type {
  BaselineSpec,
  CostSpec,
  CloudWatchQuerySpec,
  CopySpec,
  EquivalenceSpec,
  GuardrailSpec,
  MetricKindSpec,
  MetricsSpec,
  MigrationSpec,
  NotifySpec,
  ShadowSpec,
  ShadowVariantSpec,
  SmokeRequestSpec,
  SourceSpec,
} from '../domain/spec';
import type { SpecDocument } from './schema';
import { RELATIVE_TOLERANCE } from './schema-policy';
import { normalS3Url } from './s3-url';
import { toImage } from './schema-images';
import { toModelPackages } from './schema-model-packages';
import { toBudget } from './to-budget';
import { toDataSet } from './to-data-set';
import { toDatabases } from './to-databases';
import { toRouter, withoutSlash } from './to-router';
import { toTarget } from './to-target';

/** From the operator's names to the domain's. Takes a document that has passed every check. */
export function toDomain(document: SpecDocument): MigrationSpec {
  const { shadow, cutover, decommission } = document;
  const guardrails = toGuardrails(document.guardrails);
  return {
    apiVersion: document.apiVersion,
    kind: document.kind,
    workload: document.workload,
    region: document.region,
    source: toSource(
      document.source,
      guardrails.latency.map(({ quantile }) => quantile),
    ),
    target: toTarget(document.target),
    router: toRouter(document.router),
    data: document.data.map(toDataSet),
    ...toDatabases(document.databases),
    ...(document.images === undefined ? {} : { images: document.images.map(toImage) }),
    ...toModelPackages(document.modelPackages),
    baseline: toBaseline(document.baseline),
    smoke: { requests: document.smoke.requests.map(toSmokeRequest) },
    shadow: {
      ...toCopier(shadow),
      startPercent: shadow.startPercent,
      stepPercent: shadow.stepPercent,
      maxPercent: shadow.maxPercent,
      firstHoldMs: shadow.firstHold,
      holdMs: shadow.hold,
      equivalence: toEquivalence(shadow.equivalence),
      ...toCopies(shadow),
    },
    guardrails,
    cutover: { weights: cutover.weights, stabilizationMs: cutover.stabilization, approvals: cutover.approvals },
    decommission: {
      afterMs: decommission.after,
      standbyMs: decommission.standby,
      approval: decommission.approval,
      costTags: decommission.costTags,
    },
    checkEveryMs: document.checkEvery,
    notify: document.notify.map(toNotify),
    ...(document.budget === undefined ? {} : { budget: toBudget(document.budget) }),
    ledger: normalS3Url(document.ledger),
  };
}

function toCopier({ tap, variant }: SpecDocument['shadow']): { tap: string } | { variant: ShadowVariantSpec } {
  if (tap !== undefined) return { tap: withoutSlash(tap) };
  if (variant === undefined) throw new Error('a shadow phase without copies has passed the checks');
  const { to, kmsKeyId } = variant.capture;
  return {
    variant: {
      captureTo: normalS3Url(to),
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
      lagMs: variant.lag,
    },
  };
}

export function toEquivalence({ precision, ...rest }: SpecDocument['shadow']['equivalence']): EquivalenceSpec {
  return { ...rest, relativeTolerance: rest.relativeTolerance ?? RELATIVE_TOLERANCE[precision] };
}

export function toGuardrails({ blindHold, splitSettle, cost, ...rest }: SpecDocument['guardrails']): GuardrailSpec {
  return {
    ...rest,
    ...(cost === undefined ? {} : { cost: toCost(cost) }),
    blindHoldMs: blindHold,
    splitSettleMs: splitSettle,
  };
}

function toCost({ load, ...prices }: NonNullable<SpecDocument['guardrails']['cost']>): CostSpec {
  return { ...prices, ...(load === undefined ? {} : { load }) };
}

/** Nothing at all where nothing is asked for: so the plan of a spec that was written before stays what it was. */
function toCopies({
  sampleBy,
  segmentBy,
  redact,
  noisePercent,
  noiseMethods,
}: SpecDocument['shadow']): Pick<ShadowSpec, 'copies'> {
  const copies: CopySpec = {
    ...(sampleBy === undefined ? {} : { sampleBy }),
    ...(segmentBy === undefined ? {} : { segmentBy }),
    ...(redact === undefined ? {} : { redact }),
    ...(noisePercent === 0 ? {} : { noise: { percent: noisePercent, methods: noiseMethods } }),
  };
  return Object.keys(copies).length === 0 ? {} : { copies };
}

function toSource(source: SpecDocument['source'], quantiles: readonly string[]): SourceSpec {
  return {
    endpoint: withoutSlash(source.endpoint),
    ...(source.host === undefined ? {} : { host: source.host }),
    metrics: toMetrics(source.metrics, quantiles),
    owned: {
      autoScalingGroups: source.owned.autoScalingGroups,
      instances: source.owned.instances,
      ...(source.owned.endpoints.length === 0 ? {} : { endpoints: source.owned.endpoints }),
    },
  };
}

function toBaseline({ window, coverageMin, expected }: SpecDocument['baseline']): BaselineSpec {
  return { windowMs: window, coverageMin, ...(expected === undefined ? {} : { expected }) };
}

function toMetrics(metrics: SpecDocument['source']['metrics'], quantiles: readonly string[]): MetricsSpec {
  const { standIn, ...first } = metrics;
  if (standIn === undefined) return toMetricKind(first, quantiles);
  // What the stand-in answers must be as settled as what the first source would have.
  const lag = first.lag > standIn.lag ? first.lag : standIn.lag;
  return {
    ...toMetricKind({ ...first, lag }, quantiles),
    standIn: toMetricKind({ ...standIn, lag }, quantiles),
  };
}

type MetricKindDocument = NonNullable<SpecDocument['source']['metrics']['standIn']>;

function toMetricKind(metrics: MetricKindDocument, quantiles: readonly string[]): MetricKindSpec {
  const shared = { periodSeconds: metrics.period, lagMs: metrics.lag, quantiles };
  if (metrics.kind === 'cloudwatch')
    return {
      kind: metrics.kind,
      ...(metrics.loadBalancers === undefined ? {} : { loadBalancers: metrics.loadBalancers }),
      queries: metrics.queries.map(toCloudWatchQuery),
      ...shared,
    };
  const { kind, url, source, target, segmentBy, queries } = metrics;
  return {
    kind,
    url: withoutSlash(url),
    source,
    target,
    ...(segmentBy === undefined ? {} : { segmentBy }),
    queries: queries.map((query) => ({
      name: query.name,
      source: query.source,
      ...(query.target === undefined ? {} : { target: query.target }),
    })),
    ...shared,
  };
}

function toCloudWatchQuery({
  targetDimensions,
  unit,
  ...rest
}: Extract<MetricKindDocument, { kind: 'cloudwatch' }>['queries'][number]): CloudWatchQuerySpec {
  return {
    ...rest,
    ...(targetDimensions === undefined ? {} : { targetDimensions }),
    ...(unit === undefined ? {} : { unit }),
  };
}

function toSmokeRequest(request: SpecDocument['smoke']['requests'][number]): SmokeRequestSpec {
  const { body, ...rest } = request;
  return body === undefined ? rest : { ...rest, body };
}

export function toNotify(to: SpecDocument['notify'][number]): NotifySpec {
  if (to.sns !== undefined) return { sns: to.sns };
  if (to.slack !== undefined) return { slack: to.slack };
  if (to.webhook !== undefined)
    return { webhook: to.webhook, ...(to.signWith === undefined ? {} : { signWith: to.signWith }) };
  throw new Error('a notify entry without a receiver has passed the checks');
}
