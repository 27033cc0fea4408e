/** Follows what people and carriers do, for days: a device on its way, a line that is being laid. */
import { heartbeat } from '@temporalio/activity';
import type { RoadActivities, RoadInput } from '../contracts/data-activities';
import { MigrationError } from '../domain/errors';
import type { ImportJob } from '../ports/data-roads';
import type { Ports } from './ports';
import { untilKnown } from './waiting';

type RoadPorts = Pick<Ports, 'roads' | 'now' | 'sleep'>;

/** In the order in which a job goes through them. */
const TO_THE_CUSTOMER = ['New', 'PreparingAppliance', 'PreparingShipment', 'InTransitToCustomer'];
const TO_AWS = ['WithCustomer', 'InTransitToAWS', 'WithAWSSortingFacility', 'WithAWS', 'InProgress'];
/** How long the list of jobs may lag behind an order. */
const LAG_MS_MAX = 5 * 60_000;
const LINE_ON_THE_WAY = ['ordering', 'requested', 'pending', 'down', 'unknown'];

export function createRoadActivities(ports: RoadPorts): RoadActivities {
  return {
    async orderImport(input) {
      const { dataSet, owner } = input;
      // Without client tokens: found before made, so that a reply that was lost orders no second device.
      if ((await ports.roads.findImport(dataSet, owner)) === undefined) await ports.roads.createImport(dataSet, owner);
      const { id } = await followImport(ports, input, TO_THE_CUSTOMER, [...TO_AWS, 'Complete']);
      return { jobId: id };
    },

    async waitImported(input) {
      const { id, failureLog } = await followImport(ports, input, [...TO_THE_CUSTOMER, ...TO_AWS], ['Complete']);
      return { jobId: id, failureLog: failureLog ?? null };
    },

    cancelImport: (input) => cancelImport(ports, input),

    async waitLine({ dataSet }) {
      const connectionId = dataSet.directConnect?.connectionId ?? '';
      await untilKnown(ports, `line ${connectionId}`, async () => {
        const state = await ports.roads.readLine(connectionId);
        heartbeat({ line: connectionId, state });
        if (state === 'available') return true;
        if (state !== undefined && LINE_ON_THE_WAY.includes(state)) return undefined;
        throw new MigrationError(
          'TransferFailed',
          `${dataSet.name}: line ${connectionId} is ${state ?? 'not there'}, and will not be available`,
        );
      });
    },
  };
}

function followImport(
  ports: RoadPorts,
  { dataSet, owner }: RoadInput,
  onTheWay: readonly string[],
  wanted: readonly string[],
): Promise<ImportJob> {
  const sinceMs = ports.now();
  return untilKnown(ports, `import of ${dataSet.name}`, async () => {
    const job = await ports.roads.findImport(dataSet, owner);
    heartbeat({ job: job?.id, state: job?.state });
    if (job === undefined && ports.now() - sinceMs < LAG_MS_MAX) return undefined;
    if (job === undefined) throw new MigrationError('TransferFailed', `${dataSet.name}: Snowball has no job of ours`);
    if (onTheWay.includes(job.state)) return undefined;
    if (wanted.includes(job.state)) return job;
    throw new MigrationError('TransferFailed', `${dataSet.name}: Snowball job ${job.id} is ${job.state}`);
  });
}

/** @throws AwsRejected for a device that is on its way: somebody has to send it back. */
async function cancelImport({ roads }: RoadPorts, { dataSet, owner }: RoadInput): Promise<void> {
  const job = await roads.findImport(dataSet, owner);
  if (job === undefined || ['Complete', 'Cancelled'].includes(job.state)) return;
  if (job.state !== 'New')
    throw new MigrationError(
      'AwsRejected',
      `Snowball job ${job.id} is ${job.state} and cannot be cancelled: send the device back`,
    );
  await roads.cancelImport(job.id);
}
