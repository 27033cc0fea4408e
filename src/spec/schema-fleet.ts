import { z } from 'zod';
import { count, name, requestPath, resourceId, wholeSeconds } from './scalars';
import { distinct } from './schema-source';
import { EVEN_IF_WRONG, isAbove, strict } from './strict';

/** EC2's limit before encoding. Unit: bytes. */
const USER_DATA_BYTES_MAX = 16_384;

export const NOT_CPU = 'must not be CPU: it says nothing about how busy a GPU is';

const scaleOn = strict({
  namespace: name,
  metric: name.refine((metric) => !/cpu/i.test(metric), `${NOT_CPU}; use a GPU or queue metric`),
  value: z.number().gt(0).describe('The average that the group holds by scaling.'),
});

/** Instances behind the load balancer, whatever they run. */
const fleet = {
  instanceType: z.string().regex(/^[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as g5.xlarge'),
  imageId: z
    .string()
    .regex(
      /^(ami-[0-9a-f]{8,17}|resolve:ssm:\S+)$/,
      'must be an image ID such as ami-0123456789abcdef0, or resolve:ssm:PARAMETER',
    ),
  subnetIds: distinct(resourceId('subnet')).min(1),
  securityGroupIds: distinct(resourceId('sg')).min(1),
  instanceProfile: name.optional().describe('Name or ARN of the instance profile.'),
  port: z.int().min(1).max(65_535).prefault(8080),
  healthPath: requestPath.prefault('/health'),
  min: count.prefault(2),
  desired: count.min(1).prefault(4),
  max: count.min(1).prefault(20),
  healthCheckGrace: wholeSeconds
    .optional()
    .describe('How long a new instance may take before it must be healthy. Default: 60s.'),
  healthCheckGraceSeconds: count.optional().describe('The same as a number of seconds.'),
  scaleOn: scaleOn.optional().describe('Target tracking on a metric that the workload publishes.'),
};

interface Sizes {
  readonly min?: unknown;
  readonly desired?: unknown;
  readonly max?: unknown;
  readonly healthCheckGrace?: unknown;
  readonly healthCheckGraceSeconds?: unknown;
}

function checkSizes(sizes: Sizes, context: z.RefinementCtx): void {
  if (isAbove(sizes.min, sizes.desired))
    context.addIssue({
      code: 'custom',
      path: ['min'],
      message: `must not be above desired (${Number(sizes.desired)})`,
    });
  if (isAbove(sizes.desired, sizes.max))
    context.addIssue({ code: 'custom', path: ['desired'], message: `must not be above max (${Number(sizes.max)})` });
  if (sizes.healthCheckGrace !== undefined && sizes.healthCheckGraceSeconds !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['healthCheckGraceSeconds'],
      message: 'is the same as healthCheckGrace: exactly one of them',
    });
  }
}

export const ec2 = strict({
  ...fleet,
  userData: z
    .string()
    .refine(
      (text) => new TextEncoder().encode(text).length <= USER_DATA_BYTES_MAX,
      `must not be longer than ${USER_DATA_BYTES_MAX} bytes`,
    )
    .optional()
    .describe('Plain text; encoded for you. It can be read by whoever may describe the launch template: no secrets.'),
}).superRefine(checkSizes, EVEN_IF_WRONG);

export const proxy = strict({
  ...fleet,
  // Both stand in a shell script at the instance's start.
  healthPath: z
    .string()
    .regex(/^\/[\w.~%/-]*$/, 'must be a path of letters, digits and . _ ~ % - that starts with /')
    .prefault('/health'),
  container: z
    .string()
    .regex(
      /^[\w.-]+(:\d+)?(\/[\w.-]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
      'must be a container image such as crossfade:0.1.0',
    )
    .describe('Image of Crossfade; imageId must bring Docker.'),
  concurrencyMax: z
    .int()
    .min(1)
    .max(10_000)
    .prefault(64)
    .describe('Requests that one proxy has under way at a time; more are told to come back.'),
}).superRefine(checkSizes, EVEN_IF_WRONG);
