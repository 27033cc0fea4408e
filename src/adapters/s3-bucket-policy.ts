/** One statement of ours in a bucket's policy: nobody reads or writes without TLS. Statements of others stay. */
import type { S3Client } from '@aws-sdk/client-s3';
import { GetBucketPolicyCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import { awsCall } from './aws-errors';
import { undefinedFor } from './found';
import { settle } from './settle';

const OURS = 'CrossfadeTlsOnly';

interface Statement {
  readonly Sid?: string;
  readonly [key: string]: unknown;
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Statement[];
}

export async function requireTls(client: S3Client, bucket: string): Promise<void> {
  const ours = tlsOnly(bucket);
  await settle(
    `policy of bucket ${bucket}`,
    () => readPolicy(client, bucket),
    (policy) => policy.Statement.some((statement) => sameStatement(statement, ours)),
    (policy) => writePolicy(client, bucket, withStatement(policy, ours)),
  );
}

function tlsOnly(bucket: string): Statement {
  return {
    Sid: OURS,
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
  };
}

/** Of a statement of that name by somebody else, ours takes the place; every other one stays as it is. */
function withStatement(policy: Policy, ours: Statement): Policy {
  return { ...policy, Statement: [...policy.Statement.filter(({ Sid }) => Sid !== OURS), ours] };
}

function sameStatement(one: Statement, other: Statement): boolean {
  return Object.keys(other).every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]));
}

async function readPolicy(client: S3Client, bucket: string): Promise<Policy> {
  const command = new GetBucketPolicyCommand({ Bucket: bucket });
  const reply = await undefinedFor(
    awsCall('s3:GetBucketPolicy', bucket, (abortSignal) => client.send(command, { abortSignal })),
    'NoSuchBucketPolicy',
  );
  return reply === undefined ? { Version: '2012-10-17', Statement: [] } : parsePolicy(bucket, reply.Policy ?? '');
}

/** What cannot be read must not be written over. */
function parsePolicy(bucket: string, text: string): Policy {
  try {
    const policy = JSON.parse(text) as { Version?: string; Statement?: Statement | Statement[] };
    const { Statement: statements = [], Version = '2012-10-17' } = policy;
    return { ...policy, Version, Statement: Array.isArray(statements) ? statements : [statements] };
  } catch (cause) {
    throw new MigrationError('AwsRejected', `the policy of bucket ${bucket} is not JSON, so ours was not added`, {
      cause,
    });
  }
}

async function writePolicy(client: S3Client, bucket: string, policy: Policy): Promise<void> {
  const command = new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify(policy) });
  await awsCall('s3:PutBucketPolicy', bucket, (abortSignal) => client.send(command, { abortSignal }));
}
