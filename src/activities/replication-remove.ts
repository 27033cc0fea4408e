/** Takes a replication apart, in the order that DMS asks for. What bears no tag of ours stays, and so do both databases. */
import type { Owner } from '../domain/resources';
import { databaseEndName } from '../domain/database-steps';
import type { ReplicationPart } from '../ports/database-replication';
import type { Found } from '../ports/traffic-router';
import { removeOwned } from './ownership';
import type { ReplicationPorts } from './replication-wait';
import { unlessDone, untilGone, waitFor } from './replication-wait';

type Find = () => Promise<Found<ReplicationPart> | undefined>;

export async function removeReplication(
  ports: ReplicationPorts,
  { name, owner }: { name: string; owner: Owner },
): Promise<void> {
  const { replication } = ports;
  const task: Find = () => replication.findTask(name);
  await removePart(ports, `replication task ${name}`, owner, task, async ({ arn }) => {
    await stop(ports, name);
    await replication.deleteTask(arn);
  });
  for (const side of ['target', 'source'] as const) {
    const endName = databaseEndName(name, side);
    const find: Find = () => replication.findEndpoint(endName);
    await removePart(ports, `endpoint ${endName}`, owner, find, ({ arn }) => replication.deleteEndpoint(arn));
  }
  const instance: Find = () => replication.findInstance(name);
  await removePart(ports, `replication instance ${name}`, owner, instance, ({ arn }) =>
    replication.deleteInstance(arn),
  );
}

/** One that is on its way out already is only waited for. */
function removePart(
  ports: ReplicationPorts,
  what: string,
  owner: Owner,
  find: Find,
  remove: (part: ReplicationPart) => Promise<void>,
): Promise<void> {
  return removeOwned(what, owner, find, async (part) => {
    const isGoing = (now: Found<ReplicationPart> | undefined): boolean =>
      now === undefined || now.value.status === 'deleting';
    if (part.status !== 'deleting')
      await unlessDone(
        () => remove(part),
        async () => isGoing(await find()),
      );
    await untilGone(ports, what, find);
  });
}

const RESTING = ['ready', 'stopped', 'failed', 'failed-move'];

/** A task is deleted at rest only; one that starts is stopped as soon as it can be. */
async function stop(ports: ReplicationPorts, name: string): Promise<void> {
  const { replication } = ports;
  const what = `replication task ${name}`;
  const find = (): ReturnType<typeof replication.findTask> => replication.findTask(name);
  const settled = await waitFor(ports, what, find, {
    wanted: [...RESTING, 'running', 'stopping', 'deleting'],
    onTheWay: ['creating', 'starting', 'modifying', 'testing', 'moving'],
  });
  if (settled.status === 'running')
    await unlessDone(
      () => replication.stopTask(settled.arn),
      async () => (await find())?.value.status !== 'running',
    );
  await waitFor(ports, what, find, { wanted: [...RESTING, 'deleting'], onTheWay: ['running', 'stopping'] });
}
