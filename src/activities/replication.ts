/*
 * Invariants
 * 1. Every part is found before it is made, and started only when it is seen not to run: a call that was lost is not
 *    repeated blindly.
 * 2. A state that is neither the wanted one nor on the way to it is an error, not another lap.
 * 3. What the service does not tell is not level.
 */
import { heartbeat } from '@temporalio/activity';
import type { ReplicationActivities, ReplicationInput } from '../contracts/replication-activities';
import { databaseEndName } from '../domain/database-steps';
import type { DatabaseSide } from '../domain/database-steps';
import { MigrationError } from '../domain/errors';
import type { ReplicationPart } from '../ports/database-replication';
import type { Found } from '../ports/traffic-router';
import { ensureOwned } from './ownership';
import { waitLevel } from './replication-level';
import { loadDatabase } from './replication-load';
import { removeReplication } from './replication-remove';
import type { ReplicationPorts } from './replication-wait';
import { requireThere, unlessDone, waitFor } from './replication-wait';

type Created = ReplicationInput & { adopt: boolean };

export function createReplicationActivities(ports: ReplicationPorts): ReplicationActivities {
  return {
    createReplicationInstance: (input) => createInstance(ports, input),
    connectDatabases: (input) => connect(ports, input),
    createReplicationTask: (input) => createTask(ports, input),
    loadDatabase: (input) => loadDatabase(ports, input),
    waitDatabaseLevel: (input) => waitLevel(ports, input),
    removeReplication: (input) => removeReplication(ports, input),
  };
}

const INSTANCE_ON_THE_WAY = ['creating', 'modifying', 'upgrading', 'rebooting', 'maintenance'];

async function createInstance(ports: ReplicationPorts, { name, database, owner, adopt }: Created): Promise<void> {
  const { replication } = ports;
  const what = `replication instance ${name}`;
  await ensureOwned(
    { what, owner, adopt },
    () => replication.findInstance(name),
    () => replication.createInstance(name, database.replicationInstance, owner),
  );
  await waitFor(ports, what, () => replication.findInstance(name), {
    wanted: ['available'],
    onTheWay: INSTANCE_ON_THE_WAY,
  });
}

async function connect(ports: ReplicationPorts, input: Created): Promise<void> {
  const instance = await requireThere(`replication instance ${input.name}`, input.owner, () =>
    ports.replication.findInstance(input.name),
  );
  for (const side of ['source', 'target'] as const) {
    const endpoint = await createEndpoint(ports, side, input);
    await testConnection(ports, instance.arn, endpoint.arn, `${side} of ${input.database.name}`);
  }
}

async function createEndpoint(
  ports: ReplicationPorts,
  side: DatabaseSide,
  { name, database, owner, adopt }: Created,
): Promise<ReplicationPart> {
  const { replication } = ports;
  const endName = databaseEndName(name, side);
  const find = (): Promise<Found<ReplicationPart> | undefined> => replication.findEndpoint(endName);
  const what = `endpoint ${endName}`;
  await ensureOwned({ what, owner, adopt }, find, () =>
    replication.createEndpoint(endName, side, side === 'source' ? database.from : database.to, owner),
  );
  return waitFor(ports, what, find, { wanted: ['active'], onTheWay: ['creating', 'modifying'] });
}

/** A test that failed is made anew by each attempt: most often somebody has mended something since. */
async function testConnection(
  ports: ReplicationPorts,
  instanceArn: string,
  endpointArn: string,
  whom: string,
): Promise<void> {
  const { replication } = ports;
  const before = await replication.readConnection(instanceArn, endpointArn);
  if (before?.status === 'successful') return;
  if (before?.status !== 'testing')
    await unlessDone(
      () => replication.testConnection(instanceArn, endpointArn),
      async () => (await replication.readConnection(instanceArn, endpointArn))?.status === 'testing',
    );
  const find = async (): Promise<Found<ReplicationPart> | undefined> => {
    const seen = await replication.readConnection(instanceArn, endpointArn);
    heartbeat({ connection: whom, status: seen?.status });
    if (seen?.status === 'failed')
      throw new MigrationError('ReplicationFailed', `DMS does not reach the ${whom}: ${seen.failure ?? 'no reason'}`);
    return seen && { value: { arn: endpointArn, status: seen.status }, owner: undefined };
  };
  await waitFor(ports, `connection to the ${whom}`, find, { wanted: ['successful'], onTheWay: ['testing'] });
}

async function createTask(ports: ReplicationPorts, { name, database, owner, adopt }: Created): Promise<void> {
  const { replication } = ports;
  const what = `replication task ${name}`;
  const arnOf = async (kind: string, find: () => Promise<Found<ReplicationPart> | undefined>): Promise<string> =>
    (await requireThere(kind, owner, find)).arn;
  const endpoint = (side: DatabaseSide): Promise<string> => {
    const endName = databaseEndName(name, side);
    return arnOf(`endpoint ${endName}`, () => replication.findEndpoint(endName));
  };
  const ends = {
    instanceArn: await arnOf(`replication instance ${name}`, () => replication.findInstance(name)),
    sourceArn: await endpoint('source'),
    targetArn: await endpoint('target'),
  };
  const find = (): ReturnType<typeof replication.findTask> => replication.findTask(name);
  await ensureOwned({ what, owner, adopt }, find, () => replication.createTask(name, ends, database, owner));
  // One that an earlier run left may have gone further.
  await waitFor(ports, what, find, {
    wanted: ['ready', 'starting', 'running', 'stopped', 'failed'],
    onTheWay: ['creating', 'modifying', 'stopping'],
  });
}
