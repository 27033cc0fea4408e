import type { TextFile } from './repository';

/** The part of an IAM policy that the guard looks at. */
export interface Policy {
  readonly Statement: readonly { readonly Effect: string; readonly Action: string | readonly string[] }[];
}

const SERVICE_PREFIX: Readonly<Record<string, string>> = {
  'application-auto-scaling': 'application-autoscaling',
  'auto-scaling': 'autoscaling',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  'service-quotas': 'servicequotas',
};

/** Calls whose permission has another name than the call. */
const ACTION_OF: Readonly<Record<string, string>> = {
  's3:CompleteMultipartUpload': 's3:PutObject',
  's3:CopyObject': 's3:PutObject',
  's3:CreateMultipartUpload': 's3:PutObject',
  's3:DeleteObjects': 's3:DeleteObject',
  's3:DeleteBucketReplication': 's3:PutReplicationConfiguration',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:GetBucketIntelligentTieringConfiguration': 's3:GetIntelligentTieringConfiguration',
  's3:GetBucketInventoryConfiguration': 's3:GetInventoryConfiguration',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:PutBucketIntelligentTieringConfiguration': 's3:PutIntelligentTieringConfiguration',
  's3:PutBucketInventoryConfiguration': 's3:PutInventoryConfiguration',
  's3:PutBucketReplication': 's3:PutReplicationConfiguration',
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListParts': 's3:ListMultipartUploadParts',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:UploadPartCopy': 's3:PutObject',
};

/** What AWS asks for on the way, without a call of ours: launching from a template, tags at creation, keys behind S3. */
const IMPLIED = [
  'datasync:TagResource',
  'ec2:CreateTags',
  'ec2:RunInstances',
  // Of the registry's own API: what is asked for over HTTP with ECR's token.
  'ecr:BatchCheckLayerAvailability',
  'ecr:BatchGetImage',
  'ecr:CompleteLayerUpload',
  'ecr:GetDownloadUrlForLayer',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:TagResource',
  'ecr:UploadLayerPart',
  'iam:PassRole',
  'kms:Decrypt',
  'kms:GenerateDataKey',
  's3:GetObjectTagging',
  's3:PutObjectTagging',
  's3:TagResource',
];

/** Every IAM action that the files' SDK commands need. */
export function actionsCalled(files: readonly TextFile[]): Set<string> {
  const imports = files.flatMap(({ text }) => [
    ...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g),
  ]);
  const calls = imports.flatMap(([, names = '', client = '']) =>
    [...names.matchAll(/\b(\w+)Command\b/g)].map(([, name]) => `${SERVICE_PREFIX[client] ?? client}:${name}`),
  );
  return new Set(calls.map((call) => ACTION_OF[call] ?? call));
}

/** @returns one sentence for each call that the policy does not allow, and for each permission that nothing needs. */
export function findPolicyGaps(policy: Policy, files: readonly TextFile[]): string[] {
  const called = actionsCalled(files);
  const allowed = new Set(policy.Statement.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : [])).flat());
  const missing = [...called]
    .filter((action) => !allowed.has(action))
    .map((action) => `${action} is called and not allowed`);
  const needless = [...allowed]
    .filter((action) => !called.has(action) && !IMPLIED.includes(action))
    .map((action) => `${action} is allowed and not called`);
  return [...missing, ...needless];
}

/** IAM counts the characters of a managed policy without white space. */
export const POLICY_LENGTH_MAX = 6_144;
