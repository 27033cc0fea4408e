/** What a migration needs beside its road: databases, devices and lines, the secrets of notices. */
import type { StatementTemplate } from './iam-template';

export const STATEMENTS_BESIDE: readonly StatementTemplate[] = [
  {
    policy: 'dms',
    sid: 'LookAtReplications',
    actions: [
      'dms:DescribeConnections',
      'dms:DescribeEndpoints',
      'dms:DescribeReplicationInstances',
      'dms:DescribeReplicationTasks',
      'dms:DescribeTableStatistics',
      'dms:ListTagsForResource',
    ],
    resources: ['*'],
  },
  {
    policy: 'dms',
    sid: 'MakeReplicationsTagged',
    actions: [
      'dms:AddTagsToResource',
      'dms:CreateEndpoint',
      'dms:CreateReplicationInstance',
      'dms:CreateReplicationTask',
    ],
    resources: ['*'],
    tagged: 'request',
  },
  {
    policy: 'dms',
    sid: 'MakeTasksOfOurs',
    actions: ['dms:CreateReplicationTask'],
    resources: ['arn:aws:dms:REGION:ACCOUNT_ID:endpoint:*', 'arn:aws:dms:REGION:ACCOUNT_ID:rep:*'],
    tagged: 'resource',
  },
  {
    policy: 'dms',
    sid: 'ChangeReplicationsOfOurs',
    actions: [
      'dms:DeleteEndpoint',
      'dms:DeleteReplicationInstance',
      'dms:DeleteReplicationTask',
      'dms:StartReplicationTask',
      'dms:StopReplicationTask',
      'dms:TestConnection',
    ],
    resources: ['arn:aws:dms:REGION:ACCOUNT_ID:*'],
    tagged: 'resource',
  },
  {
    policy: 'dms',
    sid: 'GiveDmsItsRole',
    actions: ['iam:PassRole'],
    resources: ['arn:aws:iam::ACCOUNT_ID:role/DMS_SECRETS_ROLE'],
    condition: { StringLike: { 'iam:PassedToService': 'dms*.amazonaws.com' } },
  },
  {
    policy: 'roads',
    sid: 'OrderAndFollowDevices',
    actions: ['snowball:CancelJob', 'snowball:CreateJob', 'snowball:DescribeJob', 'snowball:ListJobs'],
    resources: ['*'],
    condition: { StringEquals: { 'aws:RequestedRegion': 'REGION' } },
  },
  { policy: 'roads', sid: 'FollowLines', actions: ['directconnect:DescribeConnections'], resources: ['*'] },
  {
    policy: 'roads',
    sid: 'GiveSnowballItsRole',
    actions: ['iam:PassRole'],
    resources: ['arn:aws:iam::ACCOUNT_ID:role/SNOWBALL_ROLE'],
    condition: { StringEquals: { 'iam:PassedToService': 'importexport.amazonaws.com' } },
  },
  {
    policy: 'notify',
    sid: 'ReadKeysAndAddressesOfNotices',
    actions: ['secretsmanager:GetSecretValue'],
    resources: ['arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:NOTIFY_SECRET-*'],
  },
];
