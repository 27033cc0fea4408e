import { z } from 'zod';
import { arn, s3Url } from './scalars';
import { distinct } from './schema-source';
import { EVEN_IF_WRONG, strict } from './strict';

/** DataSync's own limits. */
const AGENTS_MAX = 8;
const SECURITY_GROUPS_MAX = 5;
const PATTERNS_MAX = 500;
const NAME = /^[a-zA-Z0-9\s+=._:@/-]+$/;

const roleArn = arn('iam', 'role/[\\w+=,.@/-]+', 'an IAM role');
const fileSystemArn = arn('fsx', 'file-system/fs-[0-9a-f]+', 'a file system of FSx');
const securityGroupArns = z
  .array(arn('ec2', 'security-group/sg-[0-9a-f]{8,17}', 'a security group'))
  .min(1)
  .max(SECURITY_GROUPS_MAX);
const host = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]{0,253}[A-Za-z0-9])?$/, 'must be a host name or address');
const path = z
  .string()
  .regex(/^\/[a-zA-Z0-9_\-+./()$ ]*$/, 'must be a path that starts with /')
  .refine((text) => !text.split('/').includes('..'), 'must not contain ..')
  .prefault('/');
const share = path.describe('The share and the folder in it.');
const password = {
  user: z.string().min(1).max(104),
  domain: z.string().min(1).max(253).optional(),
  secretArn: arn('secretsmanager', 'secret:[\\w/+=.@-]+', 'a secret in Secrets Manager').describe(
    'Holds the password; a spec never does.',
  ),
  secretRoleArn: roleArn.describe('What DataSync acts as to read the secret.'),
};

const sourceLocation = strict({
  nfs: strict({
    host,
    path,
    version: z.enum(['AUTOMATIC', 'NFS3', 'NFS4_0', 'NFS4_1']).prefault('AUTOMATIC'),
  }).optional(),
  smb: strict({ host, path: share, ...password }).optional(),
  efs: strict({
    fileSystemArn: arn('elasticfilesystem', 'file-system/fs-[0-9a-f]{8,40}', 'a file system of EFS'),
    path,
    subnetArn: arn('ec2', 'subnet/subnet-[0-9a-f]{8,17}', 'a subnet'),
    securityGroupArns,
  }).optional(),
  fsxLustre: strict({ fileSystemArn, path, securityGroupArns }).optional(),
  fsxOpenZfs: strict({ fileSystemArn, path, securityGroupArns }).optional(),
  fsxOntap: strict({
    storageVirtualMachineArn: arn(
      'fsx',
      'storage-virtual-machine/fs-[0-9a-f]+/svm-[0-9a-f]{17,}',
      'a storage virtual machine of FSx for ONTAP',
    ),
    path,
    securityGroupArns,
  }).optional(),
  fsxWindows: strict({ fileSystemArn, path: share, securityGroupArns, ...password }).optional(),
}).superRefine((kinds, context) => {
  const known = Object.keys(kinds).filter((kind) => kinds[kind as keyof typeof kinds] !== undefined);
  if (known.length !== 1) context.addIssue('needs exactly one kind of location');
}, EVEN_IF_WRONG);

const include = z.string().regex(/^\/[^|*]*\*?$/, "must be a path that starts with /, with '*' at its end at most");
const exclude = z.string().regex(/^\*?[^|*]+\*?$/, "must be a pattern with '*' at its ends at most");

export const datasync = strict({
  mode: z.enum(['basic', 'enhanced']),
  agentArns: distinct(arn('datasync', 'agent/agent-[0-9a-z]{17}', 'an agent of DataSync'))
    .max(AGENTS_MAX)
    .prefault([]),
  sourceLocation: sourceLocation.optional().describe('Instead of from, where the source is no bucket.'),
  roleArn: roleArn.describe('What DataSync acts as at the buckets: source, target and reports.'),
  verify: z.enum(['transferred', 'all', 'none']).prefault('transferred'),
  include: z.array(include).max(PATTERNS_MAX).prefault([]),
  exclude: z.array(exclude).max(PATTERNS_MAX).prefault([]),
  bytesPerSecond: z.int().min(1).optional(),
  reportTo: s3Url.describe('Where task reports go. They stay there.'),
});

type Given = Readonly<Record<string, unknown>>;

/** What a data set may say together. Fields may have any type: each has problems of its own. */
export function checkSource(dataSet: Given, context: z.RefinementCtx): void {
  const report = (path: readonly string[], message: string): void =>
    context.addIssue({ code: 'custom', path: [...path], message });
  const { from, method, datasync: given } = dataSet;
  const settings = typeof given === 'object' && given !== null ? (given as Given) : undefined;
  if (method === 'datasync' && given === undefined) report(['datasync'], 'is required with method datasync');
  if (!['datasync', 'auto', undefined].includes(method as string | undefined) && given !== undefined)
    report(['datasync'], 'needs method: datasync or auto');
  const location = settings?.['sourceLocation'];
  if (settings !== undefined && typeof dataSet['name'] === 'string' && !NAME.test(dataSet['name']))
    report(['name'], 'must be of letters, digits, spaces and + = . _ : @ / - to be the name of a task');
  if (from === undefined && location === undefined) report(['from'], 'is required');
  if (location !== undefined && dataSet['syncEvery'] !== undefined)
    report(['syncEvery'], 'needs a bucket as its source: only a bucket is followed until the cutover');
  if (from !== undefined && location !== undefined)
    report(['datasync', 'sourceLocation'], 'must not stand beside from: a data set has one source');
  if (settings !== undefined) checkSettings(settings, (path, message) => report(['datasync', ...path], message));
}

/** Servers that DataSync reaches through an agent. */
const SERVERS = ['nfs', 'smb'];

function checkSettings(settings: Given, report: (path: readonly string[], message: string) => void): void {
  const { mode, verify, agentArns, include: included, exclude: excluded } = settings;
  const [kind] = Object.keys(settings['sourceLocation'] ?? {});
  const isServer = kind !== undefined && SERVERS.includes(kind);
  const agentCount = Array.isArray(agentArns) ? agentArns.length : 0;
  if (isServer && agentCount === 0) report(['agentArns'], `must name an agent: DataSync reaches ${kind} through one`);
  if (!isServer && agentCount > 0) report(['agentArns'], 'must be empty: the source needs none');
  if (mode === 'enhanced' && kind !== undefined && !isServer)
    report(['mode'], `must be basic: enhanced mode does not read ${kind}`);
  if (mode === 'enhanced' && verify === 'all')
    report(['verify'], 'must not be all in enhanced mode: it verifies only what it transferred');
  const isPartial = [included, excluded].some((patterns) => Array.isArray(patterns) && patterns.length > 0);
  if (verify === 'none' && (kind !== undefined || isPartial))
    report(['verify'], 'must not be none here: the task report would be no proof, and there is no other');
}
