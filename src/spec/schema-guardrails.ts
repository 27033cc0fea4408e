import { z } from 'zod';
import { SEGMENTS_MAX } from '../domain/judge-state';
import { count, coverage, duration, name, positiveDuration, rateLimit } from './scalars';
import { refuseDuplicates } from './schema-source';
import { NOT_SUPPORTED, strict } from './strict';

const ratio = z.number().gt(0).max(100);
const ratios = {
  ratioMax: ratio.prefault(1.1).describe("Largest accepted value of the target over the source's."),
  ratioDetect: ratio.prefault(1.25).describe('The ratio that matters: a step passes once one so large is excluded.'),
};

const latency = strict({
  quantile: z
    .string()
    .regex(/^p([1-9]\d?)(\.\d{1,2})?$/, 'must be a quantile such as p50, p99 or p99.9')
    .prefault('p99'),
  ...ratios,
});

const metric = strict({
  query: name.describe('Name of one of source.metrics.queries, which the target has too.'),
  better: z.enum(['lower', 'higher']).describe('Which way is good.'),
  ...ratios,
});

const price = z.number().min(0).max(1e9);
const cost = strict({
  source: strict({
    perHour: price.prefault(0).describe('All that serves the workload today.'),
    perRequest: price.prefault(0),
  }).describe('Prices of one currency, of both sides the same.'),
  target: strict({
    perInstanceHour: price.prefault(0),
    perHour: price.prefault(0).describe('What does not grow with the instances: load balancer, storage.'),
    perRequest: price.prefault(0).describe('Transfer between zones, calls.'),
  }),
  ratioMax: ratio
    .prefault(1)
    .describe('Largest accepted cost of a request on the target over one on the source, each with all of the traffic.'),
  load: strict({
    query: name.describe("Name of one of source.metrics.queries: how busy the target's instances are on average."),
    full: z.number().gt(0).describe('Its value at which an instance is full.'),
  })
    .optional()
    .describe('Projects the number of instances to all of the traffic; without it, as many as there are.'),
});

const openShare = z.number().gt(0).lt(1);

export const guardrails = strict(
  {
    latency: z
      .array(latency)
      .min(1)
      .max(5)
      .superRefine((limits, context) =>
        refuseDuplicates(
          limits.map(({ quantile }) => quantile),
          context,
          'quantile',
        ),
      )
      .prefault([{}])
      .describe("How much slower than the source's, at the same time, the target's latency may be."),
    metrics: z
      .array(metric)
      .max(5)
      .superRefine((limits, context) =>
        refuseDuplicates(
          limits.map(({ query }) => query),
          context,
          'query',
        ),
      )
      .prefault([])
      .describe("How much worse than the source's, at the same time, the target's own metrics may be."),
    cost: cost.optional().describe('What a request may cost. Holds a step and asks; never rolls back.'),
    segments: z
      .array(z.string().min(1).max(100))
      .max(SEGMENTS_MAX)
      .superRefine((labels, context) => refuseDuplicates(labels, context))
      .prefault([])
      .describe(
        'Labels (models, tenants) that must not be bad either, where shadow.segmentBy or source.metrics.segmentBy tells them apart.',
      ),
    errorRateMax: rateLimit
      .prefault(0.01)
      .describe('The SLA: largest accepted share of failed requests on the target, whatever the source does.'),
    errorRateMargin: rateLimit
      .prefault(0.001)
      .describe("How much above the source's error rate the target's may be; 0.001 is 0.1 percentage points."),
    errorRateDetect: rateLimit
      .prefault(0.005)
      .describe('The excess that matters: a step passes once one so large is excluded.'),
    mismatchRateDetect: rateLimit
      .prefault(0.005)
      .describe('The share of differing outputs that matters: a shadow step passes once one so large is excluded.'),
    falseRollbackRate: openShare
      .prefault(0.01)
      .describe(
        'Chance that all tests of the migration together roll back a target that is as good as allowed, however often anybody looks.',
      ),
    passConfidence: openShare
      .prefault(0.95)
      .describe('How sure a step must be that no regression which matters is there.'),
    splitTolerancePoints: z
      .number()
      .gt(0)
      .lt(100)
      .prefault(5)
      .describe('Percentage points between wanted and observed share.'),
    splitSettle: duration
      .prefault('60s')
      .describe(
        'How long after a shift the observed share may still be the old one: the load balancer follows, and requests from before it end.',
      ),
    requestCountMin: count
      .min(1)
      .prefault(1_000)
      .describe('Fewest requests on the target before a step passes: 10 errors at the default limit.'),
    coverageMin: coverage.prefault(0.95).describe("Least share of a step's windows that must have data."),
    extendMax: count
      .max(100)
      .prefault(2)
      .describe('How often a step with too little evidence is extended before a person is asked.'),
    blindHold: positiveDuration
      .prefault('2h')
      .describe('How long a step waits for metrics before it goes one weight back and asks.'),
  },
  { foreign: `${NOT_SUPPORTED}: a guardrail that cannot be evaluated would guard nothing` },
);
