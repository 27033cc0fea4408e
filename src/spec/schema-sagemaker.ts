import { z } from 'zod';
import { INFERENCE_AMIS } from '../domain/accelerators';
import { kmsKey, resourceId, s3Url, wholePercent, wholeSeconds } from './scalars';
import { NOT_CPU, proxy } from './schema-fleet';
import { distinct } from './schema-source';
import { EVEN_IF_WRONG, isAbove, strict } from './strict';

/** SageMaker's own limits. */
const STARTUP_SECONDS = { min: 60, max: 3_600 };
const INSTANCES_MAX = 1_000;
const ENVIRONMENT = { countMax: 100, lengthMax: 1_024 };
/** GPUUtilization adds up the GPUs of an instance, of which the largest have eight. Unit: percent. */
const GPU_PERCENT_MAX = 800;

const instances = z.int().min(1).max(INSTANCES_MAX);

const ecrImage = z
  .string()
  .regex(
    /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[a-z0-9._/-]+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
    'must be an image in ECR such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1',
  );

const roleArn = z.string().regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/, 'must be the ARN of an IAM role');

/** YAML makes the number 2.1 of an unquoted 2.10. */
function version(example: string): z.ZodString {
  const words = `must be text such as '${example}', with the quotes`;
  return z
    .string({ error: (issue) => (issue.input === undefined ? undefined : words) })
    .regex(/^\d+\.\d+(\.\d+)?$/, words);
}

const framework = strict({
  cuda: version('12.4').optional().describe('CUDA toolkit that the image is built on.'),
  pytorch: version('2.5').optional(),
  cudaCompat: z
    .boolean()
    .prefault(false)
    .describe("The image has NVIDIA's compatibility package (cuda-compat) and loads it: an older driver will do."),
});

const scaling = strict({
  min: instances,
  max: instances,
  on: z.enum(['invocations', 'gpu'], {
    error: (issue) =>
      typeof issue.input === 'string' && /cpu/i.test(issue.input) ? `${NOT_CPU}; use gpu or invocations` : undefined,
  }),
  value: z
    .number()
    .gt(0)
    .describe('invocations: a minute and instance; gpu: percent, added up over the GPUs of an instance.'),
}).superRefine(({ min, max, on, value }, context) => {
  if (isAbove(min, max)) context.addIssue({ code: 'custom', path: ['min'], message: `must not be above max (${max})` });
  if (on === 'gpu' && isAbove(value, GPU_PERCENT_MAX))
    context.addIssue({ code: 'custom', path: ['value'], message: `must be at most ${GPU_PERCENT_MAX} percent` });
}, EVEN_IF_WRONG);

export const sagemaker = strict({
  image: ecrImage,
  modelData: s3Url
    .refine((url) => url.endsWith('.tar.gz'), 'must end with .tar.gz')
    .optional()
    .describe('The model; left out where the image holds it.'),
  environment: z
    .record(z.string().regex(/^[a-zA-Z_]\w*$/, 'must be the name of a variable'), z.string().max(ENVIRONMENT.lengthMax))
    .refine(
      (variables) => Object.keys(variables).length <= ENVIRONMENT.countMax,
      `must not have more than ${ENVIRONMENT.countMax} variables`,
    )
    .prefault({})
    .describe('Whoever may describe the model can read it: no secrets.'),
  executionRoleArn: roleArn,
  instanceType: z.string().regex(/^ml\.[a-z0-9-]+\.[a-z0-9-]+$/, 'must be an instance type such as ml.g5.xlarge'),
  instanceCount: instances.prefault(2),
  framework: framework.optional().describe('What the image is built on: checked against GPU and driver.'),
  inferenceAmiVersion: z
    .enum(Object.keys(INFERENCE_AMIS) as [string, ...string[]])
    .optional()
    .describe("The hosts' image, which brings the driver; SageMaker's default for the type when left out."),
  scaling: scaling.optional(),
  networkIsolation: z.boolean().prefault(false).describe('The container reaches nothing, S3 neither.'),
  vpc: strict({
    subnetIds: distinct(resourceId('subnet')).min(1).max(16),
    securityGroupIds: distinct(resourceId('sg')).min(1).max(5),
  })
    .optional()
    .describe("Where the containers' network interfaces are; SageMaker's own network when left out."),
  kmsKeyId: kmsKey.optional().describe("Encrypts the instances' storage."),
  dataCapture: strict({ to: s3Url, percent: wholePercent.prefault(100) }).optional(),
  startupTimeout: wholeSeconds
    .refine(
      (seconds) => seconds >= STARTUP_SECONDS.min && seconds <= STARTUP_SECONDS.max,
      `must be ${STARTUP_SECONDS.min}s to ${STARTUP_SECONDS.max}s`,
    )
    .prefault('10m')
    .describe('How long the model may take to load, and the container to answer its health check.'),
  proxy: proxy.optional().describe('What stands behind the load balancer and asks the endpoint; with router.alb.'),
}).superRefine(({ instanceCount, scaling: range }, context) => {
  if (isAbove(range?.min, instanceCount))
    context.addIssue({
      code: 'custom',
      path: ['instanceCount'],
      message: `must not be below scaling.min (${range?.min})`,
    });
  if (isAbove(instanceCount, range?.max))
    context.addIssue({
      code: 'custom',
      path: ['instanceCount'],
      message: `must not be above scaling.max (${range?.max})`,
    });
}, EVEN_IF_WRONG);
