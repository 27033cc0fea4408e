import { whyByDataSync } from '../domain/data-method';
import { addressOf } from '../domain/managed-transfer';
import type { DataSetSpec, DataSyncSpec, SourceLocationSpec } from '../domain/spec';
import type { SpecDocument } from './schema';
import { isDatabaseUrl } from './schema-data';
import { normalS3Url } from './s3-url';

type DataSetDocument = SpecDocument['data'][number];
type DataSyncDocument = NonNullable<DataSetDocument['datasync']>;

/** The part of a data set that says whence. */
export function toSource({ from, datasync }: DataSetDocument): string {
  if (from !== undefined) return normalUrl(from);
  if (datasync?.sourceLocation === undefined) throw new Error('a data set without a source has passed the checks');
  return addressOf(toLocation(datasync.sourceLocation));
}

/** Settings for a way that `auto` does not take are left out here: what follows goes by what is there. */
export function withDataSync(dataSet: DataSetSpec, { datasync }: DataSetDocument): DataSetSpec {
  if (datasync === undefined) return dataSet;
  const moved = { ...dataSet, datasync: toDataSync(datasync) };
  return dataSet.method === 'auto' && whyByDataSync(moved) === undefined ? dataSet : moved;
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
