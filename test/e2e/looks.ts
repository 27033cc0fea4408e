/** Looks at a migration that may be blocked, or over: unlike the drive's own, they do not take that for a failure. */
import { setInterval } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Drive } from '../../lab/drive';
import type { Lab } from '../../lab/index';
import { listResources } from '../../lab/resources';
import type { StatusView } from '../../src/contracts/messages';

const LOOK_EVERY_MS = 250;

/** Of one workload: whatever bears its name. */
export async function resourcesOf({ info }: Lab, workload: string): Promise<string[]> {
  return (await listResources(info)).filter((resource) => resource.includes(workload));
}

/** Also while the migration is blocked. */
export async function statusOnce(drive: Drive, reached: (status: StatusView) => boolean): Promise<StatusView> {
  for await (const _tick of setInterval(LOOK_EVERY_MS)) {
    const status = (await drive.sample())?.status;
    if (status !== undefined && reached(status)) return status;
  }
  throw new Error('unreachable: the interval has no end');
}

/** What it is blocked by, or how it ended: in its own words. */
export async function refusalOf(drive: Drive): Promise<string> {
  for await (const _tick of setInterval(LOOK_EVERY_MS)) {
    const blocked = (await drive.sample())?.status.blocked;
    if (blocked != null) return `${blocked.code}: ${blocked.message}`;
    if ((await drive.handle.describe()).status.name !== 'RUNNING') return endingOf(drive);
  }
  throw new Error('unreachable: the interval has no end');
}

function endingOf(drive: Drive): Promise<string> {
  return drive.handle.result().then(
    () => 'completed',
    ({ cause }: Error) => (cause instanceof ApplicationFailure ? `${cause.type}: ${cause.message}` : String(cause)),
  );
}
