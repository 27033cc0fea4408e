/** The buckets of data sets, in S3. */
import type { S3Client } from '@aws-sdk/client-s3';
import { DeleteBucketCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Owner } from '../domain/resources';
import { ownerOf } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { DataBuckets } from '../ports/data-buckets';
import type { Found } from '../ports/traffic-router';
import { awsCall, awsCodeOf } from './aws-errors';
import { acceptMissing, missingAsUndefined } from './found';
import { removeReplication } from './s3-bucket-options';
import { bucketTags, createBucket } from './s3-buckets';
import { locationOf } from './s3-listing';

export class S3DataBuckets implements DataBuckets {
  constructor(private readonly client: S3Client) {}

  async findBucket(bucket: string): Promise<Found<{ bucket: string }> | undefined> {
    const tags = await bucketTags(this.client, bucket);
    return tags && { value: { bucket }, owner: ownerOf(tags) };
  }

  async hasObject(url: string): Promise<boolean> {
    const { bucket, prefix } = locationOf(url);
    const command = new HeadObjectCommand({ Bucket: bucket, Key: prefix });
    const found = awsCall('s3:GetObject', url, (abortSignal) => this.client.send(command, { abortSignal }));
    return (await missingAsUndefined(found)) !== undefined;
  }

  createBucket(dataSet: DataSetSpec, region: string, owner: Owner): Promise<void> {
    return createBucket(this.client, dataSet, region, owner);
  }

  stopReplication(dataSet: DataSetSpec): Promise<void> {
    return removeReplication(this.client, dataSet);
  }

  async removeEmptyBucket(bucket: string): Promise<boolean> {
    const listing = await missingAsUndefined(
      awsCall('s3:ListBucket', bucket, (abortSignal) =>
        this.client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }), { abortSignal }),
      ),
    );
    if ((listing?.Contents ?? []).length > 0) return false;
    try {
      await acceptMissing(
        awsCall('s3:DeleteBucket', bucket, (abortSignal) =>
          this.client.send(new DeleteBucketCommand({ Bucket: bucket }), { abortSignal }),
        ),
      );
      return true;
    } catch (error) {
      // Older versions and delete markers are not listed, but they are there.
      if (awsCodeOf(error) === 'BucketNotEmpty') return false;
      throw error;
    }
  }
}
