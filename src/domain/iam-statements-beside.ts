/** What a migration needs beside its road: the secrets of notices, alerts about cost. */
import type { StatementTemplate } from './iam-template';

export const STATEMENTS_BESIDE: readonly StatementTemplate[] = [
  {
    policy: 'notify',
    sid: 'ReadKeysAndAddressesOfNotices',
    actions: ['secretsmanager:GetSecretValue'],
    resources: ['arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:NOTIFY_SECRET-*'],
  },
  {
    policy: 'budget',
    sid: 'AlertAboutCost',
    actions: ['budgets:ListTagsForResource', 'budgets:ModifyBudget', 'budgets:TagResource', 'budgets:ViewBudget'],
    resources: ['arn:aws:budgets::ACCOUNT_ID:budget/crossfade-*'],
  },
  {
    policy: 'budget',
    sid: 'KnowTheAccount',
    actions: ['sts:GetCallerIdentity'],
    resources: ['*'],
  },
];
