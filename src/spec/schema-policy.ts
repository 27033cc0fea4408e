import { z } from 'zod';
import { tryParsePattern } from '../domain/json-path';
import {
  baseUrl,
  count,
  coverage,
  duration,
  HEADER_NAME,
  httpUrl,
  positiveDuration,
  rateLimit,
  topicArn,
  wholePercent,
} from './scalars';
import { EVEN_IF_WRONG, isAbove, NOT_SUPPORTED, strict } from './strict';

/**
 * Why 1e-4: float32 rounds each operation by 6e-8 of its value, so a sum of 1,700 terms whose errors all point the
 * same way is off by 1e-4; real sums stay far below. Results of TF32 or bf16 need about 1.6e-2: the operator's choice.
 */
const RELATIVE_TOLERANCE = 1e-4;
/** For values near zero, where a difference of two large terms leaves float32's rounding and nothing else. */
const ABSOLUTE_TOLERANCE = 1e-6;

/** `*` is any one key or index. */
const pathPattern = z
  .string()
  .refine((text) => tryParsePattern(text) !== undefined, 'must be a path such as $.choices[*].text');
const correlation = z.number().min(-1).max(1);
const by = z.string().min(1).optional().describe('Key of the entries that says which is which.');

const rule = z.discriminatedUnion('kind', [
  strict({
    path: pathPattern,
    kind: z.literal('number'),
    relativeTolerance: rateLimit.optional(),
    absoluteTolerance: z.number().min(0).optional(),
  }),
  strict({ path: pathPattern, kind: z.literal('text') }),
  strict({ path: pathPattern, kind: z.literal('class') }),
  strict({ path: pathPattern, kind: z.literal('top'), k: count.min(1), min: z.number().gt(0).max(1).prefault(1), by }),
  strict({ path: pathPattern, kind: z.literal('ranking'), min: correlation.prefault(0.9), by }),
  strict({ path: pathPattern, kind: z.literal('cosine'), min: correlation.prefault(0.999) }),
]);

export const equivalence = strict({
  relativeTolerance: rateLimit
    .prefault(RELATIVE_TOLERANCE)
    .describe('Numbers are equal within absolute + relative * |source|. Fits float32.'),
  absoluteTolerance: z.number().min(0).prefault(ABSOLUTE_TOLERANCE),
  mismatchRateMax: rateLimit.prefault(0.001).describe('Largest accepted share of compared pairs that differ.'),
  ignore: z.array(pathPattern).max(100).optional().describe('Paths that are not compared: $.id, $.choices[*].created.'),
  rules: z
    .array(rule)
    .max(100)
    .optional()
    .describe('How other paths are compared; the first that fits. number, text, class, top, ranking, cosine.'),
});

const header = z.string().regex(HEADER_NAME, 'must be a header name').max(100);
const onePlace = pathPattern.refine((text) => tryParsePattern(text)?.includes(null) !== true, 'must not hold a *');

export const shadow = strict({
  tap: baseUrl.describe('Control address of the tap that stands in front of the source.'),
  startPercent: wholePercent.prefault(5),
  stepPercent: wholePercent.prefault(10),
  maxPercent: wholePercent.prefault(50),
  firstHold: positiveDuration.prefault('48h'),
  hold: positiveDuration.prefault('24h'),
  equivalence: equivalence.prefault({}),
  sampleBy: strict({ header })
    .optional()
    .describe('Header whose value decides whether a request is copied: a conversation stays together.'),
  segmentBy: z
    .union([strict({ header }), strict({ path: onePlace })], 'must hold either header or path')
    .optional()
    .describe('What labels a pair: a header, or a path into the JSON of the request.'),
  redact: strict({ headers: z.array(header).max(100).prefault([]), paths: z.array(pathPattern).max(100).prefault([]) })
    .optional()
    .describe('What is not stored of requests and answers. Credentials never are.'),
  noisePercent: z
    .number()
    .min(0)
    .max(100)
    .prefault(0)
    .describe('Share of the copied requests that go to the source a second time, to learn its own noise.'),
  noiseMethods: z
    .array(z.enum(['GET', 'HEAD', 'POST']))
    .min(1)
    .prefault(['GET', 'HEAD'])
    .describe('Requests that are safe to send twice. POST only where it changes nothing.'),
}).superRefine((value, context) => {
  if (isAbove(value.startPercent, value.maxPercent)) {
    context.addIssue({
      code: 'custom',
      path: ['startPercent'],
      message: `must not be above maxPercent (${value.maxPercent})`,
    });
  }
}, EVEN_IF_WRONG);

const ratio = z.number().gt(0).max(100);
const latency = strict({
  quantile: z
    .string()
    .regex(/^p([1-9]\d?)(\.\d{1,2})?$/, 'must be a quantile such as p50, p99 or p99.9')
    .prefault('p99'),
  ratioMax: ratio.prefault(1.1).describe("Largest accepted quantile of the target over the source's."),
  ratioDetect: ratio.prefault(1.25).describe('The ratio that matters: a step passes once one so large is excluded.'),
});
const openShare = z.number().gt(0).lt(1);

export const guardrails = strict(
  {
    latency: z
      .array(latency)
      .min(1)
      .max(5)
      .superRefine((limits, context) => {
        for (const [index, { quantile }] of limits.entries()) {
          if (limits.findIndex((other) => other.quantile === quantile) < index)
            context.addIssue({ code: 'custom', path: [index, 'quantile'], message: `is there twice (${quantile})` });
        }
      })
      .prefault([{}])
      .describe("How much slower than the source's, at the same time, the target's latency may be."),
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
  { planned: ['cost'], foreign: `${NOT_SUPPORTED}: a guardrail that cannot be evaluated would guard nothing` },
);

const weights = z
  .array(wholePercent)
  .min(1)
  .superRefine((percents, context) => {
    for (const [index, percent] of percents.entries()) {
      const before = percents[index - 1];
      if (before !== undefined && percent <= before) {
        context.addIssue({ code: 'custom', path: [index], message: `must be above the one before it (${before})` });
      }
    }
    if (percents.at(-1) !== 100) context.addIssue('must end at 100');
  });

export const cutover = strict({
  weights: weights.prefault([10, 25, 50, 75, 100]).describe("The target's share, step by step. Unit: percent."),
  stabilization: positiveDuration.prefault('24h').describe('How long each weight is watched.'),
  approvals: strict({ beforeFirst: z.boolean().prefault(true), beforeEach: z.boolean().prefault(false) }).prefault({}),
});

const costTags = z
  .record(
    z
      .string()
      .min(1)
      .max(128)
      .regex(/^(?!aws:|crossfade:)/i, 'must not start with aws: or crossfade:'),
    z.string().max(256),
  )
  .refine((tags) => Object.keys(tags).length <= 40, 'must not be more than 40 tags');

export const decommission = strict({
  after: positiveDuration
    .prefault('72h')
    .describe('How long everything runs on the target before the source goes to standby.'),
  standby: positiveDuration.prefault('7d').describe('How long the source is kept, without traffic, for a rollback.'),
  approval: z.enum(['required', 'not_required']).prefault('required'),
  costTags: costTags.prefault({}).describe('Put on what was built when the migration completes.'),
});

export const notify = z
  .array(
    strict({ sns: topicArn.optional(), webhook: httpUrl.optional() })
      .superRefine((to, context) => {
        if ((to.sns === undefined) === (to.webhook === undefined))
          context.addIssue('needs exactly one of sns and webhook');
      }, EVEN_IF_WRONG)
      .meta({ minProperties: 1, maxProperties: 1 }),
  )
  .max(20);
