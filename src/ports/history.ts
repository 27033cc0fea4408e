/** What Temporal remembers of migrations, read from outside. Errors: `MigrationNotFound`, `TemporalUnreachable`. */
export interface MigrationHistory {
  /**
   * The spec with which the newest migration of the workload was started, as the operator wrote it, and whether that run
   * is open. With `isUsable` the newest spec that it accepts; when it accepts none, the newest of all.
   */
  newestInput(
    workload: string,
    isUsable?: (document: unknown) => boolean,
  ): Promise<{ document: unknown; open: boolean }>;
}
