/** A fleet on the theatre, and what its operator does. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { FleetSignal, FleetView } from '../../../src/contracts/messages';
import { fleetId, MAIN_QUEUE, QUERIES, SIGNALS } from '../../../src/contracts/messages';
import { World } from '../fakes';
import type { Migration } from './migration';
import { SAY } from './migration';
import type { Theatre } from './theatre';

const LOOK_EVERY_MS = 100;
const WITHIN_MS = 60_000;

export class Fleet {
  readonly document: Record<string, unknown>;
  /** Of the fleet itself: it gets the notices. */
  readonly world = new World(Date.now);

  constructor(
    private readonly theatre: Theatre,
    private readonly name: string,
    waves: readonly (readonly Migration[])[],
    changes: Record<string, unknown> = {},
  ) {
    theatre.cast(name, this.world);
    this.document = {
      apiVersion: 'crossfade/v1',
      fleet: name,
      migrations: waves.flat().map(({ document }) => ({ spec: document })),
      waves: waves.map((wave) => wave.map(({ workload }) => workload)),
      parallelMax: 2,
      checkEvery: '500ms',
      ...changes,
    };
  }

  async start(): Promise<this> {
    await this.theatre.client.workflow.start('migrateFleet', {
      taskQueue: MAIN_QUEUE,
      workflowId: fleetId(this.name),
      args: [this.document],
    });
    return this;
  }

  get handle(): WorkflowHandle {
    return this.theatre.client.workflow.getHandle(fleetId(this.name));
  }

  send(signal: FleetSignal, message: object = {}): Promise<void> {
    return this.handle.signal(SIGNALS[signal], { ...SAY, ...message });
  }

  result(): Promise<{ outcome: string; standings: Record<string, string> }> {
    return this.handle.result() as Promise<{ outcome: string; standings: Record<string, string> }>;
  }

  /** Looks until the view is as wanted; throws, with what was seen last, when it never is. */
  async until(what: string, isReached: (view: FleetView) => boolean): Promise<FleetView> {
    const deadline = Date.now() + WITHIN_MS;
    let last: FleetView | undefined;
    while (Date.now() < deadline) {
      last = await this.handle.query<FleetView>(QUERIES.status).catch(() => last);
      if (last !== undefined && isReached(last)) return last;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`${this.name}: waited for ${what}; last seen: ${JSON.stringify(last, null, 1)}`);
  }
}
