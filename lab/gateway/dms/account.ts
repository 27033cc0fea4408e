/** What one account holds in DMS, and how DMS words a refusal. */
import { randomBytes } from 'node:crypto';
import type {
  CreateEndpointMessage,
  CreateReplicationInstanceMessage,
  CreateReplicationTaskMessage,
} from '@aws-sdk/client-database-migration-service';
import { LAB_ACCOUNT, LAB_REGION } from '../../aws-env';
import { AwsError } from '../answer';
import type { TagsByArn } from '../tags';
import type { Life } from './life';
import type { TaskRun } from './run';

export interface InstanceRecord {
  readonly arn: string;
  readonly input: CreateReplicationInstanceMessage;
  readonly life: Life;
}

export interface EndpointRecord {
  readonly arn: string;
  readonly input: CreateEndpointMessage;
  readonly life: Life;
}

export interface ConnectionRecord {
  readonly instance: InstanceRecord;
  readonly endpoint: EndpointRecord;
  readonly testedAtMs: number;
  /** What it ends with; undefined: it succeeds. */
  readonly failure: string | undefined;
}

export interface TaskRecord {
  readonly arn: string;
  readonly input: CreateReplicationTaskMessage;
  readonly life: Life;
  /** Of each start, the newest last. */
  readonly runs: TaskRun[];
}

const ID_LENGTH = 26;
const BASE_32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The last part says nothing of the name, as on AWS. */
export function newArn(kind: 'rep' | 'endpoint' | 'task'): string {
  const id = [...randomBytes(ID_LENGTH)].map((byte) => BASE_32[byte % BASE_32.length]).join('');
  return `arn:aws:dms:${LAB_REGION}:${LAB_ACCOUNT}:${kind}:${id}`;
}

export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundFault', message);
export const wrongState = (message: string): AwsError => new AwsError('InvalidResourceStateFault', message);

export class DmsAccount {
  private readonly all = {
    instances: new Map<string, InstanceRecord>(),
    endpoints: new Map<string, EndpointRecord>(),
    tasks: new Map<string, TaskRecord>(),
  };
  /** The newest test of each pair. */
  private readonly tests = new Map<string, ConnectionRecord>();
  readonly tags: TagsByArn = new Map();

  constructor(readonly now: () => number) {}

  instances(): InstanceRecord[] {
    return this.alive(this.all.instances);
  }

  endpoints(): EndpointRecord[] {
    return this.alive(this.all.endpoints);
  }

  tasks(): TaskRecord[] {
    return this.alive(this.all.tasks);
  }

  connections(): ConnectionRecord[] {
    const [instances, endpoints] = [this.instances(), this.endpoints()];
    return [...this.tests.values()].filter(
      ({ instance, endpoint }) => instances.includes(instance) && endpoints.includes(endpoint),
    );
  }

  instance(arn: string | undefined): InstanceRecord {
    return found(this.instances(), arn, 'Replication instance');
  }

  endpoint(arn: string | undefined): EndpointRecord {
    return found(this.endpoints(), arn, 'Endpoint');
  }

  task(arn: string | undefined): TaskRecord {
    return found(this.tasks(), arn, 'Replication task');
  }

  /** Throws for an ARN under which there is nothing. */
  requireArn(arn: string): void {
    const records = [...this.instances(), ...this.endpoints(), ...this.tasks()];
    if (!records.some((record) => record.arn === arn)) throw notFound(`Resource ${arn} could not be found.`);
  }

  addInstance(record: InstanceRecord): void {
    refuseName(this.instances(), record, ({ input }) => input.ReplicationInstanceIdentifier);
    this.all.instances.set(record.arn, record);
  }

  addEndpoint(record: EndpointRecord): void {
    refuseName(this.endpoints(), record, ({ input }) => input.EndpointIdentifier);
    this.all.endpoints.set(record.arn, record);
  }

  addTask(record: TaskRecord): void {
    refuseName(this.tasks(), record, ({ input }) => input.ReplicationTaskIdentifier);
    this.all.tasks.set(record.arn, record);
  }

  addTest(record: ConnectionRecord): void {
    this.tests.set(`${record.instance.arn} ${record.endpoint.arn}`, record);
  }

  private alive<T extends { readonly life: Life }>(records: ReadonlyMap<string, T>): T[] {
    return [...records.values()].filter(({ life }) => life.status(this.now()) !== undefined);
  }
}

function found<T extends { readonly arn: string }>(records: readonly T[], arn: string | undefined, what: string): T {
  const record = records.find((one) => one.arn === arn);
  if (record === undefined) throw notFound(`${what} ${arn} not found.`);
  return record;
}

function refuseName<T extends { readonly arn: string }>(
  records: readonly T[],
  wanted: T,
  name: (record: T) => string | undefined,
): void {
  const taken = records.find((one) => name(one) === name(wanted));
  if (taken !== undefined)
    throw new AwsError('ResourceAlreadyExistsFault', `${name(wanted)} already exists.`, 400, {
      resourceArn: taken.arn,
    });
}
