import { z } from 'zod';
import { isGroupName, parseModelPackage } from '../domain/model-package';
import type { ModelPackageSpec } from '../domain/model-package';
import { normalS3Url } from './s3-url';
import { kmsKey, name, region, s3Url } from './scalars';
import { refuseDuplicates } from './schema-source';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, strict } from './strict';

const modelPackage = strict({
  name,
  from: z
    .string()
    .refine(
      (text) => parseModelPackage(text) !== undefined,
      'must be the ARN of a version, arn:aws:sagemaker:REGION:ACCOUNT:model-package/GROUP/VERSION, or GROUP/VERSION',
    )
    .describe('A version in a model registry; in another account by its ARN.'),
  region: region.optional().describe("Of a from that is no ARN; the spec's own when left out."),
  to: z
    .string()
    .refine(isGroupName, 'must be the name of a model package group such as ranker')
    .describe('Is made where there is none. The version waits there for approval.'),
  modelDataTo: s3Url.describe('Where its files go; the bucket is there, or is one that data makes.'),
  kmsKeyId: kmsKey.optional().describe("Of its files; the bucket's own encryption when left out."),
}).superRefine((given, context) => {
  const isArn = typeof given.from === 'string' && given.from.startsWith('arn:');
  if (given.region !== undefined && isArn)
    context.addIssue({ code: 'custom', path: ['region'], message: 'is in the ARN already' });
}, EVEN_IF_WRONG);

export const modelPackages = z
  .array(modelPackage)
  .max(100)
  .superRefine((all, context) => {
    for (const key of ['name', 'from'] as const)
      refuseDuplicates(
        all.map((one) => one?.[key]),
        context,
        key,
      );
  }, EVEN_IF_WRONG_LIST);

/** What is left out stays left out. */
export function toModelPackages(written: z.output<typeof modelPackages> | undefined): {
  modelPackages?: readonly ModelPackageSpec[];
} {
  if (written === undefined) return {};
  return {
    modelPackages: written.map(({ region: of, kmsKeyId, modelDataTo, ...rest }) => ({
      ...rest,
      modelDataTo: normalS3Url(modelDataTo),
      ...(of === undefined ? {} : { region: of }),
      ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    })),
  };
}
