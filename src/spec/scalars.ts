import { z } from 'zod';
import { parseDuration } from '../domain/quantity';
import type { Milliseconds } from '../domain/quantity';
import { parseS3Url } from '../domain/resources';
import { NOT_SUPPORTED } from './strict';

const DURATION = /^\d+(\.\d+)?(ms|s|m|h|d)$/;
const NOT_A_DURATION = 'must be a duration such as 500ms, 20s, 15m, 48h or 7d';
const DURATION_MAX = parseDuration('366d') as Milliseconds;

const durationText = z
  .string({ error: (issue) => (issue.input === undefined ? undefined : NOT_A_DURATION) })
  .regex(DURATION, { error: NOT_A_DURATION, abort: true })
  .refine((text) => msOf(text) <= DURATION_MAX, 'must not be longer than a year');

/** `0s` is allowed. */
export const duration = durationText.transform(msOf);
/** Where a hold of zero would switch a safeguard off. */
export const positiveDuration = durationText
  .refine((text) => msOf(text) > 0, 'must be longer than zero')
  .transform(msOf);
export const wholeSeconds = durationText
  .refine((text) => msOf(text) % 1_000 === 0, 'must be whole seconds')
  .transform((text) => msOf(text) / 1_000);

export function msOf(text: string): Milliseconds {
  return parseDuration(text) ?? (0 as Milliseconds);
}

export const region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-west-1');
export const name = z.string().min(1).max(128);
export const count = z.int().min(0).max(1_000_000);
/** 0 would accept no evidence at all. */
export const coverage = z.number().gt(0).max(1);
/** A limit of 1 could never be passed, so it would be no limit. */
export const rateLimit = z.number().min(0).lt(1);
export const wholePercent = z.int().min(1).max(100);

/** An absolute http or https URL. */
export const httpUrl = z.string().superRefine((text, context) => {
  const problem = httpUrlProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

const REFERENCE =
  /^(env:CROSSFADE_NOTIFY_[A-Z0-9_]+|arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+)$/;
const A_REFERENCE = 'env:CROSSFADE_NOTIFY_… or the ARN of a secret in Secrets Manager';

/** Where the worker finds a secret; never the secret. */
export const secretReference = z.string().regex(REFERENCE, `must be ${A_REFERENCE}`);

/** An address, or where the worker finds it. */
export const addressOrReference = z.string().superRefine((text, context) => {
  if (REFERENCE.test(text)) return;
  const problem = httpUrlProblem(text);
  if (problem !== undefined) context.addIssue(`${problem}, or ${A_REFERENCE}`);
});

/** An address to which paths are appended: without query or fragment. */
export const baseUrl = httpUrl.refine((text) => !/[?#]/.test(text), 'must not have a query or a fragment');

function httpUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be a URL such as http://host:8080';
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https URL';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  return undefined;
}

export const requestPath = z.string().regex(/^\/\S*$/, 'must be a path that starts with /');
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
export const headers = z.record(z.string().regex(HEADER_NAME, 'must be a header name'), z.string());

export const s3Url = z.string().superRefine((text, context) => {
  const problem = s3UrlProblem(text);
  if (problem !== undefined) context.addIssue(problem);
});

export function s3UrlProblem(text: string): string | undefined {
  if (parseS3Url(text) !== undefined) return undefined;
  const other = /^(nfs|smb|hdfs|gs|azure|file):\/\//.exec(text)?.[0];
  return other === undefined
    ? 'must be s3://bucket or s3://bucket/prefix'
    : `${other} ${NOT_SUPPORTED}; it can do s3://`;
}

/** Resource IDs as EC2 writes them: `i-`, `subnet-`, `sg-` and eight or more hexadecimal digits. */
export function resourceId(prefix: string): z.ZodString {
  return z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-f]{8,17}$`), `must be an ID such as ${prefix}-0123456789abcdef0`);
}

export const kmsKey = z
  .string()
  .regex(
    /^(arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)\/[\w/-]+|alias\/[\w/-]+|(mrk-)?[0-9a-f-]{32,36})$/,
    "must be a KMS key's ID, alias or ARN",
  );

/** SageMaker's own rule. */
export const endpointName = z
  .string()
  .regex(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/, 'must be the name of a SageMaker endpoint');

/** @param tail a pattern of what stands after the account. */
export function arn(service: string, tail: string, example: string): z.ZodString {
  return z
    .string()
    .regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:${tail}$`), `must be the ARN of ${example}`);
}

const ELB_ARN = 'arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:';

function elbArn(tail: string, example: string): z.ZodString {
  return z.string().regex(new RegExp(`^${ELB_ARN}${tail}$`), `must be the ARN of ${example}`);
}

export const ruleArn = elbArn(
  'listener-rule/app/[^/]+/[^/]+/[^/]+/[^/]+',
  "an Application Load Balancer's listener rule",
);
export const listenerArn = elbArn('listener/app/[^/]+/[^/]+/[^/]+', "an Application Load Balancer's listener");
export const loadBalancerArn = elbArn('loadbalancer/app/[^/]+/[^/]+', 'an Application Load Balancer');
export const targetGroupArn = elbArn('targetgroup/[^/]+/[^/]+', 'a target group');
export const topicArn = z
  .string()
  .regex(/^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/, 'must be the ARN of an SNS topic');
