import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { playAll } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import type { PartEnding, Staged } from './part-plays';
import { endingOf, PartTests, playEach, staged, startRefused } from './part-plays';

/*
 * A database that DMS carries over. Each of its calls refused for good: the migration is blocked with the code, trying again
 * completes it, abandoning it leaves the world as it was. Each call done twice: the end is that of one where nothing was
 * lost. No weight moves before the database is level.
 */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 10;
const GATE = 'data-level-features';
/** The first look at the instance is preflight's, which blocks nothing yet. */
const NTH: Readonly<Record<string, number>> = { findInstance: 2 };
const BUILDING = ['findInstance', 'createInstance', 'createEndpoint', 'testConnection', 'createTask', 'startTask'];
const BLOCKING = [...BUILDING, 'readTables'];
const REPEATED = ['createInstance', 'createEndpoint', 'testConnection', 'createTask', 'startTask'];
const UNDONE = ['stopTask', 'deleteTask', 'deleteEndpoint', 'deleteInstance'];
const REFUSED = new MigrationError('AwsDenied', 'not allowed to do that');

interface Ending extends PartEnding {
  /** On the target when the migration was asked or blocked before its first weight; null: it was not. */
  readonly weightBefore: number | null;
  readonly starts: number;
  readonly left: number;
}

let theatre: Theatre;

function replicated(workload: string): Staged {
  const end = {
    engine: 'postgres',
    secretRoleArn: 'arn:aws:iam::123456789012:role/dms',
    ssl: 'require',
  };
  const secret = (name: string): string => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-AbCdEf`;
  const replicationInstance = {
    class: 'dms.c6i.large',
    subnetGroup: 'ranker',
    securityGroupIds: ['sg-0123456789abcdef0'],
  };
  const database = {
    name: 'features',
    from: { ...end, secretArn: secret('old') },
    to: { ...end, secretArn: secret('new') },
    replicationInstance,
    tables: ['public.%'],
  };
  return staged(Migration.of(theatre, workload, { data: [], databases: [database] }));
}

async function endOf(
  play: Staged,
  blocked: BlockedOn | null = null,
  weightBefore: number | null = null,
): Promise<Ending> {
  const ending = await endingOf(play, blocked);
  const { replications, faults } = play.migration.world;
  const { instances, endpoints, tasks } = replications;
  return {
    ...ending,
    weightBefore,
    starts: faults.count('replication.startTask'),
    left: instances.size + endpoints.size + tasks.size,
  };
}

async function approved(play: Staged): Promise<number> {
  const { wanted } = await play.migration.untilGate(GATE);
  await play.migration.send('approve');
  return wanted.target;
}

async function completed(workload: string, prepare: (migration: Migration) => void): Promise<Ending> {
  const play = replicated(workload);
  prepare(play.migration);
  await play.migration.start();
  const weight = await approved(play);
  return endOf(play, null, weight);
}

async function refused(workload: string, method: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const play = replicated(workload);
  const refusal = { call: `replication.${method}`, nth: NTH[method] ?? 1, error: REFUSED, answer };
  const blocked = await startRefused(play, refusal);
  if (answer === 'retry') await approved(play);
  return endOf(play, blocked);
}

/** A table that can never be validated: nobody waits for it, and no weight moves until somebody has mended it. */
async function unlevel(workload: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const play = replicated(workload);
  const { replications } = play.migration.world;
  const good = replications.tables;
  replications.tables = good.map((table) => ({ ...table, validation: 'No primary key' }));
  await play.migration.start();
  await approved(play);
  const { blocked, wanted } = await play.migration.untilBlocked();
  replications.tables = good;
  await play.migration.send(answer);
  return endOf(play, blocked, wanted.target);
}

async function abandoned(workload: string, lost: string): Promise<Ending> {
  const play = replicated(workload);
  play.migration.world.faults.loseNextReply(`replication.${lost}`);
  await play.migration.start();
  await play.migration.untilGate(GATE);
  await play.migration.send('abandon');
  return endOf(play);
}

const plays = playAll<Ending>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => ({
    healthy: () => completed('healthy', () => undefined),
    'unlevel retry': () => unlevel('unlevel-retried', 'retry'),
    'unlevel abandon': () => unlevel('unlevel-given-up', 'abandon'),
    ...playEach('retry', BLOCKING, (name, index) => refused(`retried-${index}`, name, 'retry')),
    ...playEach('abandon', BLOCKING, (name, index) => refused(`given-up-${index}`, name, 'abandon')),
    ...playEach('twice', REPEATED, (name, index) =>
      completed(`twice-${index}`, ({ world }) => world.faults.loseNextReply(`replication.${name}`)),
    ),
    ...playEach('undo', UNDONE, (name, index) => abandoned(`undone-${index}`, name)),
  }),
  atOnceMax: AT_ONCE_MAX,
  withinMs: WITHIN_MS,
});

test(
  'databases: loaded, level before the first weight, and nothing of DMS is left at the end',
  async () => {
    const { outcome, decisions, weightBefore, starts, left } = await plays.of('healthy');
    expect({ outcome, weightBefore, starts, left }).toEqual({
      outcome: 'completed',
      weightBefore: 0,
      starts: 1,
      left: 0,
    });
    const told = decisions.filter((kind) => kind.startsWith('database_') || kind === 'shift_intended');
    expect(told.slice(0, 3)).toEqual(['database_loaded', 'database_level', 'shift_intended']);
  },
  WITHIN_MS,
);

test(
  'databases: one that is not level blocks before any weight; mended, it goes on, and abandoned, it leaves nothing',
  async () => {
    const [retried, givenUp] = await Promise.all([plays.of('unlevel retry'), plays.of('unlevel abandon')]);
    const blocked = { code: 'DatabaseNotLevel' };
    expect(retried).toMatchObject({ outcome: 'completed', blocked, weightBefore: 0, left: 0 });
    expect(givenUp).toMatchObject({ outcome: 'abandoned', blocked, weightBefore: 0 });
    expect(givenUp.after).toEqual(givenUp.before);
  },
  WITHIN_MS,
);

const tests = new PartTests('databases', plays, WITHIN_MS);
tests.refusals(BLOCKING, 'AwsDenied', { left: 0 });
tests.repeats(REPEATED, 'healthy');
tests.lostUndos(UNDONE);
