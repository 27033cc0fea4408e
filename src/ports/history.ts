/** What Temporal remembers of migrations, read from outside. Errors: `MigrationNotFound`, `TemporalUnreachable`. */
export interface MigrationHistory {
  /** The spec with which the newest migration of the workload was started, as the operator wrote it, and whether that migration still runs. */
  newestInput(workload: string): Promise<{ document: unknown; open: boolean }>;
}
