/** Traffic that DNS divides, and the target behind it. */
import { z } from 'zod';
import { RECORD_TYPES } from '../domain/route';
import { baseUrl, requestPath } from './scalars';
import { EVEN_IF_WRONG, strict, supported } from './strict';

const NAME = /^(?=.{1,242}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.?$/i;
const identifier = z.string().min(1).max(128);

export const route53 = strict({
  hostedZoneId: z.string().regex(/^[A-Z0-9]{1,32}$/, 'must be the ID of a hosted zone such as Z0123456789ABCDEFGHIJ'),
  recordName: z
    .string()
    .regex(NAME, 'must be a host name such as ranker.example.com, without a wildcard')
    .describe('The name that users ask for. It has one weighted record each for source and target.'),
  recordType: supported(...RECORD_TYPES).prefault('A'),
  sourceIdentifier: identifier.describe('Set identifier of the record that leads to the source.'),
  targetIdentifier: identifier.describe('Set identifier of the record that leads to the target; its weight is 0.'),
  resolverShareMax: z
    .number()
    .gt(0)
    .max(1)
    .prefault(1)
    .describe(
      'Largest share of the requests that come through one resolver: the smaller, the sooner a split is proved.',
    ),
}).superRefine((router, context) => {
  if (router.sourceIdentifier !== undefined && router.sourceIdentifier === router.targetIdentifier)
    context.addIssue({
      code: 'custom',
      path: ['targetIdentifier'],
      message: 'must be another one than sourceIdentifier',
    });
}, EVEN_IF_WRONG);

export const existing = strict({
  endpoint: baseUrl.describe('Base URL at which the target answers by itself: not the name that users ask for.'),
  healthPath: requestPath.prefault('/health'),
});
