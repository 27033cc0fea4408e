import { z } from 'zod';
import { distinct, refuseDuplicates } from './schema-source';
import {
  count,
  listenerArn,
  name,
  requestPath,
  resourceId,
  ruleArn,
  s3Url,
  targetGroupArn,
  wholeSeconds,
} from './scalars';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, isAbove, strict, supported } from './strict';

/** EC2's limit before encoding. Unit: bytes. */
const USER_DATA_BYTES_MAX = 16_384;
/** S3's own minimum for the move to Infrequent Access. */
const INFREQUENT_ACCESS_DAYS_MIN = 30;

const scaleOn = strict({
  namespace: name,
  metric: name.refine(
    (metric) => !/cpu/i.test(metric),
    'must not be CPU: it says nothing about how busy a GPU is; use a GPU or queue metric',
  ),
  value: z.number().gt(0).describe('The average that the group holds by scaling.'),
});

const ec2 = strict({
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
  userData: z
    .string()
    .refine(
      (text) => new TextEncoder().encode(text).length <= USER_DATA_BYTES_MAX,
      `must not be longer than ${USER_DATA_BYTES_MAX} bytes`,
    )
    .optional()
    .describe('Plain text; encoded for you. It can be read by whoever may describe the launch template: no secrets.'),
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
}).superRefine((target, context) => {
  if (isAbove(target.min, target.desired))
    context.addIssue({ code: 'custom', path: ['min'], message: `must not be above desired (${target.desired})` });
  if (isAbove(target.desired, target.max))
    context.addIssue({ code: 'custom', path: ['desired'], message: `must not be above max (${target.max})` });
  if (target.healthCheckGrace !== undefined && target.healthCheckGraceSeconds !== undefined) {
    context.addIssue({
      code: 'custom',
      path: ['healthCheckGraceSeconds'],
      message: 'is the same as healthCheckGrace: exactly one of them',
    });
  }
}, EVEN_IF_WRONG);

export const target = strict({ ec2 }, { planned: ['sagemaker'] });

const alb = strict({
  ruleArn: ruleArn.optional().describe("The rule that carries production's traffic."),
  listenerArn: listenerArn.optional().describe('The listener whose default rule carries it.'),
  sourceTargetGroupArn: targetGroupArn.describe('The target group that answers today.'),
})
  .superRefine((router, context) => {
    if ((router.ruleArn === undefined) === (router.listenerArn === undefined))
      context.addIssue('needs exactly one of ruleArn and listenerArn');
  }, EVEN_IF_WRONG)
  .meta({ oneOf: [{ required: ['ruleArn'] }, { required: ['listenerArn'] }] });

export const router = strict({ alb }, { planned: ['sagemaker', 'route53'] });

const dataSet = strict(
  {
    name,
    from: s3Url,
    to: s3Url.describe('Its bucket is created: private, encrypted, with lifecycle.'),
    method: supported('auto', 'sdk').prefault('auto'),
    kmsKeyId: name.optional().describe("Key ID, alias or ARN; the account's own S3 key when left out."),
    infrequentAccessAfterDays: z.int().min(INFREQUENT_ACCESS_DAYS_MIN).max(3_650).prefault(INFREQUENT_ACCESS_DAYS_MIN),
  },
  { planned: ['lifecycle'] },
);

export const data = z
  .array(dataSet)
  .max(100)
  .superRefine(
    (dataSets, context) =>
      refuseDuplicates(
        dataSets.map((one) => one?.name),
        context,
        'name',
      ),
    EVEN_IF_WRONG_LIST,
  );
