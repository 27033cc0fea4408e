import { z } from 'zod';
import {
  baseUrl,
  coverage,
  duration,
  endpointName,
  headers,
  loadBalancerArn,
  name,
  positiveDuration,
  rateLimit,
  requestPath,
  resourceId,
  targetGroupArn,
  wholeSeconds,
} from './scalars';
import { EVEN_IF_WRONG, NOT_SUPPORTED, strict } from './strict';

const STAT = /^(Sum|Average|Minimum|Maximum|SampleCount|p(\d{1,2}(\.\d{1,3})?|100))$/;
const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes'] as const;
const BIT_SIZES = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits'] as const;
const COUNTED = [...SIZES, ...BIT_SIZES, 'Count'] as const;
const UNITS = ['Seconds', 'Microseconds', 'Milliseconds', 'Percent', 'None', ...COUNTED] as const;

/** Each is read by a request of its own at every look, on each side. */
const PROMETHEUS_QUERIES_MAX = 20;
/** One request holds 500, of both sides and with the built-in ones. */
const CLOUDWATCH_QUERIES_MAX = 100;

const queryName = name.describe('Name in the baseline, in the ledger and for guardrails.');
const dimensions = z.record(name, z.string().min(1));

const cloudwatchQuery = strict({
  name: queryName,
  namespace: name,
  metricName: name,
  dimensions: dimensions.prefault({}).describe("The source's."),
  targetDimensions: dimensions.optional().describe("The target's; without it the metric is of the source alone."),
  stat: z
    .string()
    .regex(STAT, 'must be Sum, Average, Minimum, Maximum, SampleCount or a percentile such as p99')
    .describe('CloudWatch statistic.'),
  unit: z
    .enum([...UNITS, ...COUNTED.map((unit) => `${unit}/Second` as const)])
    .optional()
    .describe('Only datapoints that were published with this unit; of any when left out.'),
});

function ownQueries<Query extends z.ZodType<{ readonly name: string }>>(query: Query, countMax: number) {
  return z
    .array(query)
    .max(countMax)
    .superRefine((queries, context) =>
      refuseDuplicates(
        queries.map((each) => each.name),
        context,
        'name',
      ),
    )
    .prefault([])
    .describe('Metrics besides the built-in ones: in the baseline, and in every window.');
}

const balancedStack = strict({ loadBalancerArn, targetGroupArn });

const cloudwatch = {
  kind: z.literal('cloudwatch'),
  period: wholeSeconds
    .refine(isCloudWatchPeriod, 'must be 1s, 5s, 10s, 30s or a multiple of 60s')
    .prefault('60s')
    .describe('Length of one window; a load balancer publishes every 60s.'),
  lag: duration.prefault('3m').describe('How long a datapoint may take to appear; windows end this long before now.'),
  loadBalancers: strict({ source: balancedStack, target: balancedStack })
    .optional()
    .describe('Of each stack where DNS divides the traffic: one load balancer cannot count both.'),
  queries: ownQueries(cloudwatchQuery, CLOUDWATCH_QUERIES_MAX),
};

const expression = z.string().min(1).max(4_000);
const windowed = expression.regex(
  /\$window/,
  'must contain $window, which stands for the length of a window: sum(increase(x[$window]))',
);

const prometheusSide = strict({
  requests: windowed.describe('PromQL, one series (with segmentBy one a segment): requests in a window.'),
  errors: windowed.describe('PromQL, one series (with segmentBy one a segment): failed requests in a window.'),
  latency: windowed.describe(
    'PromQL for histogram_quantile, in seconds: classic buckets by le, or a native histogram.',
  ),
});

const prometheusQuery = strict({
  name: queryName,
  source: expression.describe('PromQL, one series; $window is the length of a window.'),
  target: expression.optional().describe('The same for the target; without it the metric is of the source alone.'),
});

const prometheus = {
  kind: z.literal('prometheus'),
  url: baseUrl.describe('Before /api/v1: Prometheus, Grafana Mimir, Grafana Cloud, Thanos.'),
  period: wholeSeconds.refine((seconds) => seconds > 0, 'must be longer than zero').prefault('60s'),
  lag: duration.prefault('1m').describe('How long a sample may take to appear; windows end this long before now.'),
  source: prometheusSide,
  target: prometheusSide,
  segmentBy: z
    .string()
    .regex(/^[a-zA-Z_]\w*$/, 'must be the name of a label')
    .refine((label) => label !== 'le', 'must not be le, which tells buckets apart')
    .optional()
    .describe('A label that the expressions keep, such as model: its values are segments.'),
  queries: ownQueries(prometheusQuery, PROMETHEUS_QUERIES_MAX),
};

const kindError: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'invalid_union' ? `${NOT_SUPPORTED}; it can do cloudwatch, prometheus` : undefined;

const standIn = z
  .discriminatedUnion('kind', [strict(cloudwatch), strict(prometheus)], { error: kindError })
  .optional()
  .describe('Other metrics, asked when these do not answer; both need the same period.');

const metrics = z.discriminatedUnion('kind', [strict({ ...cloudwatch, standIn }), strict({ ...prometheus, standIn })], {
  error: kindError,
});

/** CloudWatch's own rule for GetMetricData. */
function isCloudWatchPeriod(seconds: number): boolean {
  return [1, 5, 10, 30].includes(seconds) || (seconds > 0 && seconds % 60 === 0);
}

const owned = strict({
  autoScalingGroups: distinct(name).prefault([]),
  instances: distinct(resourceId('i')).prefault([]),
  endpoints: distinct(endpointName)
    .prefault([])
    .describe("With router.sagemaker: the endpoint, of which the source's variant is taken off at the end."),
});

export const source = strict(
  {
    endpoint: baseUrl.describe('Where the workload answers users today.'),
    host: z
      .string()
      .regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/, 'must be a host name, with or without a port')
      .optional()
      .describe("Host header of the workload's requests; the endpoint's own when left out."),
    metrics,
    owned: owned.prefault({}).describe('All that decommission may ever stop. Nothing else is touched.'),
  },
  { planned: ['aws'] },
);

export const baseline = strict({
  window: positiveDuration.prefault('7d').describe('Ends when the migration starts; a week holds the weekly pattern.'),
  coverageMin: coverage.prefault(0.9).describe("Least share of the window's periods that must have data."),
  expected: strict({
    requestsPerSecond: z.number().gt(0).max(10_000_000).describe('On average, over the quietest day.'),
    errorRate: rateLimit.prefault(0.001).describe("The source's share of failed requests."),
    latencySpread: z.number().min(1).max(10_000).prefault(4).describe('P99 over P50 of the latency.'),
  })
    .optional()
    .describe(
      'What is known before: crossfade plan then says how long each guardrail takes, and refuses what cannot be.',
    ),
});

const smokeRequest = strict({
  method: z.enum(['GET', 'POST', 'PUT']).prefault('GET'),
  path: requestPath,
  headers: headers.prefault({}),
  body: z.unknown().optional().describe('Sent as JSON.'),
}).superRefine((request, context) => {
  if (request.method === 'GET' && request.body !== undefined)
    context.addIssue({ code: 'custom', path: ['body'], message: 'a GET has no body' });
}, EVEN_IF_WRONG);

export const smoke = strict({
  requests: z
    .array(smokeRequest)
    .max(100)
    .prefault([])
    .describe('Sent to both sides before any traffic; their answers must agree.'),
});

export function distinct<Item extends z.ZodType<string>>(item: Item): z.ZodArray<Item> {
  return z
    .array(item)
    .max(100)
    .superRefine((values, context) => refuseDuplicates(values, context));
}

/** @param key where the value stands in an element; undefined when it is the element. */
export function refuseDuplicates(values: readonly unknown[], context: z.RefinementCtx, key?: string): void {
  for (const [index, value] of values.entries()) {
    const first = values.indexOf(value);
    if (first === index || typeof value !== 'string') continue;
    context.addIssue({
      code: 'custom',
      path: key === undefined ? [index] : [index, key],
      message: `is there twice (first at [${first}])`,
    });
  }
}
