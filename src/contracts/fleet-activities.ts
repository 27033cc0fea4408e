import type { ChangeCalendar, Opening } from '../domain/change-windows';
import type { FleetSpec, Standing } from '../domain/migration-fleet';

/** What `migrateFleet` asks for. */
export interface FleetActivities {
  /** @throws SpecInvalid with every problem and its path. */
  parseFleet(input: { document: unknown }): Promise<FleetSpec>;
  /** Of the newest migration of each; who has none is left out. */
  readStandings(input: { workloads: readonly string[] }): Promise<Readonly<Record<string, Standing>>>;
  /** Looks until somebody stands elsewhere than is known, or `untilMs` (epoch milliseconds). @returns who does, and where. */
  watchStandings(input: {
    known: Readonly<Record<string, Standing>>;
    checkEveryMs: number;
    untilMs: number;
  }): Promise<Readonly<Record<string, Standing>>>;
  /** Whether something may be begun now: time zones change with their tables, so no workflow reckons with them. */
  findOpening(input: ChangeCalendar): Promise<Opening>;
}
