/** Buckets that hold copies: private, TLS only, encrypted with KMS, with lifecycle and tags. Every step may be repeated. */
import type { CreateBucketCommandInput, LifecycleRule, S3Client, Transition } from '@aws-sdk/client-s3';
import {
  CreateBucketCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import type { Owner } from '../domain/resources';
import { ownerTags } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import { awsCall, awsCodeOf } from './aws-errors';
import { tagList, tagRecord } from './aws-tags';
import { undefinedFor } from './found';
import { putOptions } from './s3-bucket-options';
import { requireTls } from './s3-bucket-policy';
import { keyAt, locationOf } from './s3-listing';
import { settle } from './settle';

const ABORT_UPLOADS_AFTER_DAYS = 7;
/** The one region that CreateBucket must not be told. */
const REGION_WITHOUT_CONSTRAINT = 'us-east-1';

/** @returns undefined: no such bucket. An existing one without tags has none: `{}`. */
export async function bucketTags(client: S3Client, bucket: string): Promise<Record<string, string> | undefined> {
  try {
    const reply = await awsCall('s3:GetBucketTagging', bucket, (abortSignal) =>
      client.send(new GetBucketTaggingCommand({ Bucket: bucket }), { abortSignal }),
    );
    return tagRecord(reply.TagSet);
  } catch (error) {
    if (awsCodeOf(error) === 'NoSuchTagSet') return {};
    if (awsCodeOf(error) === 'NoSuchBucket') return undefined;
    throw error;
  }
}

export async function createBucket(
  client: S3Client,
  dataSet: DataSetSpec,
  region: string,
  owner: Owner,
): Promise<void> {
  const { bucket } = locationOf(dataSet.to);
  await createOwn(client, bucket, region, owner);
  await tagBucket(client, bucket, owner);
  await blockPublicAccess(client, bucket);
  await encryptBucket(client, bucket, dataSet.kmsKeyId);
  await putLifecycle(client, bucket, dataSet);
  await requireTls(client, bucket);
  await putOptions(client, dataSet);
}

async function blockPublicAccess(client: S3Client, bucket: string): Promise<void> {
  const wanted = {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  };
  const keys = Object.keys(wanted) as (keyof typeof wanted)[];
  await settle(
    `block of public access to bucket ${bucket}`,
    async () => {
      const command = new GetPublicAccessBlockCommand({ Bucket: bucket });
      const reply = await undefinedFor(
        awsCall('s3:GetBucketPublicAccessBlock', bucket, (abortSignal) => client.send(command, { abortSignal })),
        'NoSuchPublicAccessBlockConfiguration',
      );
      return reply?.PublicAccessBlockConfiguration;
    },
    (now) => keys.every((key) => now?.[key] === true),
    () => {
      const command = new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration: wanted });
      return awsCall('s3:PutBucketPublicAccessBlock', bucket, (abortSignal) => client.send(command, { abortSignal }));
    },
  );
}

async function createOwn(client: S3Client, bucket: string, region: string, owner: Owner): Promise<void> {
  // Tags come with the creation: a worker that dies right after it must find the bucket as ours again.
  const CreateBucketConfiguration: CreateBucketCommandInput['CreateBucketConfiguration'] = {
    Tags: tagList(ownerTags(owner)),
    ...(region === REGION_WITHOUT_CONSTRAINT ? {} : { LocationConstraint: region as never }),
  };
  try {
    await awsCall('s3:CreateBucket', bucket, (abortSignal) =>
      client.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration }), { abortSignal }),
    );
  } catch (error) {
    // Half made by an attempt before; whether it is ours was asked before this was called.
    if (awsCodeOf(error) !== 'BucketAlreadyOwnedByYou') throw error;
  }
}

async function tagBucket(client: S3Client, bucket: string, owner: Owner): Promise<void> {
  const current = (await bucketTags(client, bucket)) ?? {};
  const wanted = { ...current, ...ownerTags(owner) };
  // PutBucketTagging replaces the whole set, so what others wrote is written back; and nothing when nothing changes.
  if (Object.entries(wanted).every(([key, value]) => current[key] === value)) return;
  await awsCall('s3:PutBucketTagging', bucket, (abortSignal) =>
    client.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet: tagList(wanted) } }), { abortSignal }),
  );
}

async function encryptBucket(client: S3Client, bucket: string, kmsKeyId: string | undefined): Promise<void> {
  const ApplyServerSideEncryptionByDefault = {
    SSEAlgorithm: 'aws:kms' as const,
    ...(kmsKeyId === undefined ? {} : { KMSMasterKeyID: kmsKeyId }),
  };
  const command = new PutBucketEncryptionCommand({
    Bucket: bucket,
    // With a bucket key one KMS call serves many objects; without, a large data set meets KMS's request limit.
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }] },
  });
  await settle(
    `encryption of bucket ${bucket}`,
    async () => {
      const read = new GetBucketEncryptionCommand({ Bucket: bucket });
      const reply = await undefinedFor(
        awsCall('s3:GetEncryptionConfiguration', bucket, (abortSignal) => client.send(read, { abortSignal })),
        'ServerSideEncryptionConfigurationNotFoundError',
      );
      return reply?.ServerSideEncryptionConfiguration?.Rules?.[0];
    },
    (now) => {
      const { SSEAlgorithm, KMSMasterKeyID } = now?.ApplyServerSideEncryptionByDefault ?? {};
      // Without a key of the spec S3 may name the account's own.
      const isKeyRight = kmsKeyId === undefined || KMSMasterKeyID === kmsKeyId;
      return SSEAlgorithm === 'aws:kms' && isKeyRight && now?.BucketKeyEnabled === true;
    },
    () => awsCall('s3:PutEncryptionConfiguration', bucket, (abortSignal) => client.send(command, { abortSignal })),
  );
}

/** Two data sets may share a bucket, and the call replaces all rules: ours are put beside what is there. */
async function putLifecycle(client: S3Client, bucket: string, dataSet: DataSetSpec): Promise<void> {
  const rules = lifecycleRules(dataSet);
  const ours = new Set(rules.map((rule) => rule.ID));
  await settle(
    `lifecycle of bucket ${bucket}`,
    () => readLifecycle(client, bucket),
    (now) => rules.every((rule) => now.some((other) => sameRule(other, rule))),
    (now) => {
      const others = now.filter((rule) => !ours.has(rule.ID));
      const command = new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: [...others, ...rules] },
      });
      return awsCall('s3:PutLifecycleConfiguration', bucket, (abortSignal) => client.send(command, { abortSignal }));
    },
  );
}

function sameRule(one: LifecycleRule, other: LifecycleRule): boolean {
  return one.ID === other.ID && one.Status === other.Status && termsOf(one) === termsOf(other);
}

/** Where a rule counts and what it does. S3 gives members back in an order of its own. */
function termsOf({ Filter, Transitions = [], AbortIncompleteMultipartUpload }: LifecycleRule): string {
  const moves = Transitions.map(({ Days, StorageClass }) => `${StorageClass} ${Days}`).sort();
  return JSON.stringify([Filter?.Prefix ?? '', moves, AbortIncompleteMultipartUpload?.DaysAfterInitiation ?? null]);
}

async function readLifecycle(client: S3Client, bucket: string): Promise<LifecycleRule[]> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket });
  const reply = await undefinedFor(
    awsCall('s3:GetLifecycleConfiguration', bucket, (abortSignal) => client.send(command, { abortSignal })),
    'NoSuchLifecycleConfiguration',
  );
  return reply?.Rules ?? [];
}

export function lifecycleRules(dataSet: DataSetSpec): LifecycleRule[] {
  const Filter = { Prefix: keyAt(locationOf(dataSet.to), '') };
  return [
    {
      ID: `crossfade-${dataSet.name}-infrequent-access`,
      Status: 'Enabled',
      Filter,
      Transitions: transitions(dataSet),
    },
    {
      ID: `crossfade-${dataSet.name}-abort-uploads`,
      Status: 'Enabled',
      Filter,
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS },
    },
  ];
}

/** By use where the spec asks for Intelligent-Tiering, else by age. */
function transitions({ infrequentAccessAfterDays, storage = {} }: DataSetSpec): Transition[] {
  const { glacierAfterDays, intelligentTiering } = storage;
  return [
    intelligentTiering === undefined
      ? { Days: infrequentAccessAfterDays, StorageClass: 'STANDARD_IA' }
      : { Days: 0, StorageClass: 'INTELLIGENT_TIERING' },
    ...(glacierAfterDays === undefined ? [] : [{ Days: glacierAfterDays, StorageClass: 'GLACIER' as const }]),
  ];
}
