import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import type { Found } from './traffic-router';

/** Buckets that data is moved to. Errors: `AwsDenied`, `AwsRejected`, `AwsUnavailable`, `ResourceNotOurs`. */
export interface DataBuckets {
  /** undefined: no such bucket. */
  findBucket(bucket: string): Promise<Found<{ bucket: string }> | undefined>;
  /** Whether there is an object at this `s3://` address that may be read. */
  hasObject(url: string): Promise<boolean>;
  /** Creates it private, encrypted with KMS, with lifecycle and tags; finishes one that is half made. */
  createBucket(dataSet: DataSetSpec, region: string, owner: Owner): Promise<void>;
  /** Takes our replication rule off the source's bucket; accepts that there is none. */
  stopReplication(dataSet: DataSetSpec): Promise<void>;
  /** @returns false when something is still in it. Accepts that it is gone. */
  removeEmptyBucket(bucket: string): Promise<boolean>;
}
