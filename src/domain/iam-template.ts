/** One statement of a policy, before names are filled in. */

/** `base` is docs/iam-policy.json, each other one has its name in the file's. */
export const POLICY_NAMES = [
  'base',
  'budget',
  'data',
  'datasync',
  'dms',
  'images',
  'model-registry',
  'notify',
  'roads',
  'route53',
  'sagemaker',
] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export interface StatementTemplate {
  readonly policy: PolicyName;
  readonly sid: string;
  readonly actions: readonly string[];
  /** ARNs; what stands in capitals is filled in. */
  readonly resources: readonly string[];
  /** Only with our tag: in the request that makes it, or on what is there. */
  readonly tagged?: 'request' | 'resource';
  readonly condition?: Condition;
}
