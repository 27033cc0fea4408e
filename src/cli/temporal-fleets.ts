import type { Client } from '@temporalio/client';
import { undefinedIfMissing } from '../adapters/temporal-errors';
import { fleetId, QUERIES, SIGNALS } from '../contracts/messages';
import type { FleetView } from '../contracts/messages';
import { MigrationError } from '../domain/errors';
import { startLone } from './lone-run';
import type { Fleets } from './session';

interface Deadlines {
  /** Of what the server answers by itself. */
  readonly ask: <T>(doing: string, call: () => Promise<T>) => Promise<T>;
  /** Of what a worker answers. */
  readonly askWorker: <T>(call: () => Promise<T>) => Promise<T>;
}

export function temporalFleets(client: Client, { ask, askWorker }: Deadlines): Fleets {
  const { workflow } = client;
  return {
    start(name, document, message) {
      const workflowId = fleetId(name);
      return ask(`starting ${workflowId}`, () =>
        startLone(client, { type: 'migrateFleet', workflowId, document, memo: { ...message } }),
      );
    },
    async status(name) {
      const doing = `asking ${fleetId(name)}`;
      const handle = workflow.getHandle(fleetId(name));
      const view = await undefinedIfMissing(doing, () => askWorker(() => handle.query<FleetView>(QUERIES.status)));
      return view ?? missing(name);
    },
    async signal(name, signal, message) {
      const doing = `sending ${signal} to ${fleetId(name)}`;
      const handle = workflow.getHandle(fleetId(name));
      const sent = await undefinedIfMissing(doing, () =>
        ask(doing, () => handle.signal(SIGNALS[signal], message)).then(() => true),
      );
      if (sent === undefined) missing(name);
    },
  };
}

function missing(name: string): never {
  throw new MigrationError('MigrationNotFound', `there is no fleet ${name} (workflow ${fleetId(name)})`);
}
