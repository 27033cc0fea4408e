import { z } from 'zod';
import { isRepositoryName, parseImageReference, REGISTRY_ENV_PREFIX } from '../domain/image';
import type { ImageSpec } from '../domain/image';
import { kmsKey, name } from './scalars';
import { refuseDuplicates } from './schema-source';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, strict } from './strict';

const ENV = new RegExp(`^${REGISTRY_ENV_PREFIX}[A-Z0-9_]+$`);

const credentials = strict({
  env: z
    .string()
    .regex(ENV, `must be the name of a variable that starts with ${REGISTRY_ENV_PREFIX}`)
    .optional()
    .describe("A variable of the worker's that holds user:password; a spec never does."),
  secretArn: z
    .string()
    .regex(
      /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+$/,
      'must be the ARN of a secret in Secrets Manager',
    )
    .optional()
    .describe('Holds {"username": …, "password": …}.'),
}).superRefine((given, context) => {
  if ((given.env === undefined) === (given.secretArn === undefined))
    context.addIssue('needs exactly one of env and secretArn');
}, EVEN_IF_WRONG);

const image = strict({
  name,
  from: z
    .string()
    .refine(
      (text) => parseImageReference(text) !== undefined,
      'must be registry/repository:tag or registry/repository@sha256:…',
    )
    .describe('The tag is looked up once; what is copied and proven is its digest.'),
  to: z
    .string()
    .refine(isRepositoryName, 'must be the name of an ECR repository such as team/ranker')
    .describe('Is created: encrypted with KMS, tags immutable, scanned on push.'),
  credentials: credentials.optional().describe('Of the source; left out for a public registry, or for ECR.'),
  kmsKeyId: kmsKey.optional().describe("The account's own ECR key when left out."),
});

export const images = z
  .array(image)
  .max(100)
  .superRefine((all, context) => {
    refuseDuplicates(
      all.map((one) => one?.name),
      context,
      'name',
    );
  }, EVEN_IF_WRONG_LIST);

/** What is left out stays left out. */
export function toImage({ name: called, from, to, credentials: given, kmsKeyId }: z.output<typeof image>): ImageSpec {
  return {
    name: called,
    from,
    to,
    ...(given === undefined ? {} : { credentials: given as NonNullable<ImageSpec['credentials']> }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}
