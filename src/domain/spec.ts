import type { Milliseconds } from './quantity';
import type { ImageSpec } from './image';
import type { ModelPackageSpec } from './model-package';
import type { RecordPlace } from './route';
import type { BudgetSpec } from './spec-budget';
import type { DataSetSpec } from './spec-data';
import type { DatabaseSpec } from './spec-database';
import type { NotifySpec } from './spec-notify';
import type { TargetSpec } from './spec-target';

export type * from './spec-budget';
export type * from './spec-data';
export type * from './spec-database';
export type * from './spec-datasync';
export type * from './spec-notify';
export type * from './spec-roads';
export type * from './spec-target';

/** What an operator wrote, validated, with every default filled in. Plain JSON. Made by `spec/parse.ts` only. */
export interface MigrationSpec {
  readonly apiVersion: 'crossfade/v1';
  readonly kind: 'inference';
  /** DNS label, at most 22 characters; the workflow ID is `migration/<workload>`. */
  readonly workload: string;
  readonly region: string;
  readonly source: SourceSpec;
  readonly target: TargetSpec;
  readonly router: RouterSpec;
  readonly data: readonly DataSetSpec[];
  /** Not there: none, or a spec of an earlier version. */
  readonly databases?: readonly DatabaseSpec[];
  /** Not there: none are moved. */
  readonly images?: readonly ImageSpec[];
  /** Not there: none are moved. */
  readonly modelPackages?: readonly ModelPackageSpec[];
  readonly baseline: BaselineSpec;
  readonly smoke: SmokeSpec;
  readonly shadow: ShadowSpec;
  readonly guardrails: GuardrailSpec;
  readonly cutover: CutoverSpec;
  readonly decommission: DecommissionSpec;
  readonly checkEveryMs: Milliseconds;
  readonly notify: readonly NotifySpec[];
  /** undefined: AWS tells nobody what the target costs. */
  readonly budget?: BudgetSpec;
  /** `s3://bucket/prefix`, no slash at the end. */
  readonly ledger: string;
}

export interface SourceSpec {
  /** Base URL at which the workload answers users today. */
  readonly endpoint: string;
  /** Host header of the workload's requests; undefined means the endpoint's own host. */
  readonly host?: string;
  readonly metrics: MetricsSpec;
  readonly owned: OwnedSpec;
}

/** All that decommission may ever stop. Nothing else is touched. */
export interface OwnedSpec {
  readonly autoScalingGroups: readonly string[];
  readonly instances: readonly string[];
  /** Endpoints of which the source's variant may be taken off; not there: none. */
  readonly endpoints?: readonly string[];
}

/** Where the numbers come from, and who answers when that source does not. */
export type MetricsSpec = MetricKindSpec & {
  /** Asked for the same time when the first source fails; never mixed with it. Its period is the same. */
  readonly standIn?: MetricKindSpec;
};

export type MetricKindSpec = CloudWatchMetricsSpec | PrometheusMetricsSpec;

interface AnyMetricsSpec {
  /** Length of one window. Unit: seconds; ALB publishes every 60 s. */
  readonly periodSeconds: number;
  /** How long a datapoint may take to appear, in the slower of the two sources. Windows end this long before now. */
  readonly lagMs: Milliseconds;
  /** Quantiles of latency that guardrails need. */
  readonly quantiles: readonly string[];
}

export interface CloudWatchMetricsSpec extends AnyMetricsSpec {
  readonly kind: 'cloudwatch';
  /** undefined: the route's own load balancer counts both sides. */
  readonly loadBalancers?: { readonly source: BalancedStackSpec; readonly target: BalancedStackSpec };
  /** Metrics besides the built-in ones: in the baseline, and in every window. */
  readonly queries: readonly CloudWatchQuerySpec[];
}

/** One side of a migration, behind a load balancer of its own. */
export interface BalancedStackSpec {
  readonly loadBalancerArn: string;
  readonly targetGroupArn: string;
}

export interface PrometheusMetricsSpec extends AnyMetricsSpec {
  readonly kind: 'prometheus';
  /** Before `/api/v1`. */
  readonly url: string;
  readonly source: PrometheusSideSpec;
  readonly target: PrometheusSideSpec;
  /** The label that tells segments apart: the expressions of both sides keep it. */
  readonly segmentBy?: string;
  readonly queries: readonly PrometheusQuerySpec[];
}

/** PromQL; `$window` stands for the length of a window. Each gives one series, or with `segmentBy` one a segment. */
export interface PrometheusSideSpec {
  /** Requests in a window: `sum(increase(…[$window]))`. */
  readonly requests: string;
  readonly errors: string;
  /** What `histogram_quantile` takes, in seconds: classic buckets by `le`, or a native histogram. */
  readonly latency: string;
}

/** One of the spec's own metrics; names are unique. */
export type MetricQuerySpec = CloudWatchQuerySpec | PrometheusQuerySpec;

export interface CloudWatchQuerySpec {
  readonly name: string;
  readonly namespace: string;
  readonly metricName: string;
  /** The source's. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** undefined: the target does not have this metric. */
  readonly targetDimensions?: Readonly<Record<string, string>>;
  /** CloudWatch statistic: Sum, Average, Minimum, Maximum, SampleCount, p0 to p100. */
  readonly stat: string;
  /** Only datapoints of this unit; undefined: of any. */
  readonly unit?: string;
}

/** PromQL, one series each; `$window` need not be in it. */
export interface PrometheusQuerySpec {
  readonly name: string;
  readonly source: string;
  /** undefined: the target does not have this metric. */
  readonly target?: string;
}

/** Exactly one of them. */
export type RouterSpec =
  | { readonly alb: AlbRouterSpec; readonly route53?: undefined; readonly sagemaker?: undefined }
  | { readonly route53: Route53RouterSpec; readonly alb?: undefined; readonly sagemaker?: undefined }
  | { readonly sagemaker: SageMakerRouterSpec; readonly alb?: undefined; readonly route53?: undefined };

/** An endpoint that answers today: the target joins it as a variant of its own. */
export interface SageMakerRouterSpec {
  /** In its own case. */
  readonly endpointName: string;
  /** undefined: the only one there is. */
  readonly sourceVariant?: string;
  /** Base URL at which the target's variant alone answers: `crossfade invoke-proxy` with CROSSFADE_PROXY_VARIANT. */
  readonly targetEndpoint: string;
  /** At the source's and the target's base URL. */
  readonly healthPath: string;
}

/** Two of the weighted records of one name and type; both are there before the migration. */
export interface Route53RouterSpec extends RecordPlace {
  readonly sourceIdentifier: string;
  readonly targetIdentifier: string;
  /** Largest share of the requests of a TTL that come through one resolver. Above 0, to 1. */
  readonly resolverShareMax: number;
}

/** Exactly one of `ruleArn` and `listenerArn` (the listener's default rule). */
export interface AlbRouterSpec {
  readonly ruleArn?: string;
  readonly listenerArn?: string;
  readonly sourceTargetGroupArn: string;
}

/** What is known or expected of the source. */
export interface ExpectedTraffic {
  readonly requestsPerSecond: number;
  /** Range 0 to 1. */
  readonly errorRate: number;
  /** P99 over P50 of the latency: how long its tail is. 1 or more. */
  readonly latencySpread: number;
}

export interface BaselineSpec {
  readonly expected?: ExpectedTraffic;
  readonly windowMs: Milliseconds;
  /** Least share of the window's periods that must have data. Range 0 to 1. */
  readonly coverageMin: number;
}

export interface SmokeRequestSpec {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface SmokeSpec {
  readonly requests: readonly SmokeRequestSpec[];
}

/** Exactly one of them copies. */
export type ShadowSpec = ShadowSteps &
  (
    | {
        /** Control address of the tap that stands in front of the source. */
        readonly tap: string;
        readonly variant?: undefined;
      }
    | { readonly variant: ShadowVariantSpec; readonly tap?: undefined }
  );

/** The endpoint itself copies, to a shadow variant; only with `router.sagemaker`. */
export interface ShadowVariantSpec {
  /** Where Data Capture writes requests and answers of both variants: `s3://bucket/prefix`, no slash at the end. */
  readonly captureTo: string;
  /** Encrypts what is captured; undefined: the bucket's own way. */
  readonly kmsKeyId?: string;
  /** How long a captured line may take to appear. Windows end this long before now. */
  readonly lagMs: Milliseconds;
}

export interface ShadowSteps {
  readonly startPercent: number;
  readonly stepPercent: number;
  readonly maxPercent: number;
  readonly firstHoldMs: Milliseconds;
  readonly holdMs: Milliseconds;
  readonly equivalence: EquivalenceSpec;
  readonly copies?: CopySpec;
}

/** Which requests are copied, how their pairs are labelled, and what must not be stored of them. */
export interface CopySpec {
  /** Requests with the same value stay together; without it, requests with the same method, path and body do. */
  readonly sampleBy?: { readonly header: string };
  /** What labels a pair: a header, or a path into the JSON of the request, without `*`. */
  readonly segmentBy?: { readonly header: string } | { readonly path: string };
  /** Besides what is always taken out. Header names in any case; JSON paths of answers. */
  readonly redact?: { readonly headers: readonly string[]; readonly paths: readonly string[] };
  /** Share of the copied requests that go to the source a second time, to learn its own noise. */
  readonly noise?: {
    /** Range 0 to 100. */
    readonly percent: number;
    /** Requests that are safe to repeat. */
    readonly methods: readonly RepeatableMethod[];
  };
}

export type RepeatableMethod = 'GET' | 'HEAD' | 'POST';

export interface EquivalenceSpec {
  /** Numbers a (source) and b (target) are equal when |a - b| <= absolute + relative * |a|. */
  readonly relativeTolerance: number;
  readonly absoluteTolerance: number;
  /** Largest accepted share of compared pairs that differ. Range 0 to 1. */
  readonly mismatchRateMax: number;
  /** Paths that are not compared: `$.id`, `$.choices[*].created`. */
  readonly ignore?: readonly string[] | undefined;
  /** How other paths are compared; the first that fits. */
  readonly rules?: readonly EquivalenceRule[] | undefined;
}

/** `path`: `$.a["b c"][*].d`, where `*` is any one key or index. */
export type EquivalenceRule =
  | {
      readonly path: string;
      /** Other tolerances, for everything below. */
      readonly kind: 'number';
      readonly relativeTolerance?: number | undefined;
      readonly absoluteTolerance?: number | undefined;
    }
  | {
      readonly path: string;
      /** Texts that differ in case, spacing and form of accents are equal. */
      readonly kind: 'text';
    }
  | {
      readonly path: string;
      /** A label, or scores of which the highest must be the same one. */
      readonly kind: 'class';
    }
  | {
      readonly path: string;
      /** A list of which so large a share of the first k must be the same, in any order. */
      readonly kind: 'top';
      readonly k: number;
      /** Range 0 to 1. */
      readonly min: number;
      /** Key of the entries that says which is which. */
      readonly by?: string | undefined;
    }
  | {
      readonly path: string;
      /** A list whose order must agree: Kendall's tau. */
      readonly kind: 'ranking';
      /** Range -1 to 1. */
      readonly min: number;
      readonly by?: string | undefined;
    }
  | {
      readonly path: string;
      /** An embedding. */
      readonly kind: 'cosine';
      /** Range -1 to 1. */
      readonly min: number;
    };

/** How a quantile of the target's latency may compare with the source's. */
export interface LatencyLimits {
  /** `p50` to `p99.9`, as CloudWatch writes it. */
  readonly quantile: string;
  /** Largest accepted quantile of the target over the source's. */
  readonly ratioMax: number;
  /** The ratio that matters: a step passes once one so large is excluded. Above `ratioMax`. */
  readonly ratioDetect: number;
}

/** How one of the spec's own metrics may compare with the source's. */
export interface MetricLimits {
  /** Name of one of `source.metrics.queries`; its values are 0 or more. */
  readonly query: string;
  readonly better: 'lower' | 'higher';
  /** Largest accepted: how many times as bad as the source's the target's may be. */
  readonly ratioMax: number;
  /** The ratio that matters. Above `ratioMax`. */
  readonly ratioDetect: number;
}

/** Prices, all in one currency. */
export interface CostSpec {
  readonly source: {
    /** Of all that serves the workload today. */
    readonly perHour: number;
    readonly perRequest: number;
  };
  readonly target: {
    readonly perInstanceHour: number;
    /** Of what does not grow with the instances. */
    readonly perHour: number;
    readonly perRequest: number;
  };
  /** Largest accepted cost of a request on the target over one on the source, each with all of the traffic. */
  readonly ratioMax: number;
  /** How busy the target is: instances are projected to all of the traffic by it. undefined: as many as there are. */
  readonly load?: { readonly query: string; /** At which an instance is full. */ readonly full: number };
}

export interface GuardrailSpec {
  /** Judged where users are served: a tap does not know these metrics. */
  readonly metrics: readonly MetricLimits[];
  readonly cost?: CostSpec;
  /** Labels that are judged by themselves as well, where the tap or the metric source tells them apart. */
  readonly segments: readonly string[];
  /** At least one. */
  readonly latency: readonly LatencyLimits[];
  /** The SLA: largest accepted share of failed requests on the target, whatever the source does. Range 0 to 1. */
  readonly errorRateMax: number;
  /** How much above the source's error rate the target's may be. Range 0 to 1. */
  readonly errorRateMargin: number;
  /** The excess that matters: a step passes once one so large is excluded. Above `errorRateMargin`. */
  readonly errorRateDetect: number;
  /** The share of differing outputs that matters. Above `shadow.equivalence.mismatchRateMax`. Range 0 to 1. */
  readonly mismatchRateDetect: number;
  /** Largest accepted distance of the target's observed share from the wanted one. Unit: percentage points. */
  readonly splitTolerancePoints: number;
  /** How long after a shift the observed share may still be the old one. */
  readonly splitSettleMs: Milliseconds;
  /** Chance that all tests of the migration together roll back a target that is as good as allowed. Range 0 to 1. */
  readonly falseRollbackRate: number;
  /** How sure a step must be that no regression which matters is there. Range 0 to 1. */
  readonly passConfidence: number;
  /** Fewest requests on the target before a step passes. */
  readonly requestCountMin: number;
  /** Least share of a step's windows that must have data. Range 0 to 1. */
  readonly coverageMin: number;
  /** How often a step whose evidence is insufficient is extended by its own length before a person is asked. */
  readonly extendMax: number;
  /** How long a step waits for metrics that do not come before it goes one weight back and asks. */
  readonly blindHoldMs: Milliseconds;
}

export interface CutoverSpec {
  /** Rising percentages of traffic on the target, the last one 100. */
  readonly weights: readonly number[];
  readonly stabilizationMs: Milliseconds;
  readonly approvals: { readonly beforeFirst: boolean; readonly beforeEach: boolean };
}

export interface DecommissionSpec {
  readonly afterMs: Milliseconds;
  readonly standbyMs: Milliseconds;
  readonly approval: 'required' | 'not_required';
  /** Cost-allocation tags put on what we built when the migration completes. */
  readonly costTags: Readonly<Record<string, string>>;
}
