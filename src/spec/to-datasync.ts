import { addressOf } from '../domain/managed-transfer';
import type { DataSetSpec, DataSyncSpec, SourceLocationSpec } from '../domain/spec';
import type { SpecDocument } from './schema';
import { isDatabaseUrl } from './schema-data';
import { normalS3Url } from './s3-url';

type DataSetDocument = SpecDocument['data'][number];
type DataSyncDocument = NonNullable<DataSetDocument['datasync']>;

/** The part of a data set that says whence, and by DataSync how. */
export function toSource({ from, datasync }: DataSetDocument): Pick<DataSetSpec, 'from' | 'datasync'> {
  const moved = datasync === undefined ? {} : { datasync: toDataSync(datasync) };
  if (from !== undefined) return { from: normalUrl(from), ...moved };
  const location = moved.datasync?.sourceLocation;
  if (location === undefined) throw new Error('a data set without a source has passed the checks');
  return { from: addressOf(location), ...moved };
}

export function normalUrl(url: string): string {
  return isDatabaseUrl(url) ? url : normalS3Url(url);
}

function toDataSync({ sourceLocation, bytesPerSecond, reportTo, ...rest }: DataSyncDocument): DataSyncSpec {
  return {
    ...rest,
    reportTo: normalS3Url(reportTo),
    ...(sourceLocation === undefined ? {} : { sourceLocation: toLocation(sourceLocation) }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  };
}

function toLocation(kinds: NonNullable<DataSyncDocument['sourceLocation']>): SourceLocationSpec {
  for (const [kind, location] of Object.entries(kinds))
    // The schema's kinds are the domain's, member for member; only the kind stands elsewhere.
    if (location !== undefined) return { kind, ...withoutGaps(location) } as unknown as SourceLocationSpec;
  throw new Error('a location of no kind has passed the checks');
}

function withoutGaps(location: object): object {
  return Object.fromEntries(Object.entries(location).filter(([, value]) => value !== undefined));
}
