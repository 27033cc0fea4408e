/** From calls of AWS to what IAM asks for. */
import type { AwsCall } from './aws-call';

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
  's3:GetBucketLifecycleConfiguration': 's3:GetLifecycleConfiguration',
  's3:GetBucketReplication': 's3:GetReplicationConfiguration',
  's3:GetPublicAccessBlock': 's3:GetBucketPublicAccessBlock',
  's3:GetObjectLockConfiguration': 's3:GetBucketObjectLockConfiguration',
  's3:HeadBucket': 's3:ListBucket',
  's3:HeadObject': 's3:GetObject',
  's3:ListObjectVersions': 's3:ListBucketVersions',
  's3:ListObjectsV2': 's3:ListBucket',
  's3:ListParts': 's3:ListMultipartUploadParts',
  's3:PutBucketEncryption': 's3:PutEncryptionConfiguration',
  's3:PutBucketIntelligentTieringConfiguration': 's3:PutIntelligentTieringConfiguration',
  's3:PutBucketInventoryConfiguration': 's3:PutInventoryConfiguration',
  's3:PutBucketLifecycleConfiguration': 's3:PutLifecycleConfiguration',
  's3:PutBucketReplication': 's3:PutReplicationConfiguration',
  's3:PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  's3:UploadPart': 's3:PutObject',
  's3:UploadPartCopy': 's3:PutObject',
};

const COPIES = ['kms:Decrypt', 'kms:GenerateDataKey', 's3:GetObject', 's3:GetObjectTagging', 's3:PutObjectTagging'];

/** What AWS asks for on the way: launching from a template, tags at creation, roles handed over, keys behind S3. */
const IMPLIED: readonly (readonly [call: RegExp, actions: readonly string[]])[] = [
  [/^autoscaling:CreateAutoScalingGroup$/, ['ec2:CreateTags', 'ec2:RunInstances', 'iam:PassRole']],
  [/^ec2:CreateLaunchTemplate$/, ['ec2:CreateTags']],
  [/^elasticloadbalancing:Create/, ['elasticloadbalancing:AddTags']],
  [/^sagemaker:Create/, ['sagemaker:AddTags']],
  [/^sagemaker:CreateModel$/, ['iam:PassRole']],
  [/^datasync:(Create|Start)/, ['datasync:TagResource']],
  [/^datasync:CreateLocationS3$/, ['iam:PassRole']],
  [/^dms:Create/, ['dms:AddTagsToResource']],
  [/^dms:CreateEndpoint$/, ['iam:PassRole']],
  [/^snowball:CreateJob$/, ['iam:PassRole']],
  [/^s3:CreateBucket$/, ['s3:TagResource']],
  [/^s3:(CopyObject|UploadPartCopy)$/, COPIES],
  [/^s3:PutBucketReplication$/, ['iam:PassRole']],
];

export function actionOf(call: AwsCall): string {
  return ACTION_OF[call] ?? call;
}

/** Every IAM action that the calls need. */
export function actionsFor(calls: Iterable<AwsCall>): Set<string> {
  const actions = new Set<string>();
  for (const call of calls) {
    actions.add(actionOf(call));
    for (const [matches, implied] of IMPLIED) if (matches.test(call)) for (const action of implied) actions.add(action);
  }
  return actions;
}
