import { z } from 'zod';
import { tryParsePattern } from '../domain/json-path';
import {
  addressOrReference,
  baseUrl,
  count,
  HEADER_NAME,
  positiveDuration,
  rateLimit,
  secretReference,
  topicArn,
  wholePercent,
} from './scalars';
import { shadowVariant } from './schema-shadow-variant';
import { EVEN_IF_WRONG, isAbove, strict } from './strict';

/**
 * float32 rounds each operation by 6e-8 of its value, so a sum of 1,700 terms whose errors all point the same way is off by
 * 1e-4; real sums stay far below. bf16 keeps 8 bits of the value: PyTorch's own comparison of it allows 1.6e-2
 * (torch.testing.assert_close).
 */
export const RELATIVE_TOLERANCE = { float32: 1e-4, bf16: 1.6e-2 } as const;
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
  precision: z
    .enum(['float32', 'bf16'])
    .prefault('float32')
    .describe('The coarser of both sides; TF32 counts as bf16. Gives relativeTolerance: 0.0001 or 0.016.'),
  relativeTolerance: rateLimit
    .optional()
    .describe('Numbers are equal within absolute + relative * |source|; from precision when left out.'),
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
  tap: baseUrl.optional().describe('Control address of the tap that stands in front of the source.'),
  variant: shadowVariant.optional().describe('The endpoint of router.sagemaker copies by itself; in place of tap.'),
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
})
  .superRefine((value, context) => {
    if ((value.tap === undefined) === (value.variant === undefined))
      context.addIssue('needs exactly one of tap and variant');
    if (isAbove(value.startPercent, value.maxPercent)) {
      context.addIssue({
        code: 'custom',
        path: ['startPercent'],
        message: `must not be above maxPercent (${value.maxPercent})`,
      });
    }
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['tap'] }, { required: ['variant'] }] });

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
    strict({
      sns: topicArn.optional(),
      slack: addressOrReference
        .optional()
        .describe(
          'Incoming webhook of Slack or of a chat that takes its messages; or env:CROSSFADE_NOTIFY_…, or a secret.',
        ),
      webhook: addressOrReference
        .optional()
        .describe('Gets a POST of JSON; an address, env:CROSSFADE_NOTIFY_…, or the ARN of a secret that holds it.'),
      signWith: secretReference
        .optional()
        .describe('With webhook: where the worker finds the key for x-crossfade-signature. Never the key.'),
    })
      .superRefine((to, context) => {
        const receivers = [to.sns, to.slack, to.webhook].filter((receiver) => receiver !== undefined);
        if (receivers.length !== 1) context.addIssue('needs exactly one of sns, slack and webhook');
        if (to.signWith !== undefined && to.webhook === undefined)
          context.addIssue({ code: 'custom', path: ['signWith'], message: 'signs a webhook: there is none here' });
      }, EVEN_IF_WRONG)
      .meta({ minProperties: 1, maxProperties: 2 }),
  )
  .max(20);
