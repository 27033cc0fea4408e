import { z } from 'zod';
import { WORKLOAD_LENGTH_MAX } from '../domain/resources';
import { crossChecks } from './cross-checks';
import { msOf, positiveDuration, region, s3Url } from './scalars';
import { databases } from './schema-databases';
import { budget } from './schema-budget';
import { guardrails } from './schema-guardrails';
import { images } from './schema-images';
import { modelPackages } from './schema-model-packages';
import { cutover, decommission, equivalence, notify, shadow } from './schema-policy';
import { baseline, smoke, source } from './schema-source';
import { data, router, target } from './schema-target';
import { EVEN_IF_WRONG, strict, supported } from './strict';

const CHECK_EVERY_MIN = msOf('1s');

/** The document that an operator writes; defaults are the playbook's numbers. */
export const specSchema = strict({
  $schema: z.string().optional().describe('For editors; ignored.'),
  apiVersion: z.literal('crossfade/v1'),
  kind: supported('inference').prefault('inference'),
  workload: z
    .string()
    .max(WORKLOAD_LENGTH_MAX)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits and hyphens')
    .describe('The workflow ID is migration/WORKLOAD, so one workload can only migrate once at a time.'),
  region,
  source,
  target: target.describe('Exactly one of: ec2, sagemaker, existing.'),
  router: router.describe('Exactly one of: alb, route53, sagemaker.'),
  data: data.prefault([]),
  databases: databases.prefault([]).describe('What DMS carries over: loaded whole, then followed until the end.'),
  images: images.optional().describe('Container images that the target needs, copied to ECR by digest.'),
  modelPackages: modelPackages
    .optional()
    .describe("Versions of a model registry, entered into the target's with their files."),
  baseline: baseline.prefault({}),
  smoke: smoke.prefault({}),
  shadow,
  guardrails: guardrails.prefault({}),
  cutover: cutover.prefault({}),
  decommission: decommission.prefault({}),
  checkEvery: positiveDuration
    .refine((everyMs) => everyMs >= CHECK_EVERY_MIN, 'must be at least 1s')
    .prefault('60s')
    .describe('How often evidence is judged while the target has traffic.'),
  notify: notify.prefault([]),
  budget: budget.optional().describe('An AWS budget of the target, with alerts; left out: none.'),
  ledger: s3Url.describe('Where evidence and decisions go: s3://bucket/prefix.'),
  adopt: z.boolean().optional().describe('Take over what an earlier run of this workload left behind.'),
}).superRefine(crossChecks, EVEN_IF_WRONG);

/** What is enough to judge two recordings by. */
export const policySchema = strict({
  $schema: z.string().optional(),
  guardrails: guardrails.prefault({}),
  shadow: strict({ equivalence: equivalence.prefault({}) }).prefault({}),
}).superRefine(crossChecks, EVEN_IF_WRONG);

export type SpecDocument = z.output<typeof specSchema>;
