import type { Owner } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';

/** In the service's own word. */
export interface ImportJob {
  readonly id: string;
  readonly state: string;
  /** Where the keys stand that were not imported; undefined: not yet, or none. */
  readonly failureLog: string | undefined;
}

/** Devices and lines that people order, and that take days. Errors: `AwsDenied`, `AwsRejected`, `AwsUnavailable`. */
export interface DataRoads {
  /** The job that this migration asked for. @throws NotExactlyOne. */
  findImport(dataSet: DataSetSpec, owner: Owner): Promise<ImportJob | undefined>;
  /** Orders a device. */
  createImport(dataSet: DataSetSpec, owner: Owner): Promise<void>;
  /** Only one that is not being prepared yet. */
  cancelImport(id: string): Promise<void>;
  /** The state of a line; undefined: there is none. */
  readLine(connectionId: string): Promise<string | undefined>;
}
