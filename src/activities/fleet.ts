import { heartbeat } from '@temporalio/activity';
import type { FleetActivities } from '../contracts/activities';
import { openingAt } from '../domain/change-windows';
import type { Standing } from '../domain/migration-fleet';
import type { MigrationStandings } from '../ports/standings';
import { parseFleet } from '../spec';
import type { Ports } from './ports';
import { sleepOf } from './waiting';

/** Half of the heartbeat timeout of a long call. Unit: milliseconds. */
const SLEEP_MS_MAX = 30_000;

export function createFleetActivities(ports: Pick<Ports, 'standings' | 'now' | 'sleep'>): FleetActivities {
  const { standings, now } = ports;
  return {
    parseFleet: async ({ document }) => parseFleet(document),
    readStandings: ({ workloads }) => readAll(standings, workloads),
    async watchStandings({ known, checkEveryMs, untilMs }) {
      const sleep = sleepOf(ports);
      const watched = Object.keys(known);
      for (;;) {
        const found = await readAll(standings, watched);
        const changed = Object.entries(found).filter(([workload, standing]) => known[workload] !== standing);
        heartbeat({ changed: changed.length });
        if (changed.length > 0 || now() >= untilMs) return Object.fromEntries(changed);
        await sleep(Math.min(checkEveryMs, SLEEP_MS_MAX));
      }
    },
    findOpening: async (calendar) => openingAt(calendar, now()),
  };
}

async function readAll(
  standings: MigrationStandings,
  workloads: readonly string[],
): Promise<Readonly<Record<string, Standing>>> {
  const found: Record<string, Standing> = {};
  for (const workload of workloads) {
    const standing = await standings.standingOf(workload);
    if (standing !== undefined) found[workload] = standing;
    heartbeat({ workload });
  }
  return found;
}
