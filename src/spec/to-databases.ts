import type { DatabaseEndSpec, DatabaseSpec } from '../domain/spec';
import type { SpecDocument } from './schema';

type Written = SpecDocument['databases'][number];

/** What is left out stays left out, so that the plan of a spec that was written before stays what it was. */
export function toDatabases(written: readonly Written[]): { databases?: DatabaseSpec[] } {
  return written.length === 0 ? {} : { databases: written.map(toDatabase) };
}

function toDatabase(written: Written): DatabaseSpec {
  const { name, tables, excludeTables, targetTables, cdcLatencyMax } = written;
  const { kmsKeyId, ...instance } = written.replicationInstance;
  return {
    name,
    from: toEnd(written.from),
    to: toEnd(written.to),
    replicationInstance: { ...instance, ...(kmsKeyId === undefined ? {} : { kmsKeyId }) },
    tables,
    excludeTables,
    targetTables,
    cdcLatencyMaxMs: cdcLatencyMax,
  };
}

function toEnd({ database, certificateArn, ...rest }: Written['from']): DatabaseEndSpec {
  return {
    ...rest,
    ...(database === undefined ? {} : { database }),
    ...(certificateArn === undefined ? {} : { certificateArn }),
  };
}
