/** What people have to do on the roads that Crossfade plans and does not execute. Pure text, shown at the gates. */
import type { DataSetSpec, HumanRoad } from './spec-data';

export interface RoadInstructions {
  readonly question: string;
  /** One step a line. */
  readonly steps: readonly string[];
}

type Write = (dataSet: DataSetSpec) => RoadInstructions;

const ORDER: Readonly<Record<HumanRoad, Write>> = {
  snowball: ({ name, from, to }) => ({
    question: `Order Snowball devices for ${name} (planned, not executed). Approve when the job is created.`,
    steps: [
      `aws snowball create-job --job-type IMPORT --snowball-type EDGE_S --resources with the bucket of ${to}; since November 2025 for existing Snow customers only`,
      'Note the job ID in the reason of your approval: it goes to the ledger',
      `When the devices are there: unlock them and copy ${from} onto them with the S3 adapter, keys as below ${to}`,
    ],
  }),
  'direct-connect': ({ name, from }) => ({
    question: `Order a Direct Connect line for ${name} (planned, not executed). Approve when it is ordered.`,
    steps: [
      'aws directconnect create-connection --bandwidth 10Gbps --location of your site --connection-name crossfade',
      'Send the letter of authorisation (describe-loa) to the location, and let them patch the cross-connect',
      `Create a public virtual interface, so that ${from} reaches S3 over the line`,
    ],
  }),
  dms: ({ name, from, to }) => ({
    question: `Create the DMS task for ${name} (planned, not executed). Approve when it runs.`,
    steps: [
      `aws dms create-endpoint for ${from} and for ${to}; test-connection for both`,
      'aws dms create-replication-task --migration-type full-load-and-cdc, with validation switched on (EnableValidation)',
      'aws dms start-replication-task --start-replication-task-type start-replication',
      'Note the ARN of the task in the reason of your approval: it goes to the ledger',
    ],
  }),
};

const ARRIVED: Readonly<Record<HumanRoad, Write>> = {
  snowball: ({ name, to }) => ({
    question: `Is ${name} imported? Approve when the job is Complete; what changed since is copied and everything verified then.`,
    steps: [
      'aws snowball describe-job: JobState must be Complete',
      `Read the failure report of the job; keys that are not below ${to} now are copied over the line next`,
    ],
  }),
  'direct-connect': ({ name }) => ({
    question: `Does the line for ${name} carry traffic? Approve when it does; the copy begins then.`,
    steps: [
      'aws directconnect describe-connections: connectionState must be available',
      'aws directconnect describe-virtual-interfaces: a BGP peer must be up',
    ],
  }),
  dms: ({ name }) => ({
    question: `Is the full load of ${name} done? Approve when it is, and changes are being applied.`,
    steps: [
      'aws dms describe-replication-tasks: Status running, FullLoadProgressPercent 100',
      'aws dms describe-table-statistics: ValidationState Validated for every table, ValidationFailedRecords 0',
    ],
  }),
};

/** Where the spec says enough, Crossfade orders and follows; what remains is done with hands. */
function orderImport({ name, to }: DataSetSpec): RoadInstructions {
  return {
    question: `Order a Snowball device for ${name}? Approve, and Crossfade makes the job and waits until the device is there.`,
    steps: [
      'The device and its days are billed to the account from now on',
      'AWS takes no new customers for Snowball: who is none is refused, and asks for a Data Transfer Terminal instead',
      `The job imports into the bucket of ${to}; look at the address that the spec names: aws snowball describe-address`,
    ],
  };
}

function fillDevice({ name, from, to }: DataSetSpec): RoadInstructions {
  return {
    question: `Fill the device for ${name} and send it back. Approve when the carrier has it: Crossfade waits for the import.`,
    steps: [
      'Unlock the device with its manifest (aws snowball get-job-manifest) and code (get-job-unlock-code)',
      `Copy ${from} onto it with the S3 adapter, keys as below ${to}`,
      'Switch it off and give it to the carrier; its label is on its display',
    ],
  };
}

export function orderOf(road: HumanRoad, dataSet: DataSetSpec): RoadInstructions {
  if (dataSet.snowball !== undefined) return orderImport(dataSet);
  return ORDER[road](dataSet);
}

export function arrivalOf(road: HumanRoad, dataSet: DataSetSpec): RoadInstructions {
  if (dataSet.snowball !== undefined) return fillDevice(dataSet);
  return ARRIVED[road](dataSet);
}

/** Asked before the first weight. */
export function levelOf({ name, from }: DataSetSpec): RoadInstructions {
  return {
    question: `Stop the writers of ${name}. Approve when the change capture is level.`,
    steps: [
      `Stop whatever writes to ${from}`,
      'CloudWatch CDCLatencySource and CDCLatencyTarget of the task: 0 for five minutes',
      'aws dms describe-table-statistics: ValidationPendingRecords 0, ValidationFailedRecords 0',
    ],
  };
}

/** Asked when a freeze is declared. */
export function freezeOf(sets: readonly DataSetSpec[], forecast: string): RoadInstructions {
  const names = sets.map(({ name }) => name).join(', ');
  return {
    question: `Stop the writers of ${names}: ${forecast}. Approve once nothing writes there any more.`,
    steps: [
      ...sets.map(({ from }) => `Stop whatever writes to ${from}`),
      'Approve: the final delta is copied, everything is verified, and the first weight follows by itself',
      'Reject puts the migration back; the writers may go on then',
    ],
  };
}
