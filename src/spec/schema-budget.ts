import { z } from 'zod';
import { topicArn } from './scalars';
import { EVEN_IF_WRONG, strict } from './strict';

/** AWS Budgets' own: alerts of a budget, and receivers of an alert. */
const ALERTS_MAX = 5;
const ADDRESSES_MAX = 10;

const alertPercents = z
  .array(z.number().gt(0).max(1_000))
  .min(1)
  .max(ALERTS_MAX)
  .superRefine((percents, context) => {
    for (const [index, percent] of percents.entries()) {
      const before = percents[index - 1];
      if (before !== undefined && percent <= before)
        context.addIssue({ code: 'custom', path: [index], message: `must be above the one before it (${before})` });
    }
  });

const receiver = strict({ sns: topicArn.optional(), email: z.email('must be an e-mail address').max(200).optional() })
  .superRefine(({ sns, email }, context) => {
    if ((sns === undefined) === (email === undefined)) context.addIssue('needs exactly one of sns and email');
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['sns'] }, { required: ['email'] }] });

export const budget = strict({
  monthlyUsd: z.number().min(0.01).max(1e9).describe('What the target may cost in a calendar month. Unit: USD.'),
  alertPercents: alertPercents
    .prefault([80, 100])
    .describe('Somebody is told when a month has cost more than this share of monthlyUsd. Unit: percent.'),
  notify: z
    .array(receiver)
    .min(1)
    .superRefine((receivers, context) => {
      if (receivers.filter(({ sns }) => sns !== undefined).length > 1)
        context.addIssue('must not be more than one topic: AWS Budgets takes one');
      if (receivers.filter(({ email }) => email !== undefined).length > ADDRESSES_MAX)
        context.addIssue(`must not be more than ${ADDRESSES_MAX} addresses`);
    })
    .describe('A topic must let budgets.amazonaws.com publish.'),
});
