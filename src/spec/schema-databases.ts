import { z } from 'zod';
import { arn, kmsKey, positiveDuration, resourceId } from './scalars';
import { distinct, refuseDuplicates } from './schema-source';
import { EVEN_IF_WRONG, EVEN_IF_WRONG_LIST, strict, supported } from './strict';

/** With the longest workload it fits into every name that DMS takes. */
const NAME_LENGTH_MAX = 20;
const DATABASES_MAX = 20;
const TABLES_MAX = 100;
/** DMS's own limits. Unit: GiB. */
const STORAGE_GB_MIN = 5;
const STORAGE_GB_MAX = 6_144;
const STORAGE_GB = 50;
const SECURITY_GROUPS_MAX = 5;

const engine = supported('mysql', 'mariadb', 'aurora', 'postgres', 'aurora-postgresql', 'oracle', 'sqlserver', 'db2');

const end = strict(
  {
    engine: engine.describe('What DMS moves and validates, by its own names.'),
    database: z.string().min(1).max(128).optional(),
    secretArn: arn('secretsmanager', 'secret:[\\w/+=.@-]+', 'a secret in Secrets Manager').describe(
      'Holds host, port, user and password; a spec never does.',
    ),
    secretRoleArn: arn('iam', 'role/[\\w+=,.@/-]+', 'an IAM role').describe('What DMS acts as to read the secret.'),
    ssl: z.enum(['none', 'require', 'verify-ca', 'verify-full']),
    certificateArn: arn('dms', 'cert:[\\w-]+', 'a certificate that DMS knows').optional(),
  },
  { foreign: 'unknown key; host, port, user and password belong into the secret that secretArn names' },
).superRefine(checkSsl, EVEN_IF_WRONG);

/** What each engine's endpoint takes, where it is not everything. */
const SSL_MODES: Readonly<Record<string, readonly string[]>> = {
  mysql: ['none', 'verify-ca', 'verify-full'],
  mariadb: ['none', 'verify-ca', 'verify-full'],
  aurora: ['none', 'verify-ca', 'verify-full'],
  oracle: ['none', 'verify-ca'],
  sqlserver: ['none', 'require', 'verify-full'],
  db2: ['none', 'verify-ca'],
};

function checkSsl(given: Readonly<Record<string, unknown>>, context: z.RefinementCtx): void {
  const { ssl, certificateArn } = given;
  const modes = SSL_MODES[String(given['engine'])];
  if (typeof ssl === 'string' && modes !== undefined && !modes.includes(ssl))
    context.addIssue({
      code: 'custom',
      path: ['ssl'],
      message: `must be one of ${modes.join(', ')} for ${String(given['engine'])}`,
    });
  const isVerified = typeof ssl === 'string' && ssl.startsWith('verify-');
  if (isVerified && certificateArn === undefined)
    context.addIssue({ code: 'custom', path: ['certificateArn'], message: `is required with ssl: ${ssl}` });
  if (!isVerified && certificateArn !== undefined)
    context.addIssue({ code: 'custom', path: ['certificateArn'], message: 'needs ssl: verify-ca or verify-full' });
}

const replicationInstance = strict({
  class: z.string().regex(/^dms\.[a-z0-9]+\.[a-z0-9]+$/, 'must be a class such as dms.c6i.large'),
  subnetGroup: z
    .string()
    .regex(/^[a-z0-9_. -]{1,255}$/i, 'must be the name of a replication subnet group')
    .refine((text) => text.toLowerCase() !== 'default', 'must not be default: DMS refuses it'),
  securityGroupIds: distinct(resourceId('sg')).min(1).max(SECURITY_GROUPS_MAX),
  multiAz: z.boolean().prefault(false),
  storageGb: z.int().min(STORAGE_GB_MIN).max(STORAGE_GB_MAX).prefault(STORAGE_GB),
  kmsKeyId: kmsKey.optional(),
});

const table = z.string().regex(/^[^.\s]+\.[^.\s]+$/, 'must be schema.table, where % stands for any text: public.%');

const database = strict({
  name: z
    .string()
    .max(NAME_LENGTH_MAX)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case letters and digits, with single hyphens between them'),
  from: end,
  to: end,
  replicationInstance,
  tables: distinct(table).min(1).max(TABLES_MAX),
  excludeTables: distinct(table).max(TABLES_MAX).prefault([]),
  targetTables: z
    .enum(['keep', 'truncate'])
    .prefault('keep')
    .describe('truncate: the tables that are loaded are emptied in the target first.'),
  cdc: z
    .literal(true, { error: 'must be true: what is loaded once and not followed would be stale at the cutover' })
    .prefault(true),
  cdcLatencyMax: positiveDuration.prefault('5s').describe('Largest latency with which the first weight may move.'),
});

export const databases = z
  .array(database)
  .max(DATABASES_MAX)
  .superRefine(
    (all, context) =>
      refuseDuplicates(
        all.map((one) => one?.name),
        context,
        'name',
      ),
    EVEN_IF_WRONG_LIST,
  );
