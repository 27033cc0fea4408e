import { MigrationError } from '../../../src/domain/errors';
import type { DataRoads } from '../../../src/ports/data-roads';
import type { World } from './world';

/** Devices and lines of a world: a test moves them on. */
export class FakeRoads {
  /** Data set → its job. */
  readonly jobs = new Map<string, { id: string; state: string }>();
  readonly lines = new Map<string, string>();
  /** The state in which a job is made. */
  firstState = 'WithCustomer';
}

export function fakeRoads(world: World): DataRoads {
  const { roads } = world;
  return {
    findImport: async ({ name }) => {
      const job = roads.jobs.get(name);
      return job && { ...job, failureLog: undefined };
    },
    createImport: async ({ name }) => {
      if (roads.jobs.has(name)) throw new Error(`a second device for ${name}`);
      roads.jobs.set(name, { id: world.id('JID'), state: roads.firstState });
    },
    cancelImport: async (id) => {
      const job = [...roads.jobs.values()].find((one) => one.id === id);
      if (job?.state !== 'New') throw new MigrationError('AwsRejected', `${id} is ${job?.state}`);
      job.state = 'Cancelled';
    },
    readLine: async (connectionId) => roads.lines.get(connectionId),
  };
}
