/** What a migration needs beside its road: the secrets of notices. */
import type { StatementTemplate } from './iam-template';

export const STATEMENTS_BESIDE: readonly StatementTemplate[] = [
  {
    policy: 'notify',
    sid: 'ReadKeysAndAddressesOfNotices',
    actions: ['secretsmanager:GetSecretValue'],
    resources: ['arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:NOTIFY_SECRET-*'],
  },
];
