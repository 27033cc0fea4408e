import type { Standing } from '../domain/migration-fleet';

/** Where migrations stand, asked without their workers. Errors: `TemporalUnreachable`. */
export interface MigrationStandings {
  /** Of the newest run; undefined: there is none. */
  standingOf(workload: string): Promise<Standing | undefined>;
}
