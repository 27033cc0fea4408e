/** Faults that the gateway injects, one rule at a time, for tests and for people who want to see what the product does. */
import { z } from 'zod';
import { AwsError } from './answer';
import type { AwsRequest } from './request';

const effectSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('throttle') }),
  z.strictObject({ kind: z.literal('error_before') }),
  z.strictObject({ kind: z.literal('error_after') }),
  z.strictObject({ kind: z.literal('slow'), ms: z.number().int().min(1).max(600_000) }),
  z.strictObject({ kind: z.literal('cut_reply') }),
  z.strictObject({ kind: z.literal('stale_read') }),
  z.strictObject({ kind: z.literal('deny') }),
  /** GetMetricData only: `error` answers 500, `partial` and `internal_error` come as a result's StatusCode, `empty` has no data points. */
  z.strictObject({
    kind: z.literal('outage'),
    as: z.enum(['error', 'partial', 'internal_error', 'empty']).default('error'),
  }),
]);

export const faultRuleSchema = z.strictObject({
  /** SigV4 signing name: `elasticloadbalancing`, `monitoring`, `s3`, `autoscaling`, `ec2`, … */
  service: z.string().optional(),
  operation: z.string().optional(),
  /** Part of the URL or of the body (S3: the URL only). */
  contains: z.string().optional(),
  effect: effectSchema,
  /** How many requests it hits; without it, all until cleared. */
  times: z.number().int().min(1).optional(),
  /** Epoch milliseconds after which it is over. */
  until: z.number().optional(),
});

export type FaultRule = z.input<typeof faultRuleSchema>;
type ActiveRule = z.output<typeof faultRuleSchema> & { hits: number };
export type FaultEffect = ActiveRule['effect'];

export class FaultRules {
  private rules: ActiveRule[] = [];

  add(rule: unknown): void {
    this.rules.push({ ...faultRuleSchema.parse(rule), hits: 0 });
  }

  clear(): void {
    this.rules = [];
  }

  list(): readonly ActiveRule[] {
    return this.rules;
  }

  /** The effect of the first rule that matches, which this uses up once. */
  take(request: AwsRequest, nowMs: number): FaultEffect | undefined {
    const rule = this.rules.find((candidate) => matches(candidate, request, nowMs));
    if (rule === undefined) return undefined;
    rule.hits += 1;
    return rule.effect;
  }
}

function matches(rule: ActiveRule, request: AwsRequest, nowMs: number): boolean {
  if (rule.times !== undefined && rule.hits >= rule.times) return false;
  if (rule.until !== undefined && nowMs > rule.until) return false;
  if (rule.service !== undefined && rule.service !== request.service) return false;
  if (rule.operation !== undefined && rule.operation !== request.operation) return false;
  if (rule.effect.kind === 'outage' && request.service !== 'monitoring') return false;
  if (rule.contains === undefined) return true;
  return (
    decodeURIComponentSafe(request.url).includes(rule.contains) ||
    decodeURIComponentSafe(request.body?.toString('utf8') ?? '').includes(rule.contains)
  );
}

function decodeURIComponentSafe(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch {
    return text;
  }
}

export function throttleError(request: AwsRequest): AwsError {
  if (request.protocol === 's3') return new AwsError('SlowDown', 'Please reduce your request rate.', 503);
  if (request.protocol === 'ec2') return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503);
  return new AwsError('Throttling', 'Rate exceeded');
}

export function internalError(request: AwsRequest): AwsError {
  if (request.protocol === 's3')
    return new AwsError('InternalError', 'We encountered an internal error. Please try again.', 500);
  if (request.service === 'monitoring')
    return new AwsError('InternalServiceError', 'The request processing has failed because of an unknown error.', 500);
  return new AwsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
    500,
  );
}

const PRINCIPAL = 'arn:aws:sts::123456789012:assumed-role/crossfade/worker';

/** A denial in AWS's words, naming action and resource. */
export function denial(request: AwsRequest): AwsError {
  const prefix = { monitoring: 'cloudwatch' }[request.service] ?? request.service;
  const action = `${prefix}:${request.operation === 'ListObjectsV2' ? 'ListBucket' : request.operation}`;
  const text = `User: ${PRINCIPAL} is not authorized to perform: ${action} on resource: ${resourceOf(request)} because no identity-based policy allows the ${action} action`;
  if (request.protocol === 'ec2')
    return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${text}`, 403);
  return new AwsError('AccessDenied', text, request.protocol === 'json' || request.protocol === 'cbor' ? 400 : 403);
}

function resourceOf(request: AwsRequest): string {
  if (request.protocol === 's3')
    return `"arn:aws:s3:::${decodeURIComponentSafe(request.url.split('?')[0] ?? '').slice(1)}"`;
  const text = decodeURIComponentSafe(request.body?.toString('utf8') ?? '');
  const arn = /arn:aws:[^&"\s,]+/.exec(text)?.[0];
  const name = /(?:AutoScalingGroupName|Name)=([^&]+)/.exec(text)?.[1];
  return arn ?? (name === undefined ? '*' : `arn:aws:${request.service}:${request.region}:123456789012:*/${name}`);
}
