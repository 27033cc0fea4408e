import { resourceName } from './resources';
import type { DataSetSpec, SourceLocationSpec } from './spec';

/** One task for each data set of a workload. */
export function transferName(workload: string, dataSetName: string): string {
  return `${resourceName(workload)}-${dataSetName}`;
}

/** The part of a location's address that names server, file system or volume. */
export function hostOf(location: SourceLocationSpec): string {
  if ('host' in location) return location.host;
  return lastPart('fileSystemArn' in location ? location.fileSystemArn : location.storageVirtualMachineArn);
}

/** What stands as `from` where the source is no bucket, for people: `nfs://filer/export/models`. */
export function addressOf(location: SourceLocationSpec): string {
  const scheme = location.kind.startsWith('fsx') ? 'fsx' : location.kind;
  return `${scheme}://${hostOf(location)}${location.path.replace(/\/+$/, '')}`;
}

/**
 * Whether the transfer's own reports are the proof: where we cannot read the source, or only a part of it was to come.
 * Everywhere else both sides are read whole.
 */
export function isProvenByReport({ datasync }: DataSetSpec): boolean {
  if (datasync === undefined) return false;
  const { sourceLocation, include, exclude } = datasync;
  return sourceLocation !== undefined || include.length + exclude.length > 0;
}

function lastPart(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}
