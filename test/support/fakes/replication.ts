import type { TableProgress } from '../../../src/domain/database-level';
import { MigrationError } from '../../../src/domain/errors';
import type { EpochMs, Milliseconds } from '../../../src/domain/quantity';
import type { Owner } from '../../../src/domain/resources';
import type {
  Connection,
  DatabaseReplication,
  ReplicationPart,
  ReplicationTask,
} from '../../../src/ports/database-replication';
import type { Found } from '../../../src/ports/traffic-router';
import type { World } from './world';

export interface FakePart {
  readonly arn: string;
  readonly owner: Owner | undefined;
  status: string;
}

export interface FakeTask extends FakePart {
  loadedPercent: number;
  starts: string[];
}

/** How databases are carried over in a world. Nothing takes time here: waiting is the lab's to show. */
export class FakeReplications {
  readonly instances = new Map<string, FakePart>();
  readonly endpoints = new Map<string, FakePart>();
  readonly tasks = new Map<string, FakeTask>();
  readonly connections = new Map<string, Connection>();
  /** Why connections fail; undefined: they succeed. */
  connectionFailure: string | undefined;
  /** Why the next task that runs fails; undefined: it does not. */
  taskFailure: string | undefined;
  tables: TableProgress[] = [
    { table: 'public.orders', state: 'Table completed', validation: 'Validated', rowsLoaded: 7, rowsUnproven: 0 },
  ];
  /** undefined: CloudWatch has none. Unit: seconds. */
  lagSeconds: number | undefined = 0;
}

export function fakeReplication(world: World): DatabaseReplication {
  return { ...instances(world), ...endpoints(world), ...tasks(world) };
}

function foundOf(part: FakePart | undefined): Found<ReplicationPart> | undefined {
  return part && { value: { arn: part.arn, status: part.status }, owner: part.owner };
}

function partOf<Part extends FakePart>(parts: ReadonlyMap<string, Part>, arn: string): Part {
  const part = [...parts.values()].find((one) => one.arn === arn);
  if (part === undefined) throw new MigrationError('NotFound', `${arn} is not found`);
  return part;
}

function add<Part extends FakePart>(parts: Map<string, Part>, name: string, part: Part): Part {
  if (parts.has(name)) throw new MigrationError('AwsRejected', `${name} already exists`);
  parts.set(name, part);
  return { ...part };
}

function remove(parts: Map<string, FakePart>, arn: string): void {
  for (const [name, part] of parts) if (part.arn === arn) parts.delete(name);
}

type Instances = Pick<DatabaseReplication, 'findInstance' | 'createInstance' | 'deleteInstance'>;

function instances(world: World): Instances {
  const { replications } = world;
  const { instances: all, tasks: running } = replications;
  return {
    findInstance: async (name) => foundOf(all.get(name)),
    createInstance: async (name, _instance, owner) =>
      add(all, name, { arn: world.id('rep'), owner, status: 'available' }),
    deleteInstance: async (arn) => {
      if (running.size > 0) throw new MigrationError('AwsRejected', `${arn} has replication tasks`);
      remove(all, arn);
    },
  };
}

type Endpoints = Pick<
  DatabaseReplication,
  'findEndpoint' | 'createEndpoint' | 'deleteEndpoint' | 'testConnection' | 'readConnection'
>;

function endpoints(world: World): Endpoints {
  const { replications } = world;
  const { endpoints: all, connections } = replications;
  return {
    findEndpoint: async (name) => foundOf(all.get(name)),
    createEndpoint: async (name, _side, _end, owner) =>
      add(all, name, { arn: world.id('end'), owner, status: 'active' }),
    deleteEndpoint: async (arn) => {
      if (replications.tasks.size > 0) throw new MigrationError('AwsRejected', `${arn} is part of a task`);
      remove(all, arn);
    },
    testConnection: async (instanceArn, endpointArn) => {
      const failure = replications.connectionFailure;
      const status = failure === undefined ? 'successful' : 'failed';
      connections.set(`${instanceArn} ${endpointArn}`, { status, failure });
    },
    readConnection: async (instanceArn, endpointArn) => connections.get(`${instanceArn} ${endpointArn}`),
  };
}

type Tasks = Omit<DatabaseReplication, keyof Instances | keyof Endpoints>;

function tasks(world: World): Tasks {
  const { replications } = world;
  const { tasks: all } = replications;
  return {
    findTask: async (name) => {
      const task = all.get(name);
      return task && { value: describe(replications, task), owner: task.owner };
    },
    createTask: async (name, _ends, _database, owner) => {
      const task = { arn: world.id('task'), owner, status: 'ready', loadedPercent: 0, starts: [] };
      return describe(replications, add(all, name, task));
    },
    startTask: async (arn, kind) => {
      const task = partOf(all, arn);
      if (task.status === 'running') throw new MigrationError('AwsRejected', `${arn} is running`);
      task.starts.push(kind);
      task.status = replications.taskFailure === undefined ? 'running' : 'failed';
      task.loadedPercent = replications.taskFailure === undefined ? 100 : 50;
    },
    stopTask: async (arn) => {
      partOf(all, arn).status = 'stopped';
    },
    deleteTask: async (arn) => {
      const task = [...all.values()].find((one) => one.arn === arn);
      if (task?.status === 'running') throw new MigrationError('AwsRejected', `${arn} is running`);
      remove(all, arn);
    },
    readTables: async () => replications.tables,
    readLatency: async (_name, _taskArn, now) => {
      const { lagSeconds } = replications;
      if (lagSeconds === undefined) return undefined;
      const lagMs = (lagSeconds * 1_000) as Milliseconds;
      return { atMs: (now - 60_000) as EpochMs, sourceMs: lagMs, targetMs: lagMs };
    },
  };
}

function describe({ taskFailure }: FakeReplications, { arn, status, loadedPercent }: FakeTask): ReplicationTask {
  const trouble = status === 'failed' ? taskFailure : undefined;
  return { arn, status, loadedPercent, tablesErrored: 0, tablesOpen: 0, trouble };
}
