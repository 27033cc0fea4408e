/** What a bucket has only where the spec asks for it: tiers by use, a list of all objects, replication into it. */
import type {
  IntelligentTieringConfiguration,
  InventoryConfiguration,
  ReplicationConfiguration,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DeleteBucketReplicationCommand,
  GetBucketIntelligentTieringConfigurationCommand,
  GetBucketInventoryConfigurationCommand,
  GetBucketReplicationCommand,
  PutBucketIntelligentTieringConfigurationCommand,
  PutBucketInventoryConfigurationCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { MigrationError } from '../domain/errors';
import type { DataSetSpec } from '../domain/spec';
import { awsCall } from './aws-errors';
import { undefinedFor } from './found';
import { keyAt, locationOf } from './s3-listing';
import { settle } from './settle';

export async function putOptions(client: S3Client, dataSet: DataSetSpec): Promise<void> {
  const { storage } = dataSet;
  if (storage === undefined) return;
  if (storage.intelligentTiering !== undefined) await putTiering(client, dataSet);
  if (storage.inventory !== undefined) await putInventory(client, dataSet);
  if (storage.replication !== undefined) await putReplication(client, dataSet);
}

const idOf = ({ name }: DataSetSpec): string => `crossfade-${name}`;

async function putTiering(client: S3Client, dataSet: DataSetSpec): Promise<void> {
  const to = locationOf(dataSet.to);
  const { bucket: Bucket } = to;
  const { archiveAfterDays, deepArchiveAfterDays } = dataSet.storage?.intelligentTiering ?? {};
  const tierings = [
    ...(archiveAfterDays === undefined ? [] : [{ Days: archiveAfterDays, AccessTier: 'ARCHIVE_ACCESS' as const }]),
    ...(deepArchiveAfterDays === undefined
      ? []
      : [{ Days: deepArchiveAfterDays, AccessTier: 'DEEP_ARCHIVE_ACCESS' as const }]),
  ];
  // The archive tiers are opt-in; the others need no configuration, only the storage class, which the lifecycle gives.
  if (tierings.length === 0) return;
  const Id = idOf(dataSet);
  const wanted: IntelligentTieringConfiguration = {
    Id,
    Status: 'Enabled',
    Tierings: tierings,
    ...(to.prefix === '' ? {} : { Filter: { Prefix: keyAt(to, '') } }),
  };
  const days = (one: IntelligentTieringConfiguration | undefined): string =>
    (one?.Tierings ?? [])
      .map((tier) => `${tier.AccessTier} ${tier.Days}`)
      .sort()
      .join();
  await settle(
    `intelligent tiering of bucket ${Bucket}`,
    async () => {
      const command = new GetBucketIntelligentTieringConfigurationCommand({ Bucket, Id });
      const reply = await undefinedFor(
        awsCall('s3:GetIntelligentTieringConfiguration', Bucket, (abortSignal) =>
          client.send(command, { abortSignal }),
        ),
        'NoSuchConfiguration',
      );
      return reply?.IntelligentTieringConfiguration;
    },
    (now) => now?.Status === 'Enabled' && days(now) === days(wanted),
    () => {
      const command = new PutBucketIntelligentTieringConfigurationCommand({
        Bucket,
        Id,
        IntelligentTieringConfiguration: wanted,
      });
      return awsCall('s3:PutIntelligentTieringConfiguration', Bucket, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
    },
  );
}

async function putInventory(client: S3Client, dataSet: DataSetSpec): Promise<void> {
  const to = locationOf(dataSet.to);
  const { bucket: Bucket } = to;
  const Id = idOf(dataSet);
  const Frequency = dataSet.storage?.inventory === 'daily' ? 'Daily' : 'Weekly';
  const wanted: InventoryConfiguration = {
    Id,
    IsEnabled: true,
    IncludedObjectVersions: 'Current',
    Schedule: { Frequency },
    OptionalFields: ['Size', 'LastModifiedDate', 'ETag', 'StorageClass', 'EncryptionStatus', 'ChecksumAlgorithm'],
    Destination: {
      S3BucketDestination: { Bucket: `arn:aws:s3:::${Bucket}`, Format: 'Parquet', Prefix: 'crossfade-inventory' },
    },
    ...(to.prefix === '' ? {} : { Filter: { Prefix: keyAt(to, '') } }),
  };
  await settle(
    `inventory of bucket ${Bucket}`,
    async () => {
      const command = new GetBucketInventoryConfigurationCommand({ Bucket, Id });
      const reply = await undefinedFor(
        awsCall('s3:GetInventoryConfiguration', Bucket, (abortSignal) => client.send(command, { abortSignal })),
        'NoSuchConfiguration',
      );
      return reply?.InventoryConfiguration;
    },
    (now) => now?.IsEnabled === true && now.Schedule?.Frequency === Frequency,
    () => {
      const command = new PutBucketInventoryConfigurationCommand({ Bucket, Id, InventoryConfiguration: wanted });
      return awsCall('s3:PutInventoryConfiguration', Bucket, (abortSignal) => client.send(command, { abortSignal }));
    },
  );
}

/** A rule of ours on the source's bucket, beside those of others. S3 takes one role for all rules. */
async function putReplication(client: S3Client, dataSet: DataSetSpec): Promise<void> {
  const [from, to] = [locationOf(dataSet.from), locationOf(dataSet.to)];
  const Role = dataSet.storage?.replication?.roleArn ?? '';
  if (from.prefix !== to.prefix)
    throw new MigrationError(
      'SpecInvalid',
      `data set ${dataSet.name}: replication keeps keys, so ${dataSet.from} and ${dataSet.to} must have the same prefix`,
    );
  await awsCall('s3:PutBucketVersioning', to.bucket, (abortSignal) =>
    client.send(new PutBucketVersioningCommand({ Bucket: to.bucket, VersioningConfiguration: { Status: 'Enabled' } }), {
      abortSignal,
    }),
  );
  const ID = idOf(dataSet);
  await settle(
    `replication of bucket ${from.bucket}`,
    () => readReplication(client, from.bucket),
    (now) => (now?.Rules ?? []).some((rule) => rule.ID === ID && rule.Status === 'Enabled'),
    (now) => {
      const others = (now?.Rules ?? []).filter((rule) => rule.ID !== ID);
      if (others.length > 0 && now?.Role !== Role)
        throw new MigrationError(
          'ResourceNotOurs',
          `bucket ${from.bucket} replicates with ${now?.Role} already, and S3 takes one role for all rules: name that one in storage.replication.roleArn`,
        );
      const rule = {
        ID,
        Status: 'Enabled' as const,
        Priority: Math.max(0, ...others.map(({ Priority = 0 }) => Priority)) + 1,
        Filter: { Prefix: keyAt(from, '') },
        DeleteMarkerReplication: { Status: 'Disabled' as const },
        Destination: { Bucket: `arn:aws:s3:::${to.bucket}` },
      };
      return writeReplication(client, from.bucket, { Role, Rules: [...others, rule] });
    },
  );
}

/** Takes our rule off the source's bucket; those of others stay. Accepts that there is none. */
export async function removeReplication(client: S3Client, dataSet: DataSetSpec): Promise<void> {
  if (dataSet.storage?.replication === undefined) return;
  const { bucket } = locationOf(dataSet.from);
  const now = await readReplication(client, bucket);
  const others = (now?.Rules ?? []).filter((rule) => rule.ID !== idOf(dataSet));
  if (now === undefined || others.length === now.Rules?.length) return;
  if (others.length > 0) return writeReplication(client, bucket, { ...now, Rules: others });
  const command = new DeleteBucketReplicationCommand({ Bucket: bucket });
  await awsCall('s3:PutReplicationConfiguration', bucket, (abortSignal) => client.send(command, { abortSignal }));
}

async function readReplication(client: S3Client, bucket: string): Promise<ReplicationConfiguration | undefined> {
  const reply = await undefinedFor(
    awsCall('s3:GetReplicationConfiguration', bucket, (abortSignal) =>
      client.send(new GetBucketReplicationCommand({ Bucket: bucket }), { abortSignal }),
    ),
    'ReplicationConfigurationNotFoundError',
  );
  return reply?.ReplicationConfiguration;
}

async function writeReplication(client: S3Client, bucket: string, config: ReplicationConfiguration): Promise<void> {
  const command = new PutBucketReplicationCommand({ Bucket: bucket, ReplicationConfiguration: config });
  await awsCall('s3:PutReplicationConfiguration', bucket, (abortSignal) => client.send(command, { abortSignal }));
}
