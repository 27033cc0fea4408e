import type { AwsCall } from '../../../src/domain/aws-call';
import { actionsFor } from '../../../src/domain/iam-actions';
import type { TextFile } from './repository';

/** The part of an IAM policy that the guard looks at. */
export interface Policy {
  readonly Statement: readonly { readonly Effect: string; readonly Action: string | readonly string[] }[];
}

const SERVICE_PREFIX: Readonly<Record<string, string>> = {
  'application-auto-scaling': 'application-autoscaling',
  'auto-scaling': 'autoscaling',
  'database-migration-service': 'dms',
  'direct-connect': 'directconnect',
  'elastic-load-balancing-v2': 'elasticloadbalancing',
  'route-53': 'route53',
  'secrets-manager': 'secretsmanager',
  'service-quotas': 'servicequotas',
};

/** Every call that the files' SDK commands make. */
export function callsMade(files: readonly TextFile[]): Set<AwsCall> {
  const imports = files.flatMap(({ text }) => [
    ...text.matchAll(/import \{([^}]*)\} from '@aws-sdk\/client-([\w-]+)'/g),
  ]);
  const byCommand = imports.flatMap(([, names = '', client = '']) =>
    [...names.matchAll(/\b(\w+)Command\b/g)].map(([, name]): AwsCall => `${SERVICE_PREFIX[client] ?? client}:${name}`),
  );
  // Requests of our own name their call.
  const byName = files.flatMap(({ text }) => [...text.matchAll(/\bcall: '(\w+:\w+)'|call\('(\w+:\w+)'/g)]);
  return new Set([...byCommand, ...byName.map(([, field, argument]) => (field ?? argument) as AwsCall)]);
}

/** @returns one sentence for each call that the policy does not allow, and for each permission that nothing needs. */
export function findPolicyGaps(policy: Policy, files: readonly TextFile[]): string[] {
  const needed = actionsFor(callsMade(files));
  const allowed = new Set(policy.Statement.flatMap(({ Effect, Action }) => (Effect === 'Allow' ? Action : [])).flat());
  const missing = [...needed]
    .filter((action) => !allowed.has(action))
    .map((action) => `${action} is called and not allowed`);
  const needless = [...allowed]
    .filter((action) => !needed.has(action))
    .map((action) => `${action} is allowed and not called`);
  return [...missing, ...needless];
}

/** @param table the text of the table of calls. @returns one sentence for each call that stands on one side only. */
export function findCallGaps(table: string, files: readonly TextFile[]): string[] {
  const made = new Set([...callsMade(files)].map((call) => call.slice(call.indexOf(':') + 1)));
  const listed = new Set([...table.matchAll(/'([A-Z]\w+)'/g)].map(([, name = '']) => name));
  return [
    ...[...made].filter((name) => !listed.has(name)).map((name) => `${name} is called and not in the table`),
    ...[...listed].filter((name) => !made.has(name)).map((name) => `${name} is in the table and not called`),
  ];
}
