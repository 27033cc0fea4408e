/**
 * What the worker's role may do, statement by statement. docs/iam-policy*.json are made of it, and `crossfade plan --iam`,
 * which takes what a spec needs and puts its names in place of the words in capitals.
 */

import { STATEMENTS_BESIDE } from './iam-statements-beside';
import { ROAD_STATEMENTS } from './iam-statements-roads';
import type { StatementTemplate } from './iam-template';

/** For a workload behind an Application Load Balancer that goes to EC2. */
const BASE_STATEMENTS: readonly StatementTemplate[] = [
  {
    policy: 'base',
    sid: 'Look',
    actions: [
      'autoscaling:DescribeAutoScalingGroups',
      'cloudwatch:GetMetricData',
      'ec2:DescribeInstances',
      'ec2:DescribeLaunchTemplates',
      'elasticloadbalancing:DescribeListeners',
      'elasticloadbalancing:DescribeRules',
      'elasticloadbalancing:DescribeTags',
      'elasticloadbalancing:DescribeTargetGroups',
      'elasticloadbalancing:DescribeTargetHealth',
    ],
    resources: ['*'],
    condition: { StringEquals: { 'aws:RequestedRegion': 'REGION' } },
  },
  {
    policy: 'base',
    sid: 'MoveWeights',
    actions: ['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:ModifyRule'],
    resources: [
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener/app/LOAD_BALANCER/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener-rule/app/LOAD_BALANCER/*',
    ],
  },
  {
    policy: 'base',
    sid: 'NoteDecisionsOnTheRoute',
    actions: ['elasticloadbalancing:AddTags', 'elasticloadbalancing:RemoveTags'],
    resources: [
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener/app/LOAD_BALANCER/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener-rule/app/LOAD_BALANCER/*',
    ],
    condition: {
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['crossfade:shift', 'crossfade:claim'] },
      Null: { 'aws:TagKeys': 'false' },
    },
  },
  {
    policy: 'base',
    sid: 'CreateTagged',
    actions: [
      'autoscaling:CreateAutoScalingGroup',
      'ec2:CreateLaunchTemplate',
      'elasticloadbalancing:CreateRule',
      'elasticloadbalancing:CreateTargetGroup',
    ],
    resources: [
      'arn:aws:autoscaling:REGION:ACCOUNT_ID:autoScalingGroup:*:autoScalingGroupName/crossfade-*',
      'arn:aws:ec2:REGION:ACCOUNT_ID:launch-template/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener/app/LOAD_BALANCER/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:targetgroup/crossfade-*/*',
    ],
    tagged: 'request',
  },
  {
    policy: 'base',
    sid: 'TagWhatIsCreated',
    actions: ['elasticloadbalancing:AddTags'],
    resources: [
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener-rule/app/LOAD_BALANCER/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:targetgroup/crossfade-*/*',
    ],
    condition: { StringEquals: { 'elasticloadbalancing:CreateAction': ['CreateRule', 'CreateTargetGroup'] } },
  },
  {
    policy: 'base',
    sid: 'ChangeOwn',
    actions: [
      'autoscaling:CreateOrUpdateTags',
      'autoscaling:DeleteAutoScalingGroup',
      'autoscaling:PutScalingPolicy',
      'autoscaling:UpdateAutoScalingGroup',
      'ec2:DeleteLaunchTemplate',
      'elasticloadbalancing:AddTags',
      'elasticloadbalancing:DeleteRule',
      'elasticloadbalancing:DeleteTargetGroup',
    ],
    resources: [
      'arn:aws:autoscaling:REGION:ACCOUNT_ID:autoScalingGroup:*:autoScalingGroupName/crossfade-*',
      'arn:aws:ec2:REGION:ACCOUNT_ID:launch-template/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:listener-rule/app/LOAD_BALANCER/*',
      'arn:aws:elasticloadbalancing:REGION:ACCOUNT_ID:targetgroup/crossfade-*/*',
    ],
    tagged: 'resource',
  },
  {
    policy: 'base',
    sid: 'LaunchFromALaunchTemplateOnly',
    actions: ['ec2:RunInstances'],
    resources: ['*'],
    condition: {
      ArnLike: { 'ec2:LaunchTemplate': 'arn:aws:ec2:REGION:ACCOUNT_ID:launch-template/*' },
      StringEquals: { 'aws:RequestedRegion': 'REGION' },
    },
  },
  {
    policy: 'base',
    sid: 'TagAtLaunch',
    actions: ['ec2:CreateTags'],
    resources: [
      'arn:aws:ec2:REGION:ACCOUNT_ID:instance/*',
      'arn:aws:ec2:REGION:ACCOUNT_ID:launch-template/*',
      'arn:aws:ec2:REGION:ACCOUNT_ID:volume/*',
    ],
    condition: { StringEquals: { 'ec2:CreateAction': ['CreateLaunchTemplate', 'RunInstances'] } },
  },
  {
    policy: 'base',
    sid: 'GiveInstancesTheirRole',
    actions: ['iam:PassRole'],
    resources: ['arn:aws:iam::ACCOUNT_ID:role/TARGET_INSTANCE_ROLE'],
    condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
  },
  {
    policy: 'base',
    sid: 'FreezeTheSource',
    actions: ['autoscaling:CreateOrUpdateTags', 'autoscaling:DeleteTags', 'autoscaling:UpdateAutoScalingGroup'],
    resources: [
      'arn:aws:autoscaling:REGION:ACCOUNT_ID:autoScalingGroup:*:autoScalingGroupName/SOURCE_AUTO_SCALING_GROUP',
    ],
  },
  {
    policy: 'base',
    sid: 'TerminateTheSource',
    actions: ['autoscaling:DeleteAutoScalingGroup', 'ec2:TerminateInstances'],
    resources: [
      'arn:aws:autoscaling:REGION:ACCOUNT_ID:autoScalingGroup:*:autoScalingGroupName/SOURCE_AUTO_SCALING_GROUP',
      'arn:aws:ec2:REGION:ACCOUNT_ID:instance/SOURCE_INSTANCE_ID',
    ],
  },
  {
    policy: 'base',
    sid: 'FindBuckets',
    actions: ['s3:GetBucketObjectLockConfiguration', 's3:GetBucketTagging', 's3:ListBucket'],
    resources: ['arn:aws:s3:::SOURCE_BUCKET', 'arn:aws:s3:::TARGET_BUCKET'],
  },
  {
    policy: 'base',
    sid: 'ReadTheData',
    actions: ['s3:GetObject', 's3:GetObjectLegalHold', 's3:GetObjectRetention', 's3:GetObjectTagging'],
    resources: ['arn:aws:s3:::SOURCE_BUCKET/SOURCE_PREFIX/*'],
  },
  {
    policy: 'base',
    sid: 'MakeTheTargetBucket',
    actions: [
      's3:CreateBucket',
      's3:DeleteBucket',
      's3:GetBucketPolicy',
      's3:GetBucketPublicAccessBlock',
      's3:GetEncryptionConfiguration',
      's3:GetLifecycleConfiguration',
      's3:PutBucketPolicy',
      's3:PutBucketPublicAccessBlock',
      's3:PutBucketTagging',
      's3:PutEncryptionConfiguration',
      's3:PutLifecycleConfiguration',
      's3:TagResource',
    ],
    resources: ['arn:aws:s3:::TARGET_BUCKET'],
  },
  {
    policy: 'base',
    sid: 'WriteTheCopies',
    actions: [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:GetObject',
      's3:ListMultipartUploadParts',
      's3:PutObject',
      's3:PutObjectLegalHold',
      's3:PutObjectRetention',
      's3:PutObjectTagging',
    ],
    resources: ['arn:aws:s3:::TARGET_BUCKET/TARGET_PREFIX/*'],
  },
  {
    policy: 'base',
    sid: 'EncryptTheCopies',
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['arn:aws:kms:REGION:ACCOUNT_ID:key/KMS_KEY_ID'],
    condition: { StringEquals: { 'kms:ViaService': 's3.REGION.amazonaws.com' } },
  },
  {
    policy: 'base',
    sid: 'FindTheLedger',
    actions: ['s3:ListBucket'],
    resources: ['arn:aws:s3:::LEDGER_BUCKET'],
    condition: { StringLike: { 's3:prefix': 'LEDGER_PREFIX/*' } },
  },
  {
    policy: 'base',
    sid: 'AppendToTheLedger',
    actions: ['s3:GetObject', 's3:PutObject'],
    resources: ['arn:aws:s3:::LEDGER_BUCKET/LEDGER_PREFIX/*'],
  },
  {
    policy: 'base',
    sid: 'TellPeople',
    actions: ['sns:Publish'],
    resources: ['arn:aws:sns:REGION:ACCOUNT_ID:NOTIFY_TOPIC'],
  },
];

export const STATEMENTS: readonly StatementTemplate[] = [...BASE_STATEMENTS, ...ROAD_STATEMENTS, ...STATEMENTS_BESIDE];
