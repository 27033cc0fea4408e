import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { undefinedIfMissing } from '../adapters/temporal-errors';
import { fleetId, MAIN_QUEUE, QUERIES, SIGNALS } from '../contracts/messages';
import type { FleetView } from '../contracts/messages';
import { MigrationError } from '../domain/errors';
import type { Fleets } from './session';

interface Deadlines {
  /** Of what the server answers by itself. */
  readonly ask: <T>(doing: string, call: () => Promise<T>) => Promise<T>;
  /** Of what a worker answers. */
  readonly askWorker: <T>(call: () => Promise<T>) => Promise<T>;
}

export function temporalFleets({ workflow }: Client, { ask, askWorker }: Deadlines): Fleets {
  return {
    async start(name, document, message) {
      const workflowId = fleetId(name);
      try {
        const { firstExecutionRunId } = await ask(`starting ${workflowId}`, () =>
          workflow.start('migrateFleet', {
            taskQueue: MAIN_QUEUE,
            workflowId,
            args: [document],
            workflowIdConflictPolicy: 'FAIL',
            workflowIdReusePolicy: 'ALLOW_DUPLICATE',
            memo: { ...message },
          }),
        );
        return { workflowId, runId: firstExecutionRunId };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        throw new MigrationError('MigrationRunning', `${workflowId} is already running`, { cause: error });
      }
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
