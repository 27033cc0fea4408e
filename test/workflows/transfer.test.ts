import { MigrationError } from '../../src/domain/errors';
import type { BlockedOn } from '../../src/contracts/messages';
import { playAll } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import type { PartEnding, Staged } from './part-plays';
import { endingOf, PartTests, playEach, staged, startAbandoned, startRefused } from './part-plays';

/*
 * A data set that DataSync moves. Each of its calls refused for good: the migration is blocked with the code, trying again
 * completes it, abandoning it leaves the world as it was. Each call done twice: the end is that of one where nothing was
 * lost. The way back removes what DataSync wrote, then its task and locations.
 */

const WITHIN_MS = 150_000;
const AT_ONCE_MAX = 10;
/** The first look at the task is preflight's, which blocks nothing yet. */
const NTH: Readonly<Record<string, number>> = { findTask: 2 };
const BLOCKING = ['findTask', 'createTask', 'offlineAgents', 'listExecutions', 'startExecution', 'readExecution'];
const REPEATED = ['createTask', 'startExecution', 'readExecution'];
const UNDONE = ['removeObjects', 'removeTask'];
const REFUSED = new MigrationError('AwsDenied', 'not allowed to do that');

interface Ending extends PartEnding {
  readonly target: readonly (readonly [string, string])[];
  readonly startCount: number;
}

let theatre: Theatre;

/** Files of a server with an agent, or a bucket. */
function moved(workload: string, kind: 'nfs' | 's3' = 'nfs'): Staged {
  const nfs = { host: `${workload}.example.com`, path: '/export' };
  const place = { to: `s3://${workload}-target/model` };
  const shared = {
    mode: 'enhanced',
    roleArn: 'arn:aws:iam::123456789012:role/datasync',
    reportTo: 's3://reports/datasync',
  };
  const agentArns = ['arn:aws:datasync:eu-west-1:123456789012:agent/agent-0123456789abcdef0'];
  const source =
    kind === 'nfs'
      ? { datasync: { ...shared, agentArns, sourceLocation: { nfs } } }
      : { from: `s3://${workload}-models/ranker`, datasync: shared };
  const data = [{ name: 'model', ...place, method: 'datasync', ...source }];
  const migration = Migration.of(theatre, workload, { data });
  const { transfers, buckets } = migration.world;
  buckets.set('reports', { owner: undefined, objects: new Map(), isLedger: false });
  transfers.durationMs = 50;
  transfers.files.set(
    `nfs://${workload}.example.com/export`,
    new Map([
      ['a.bin', 'weights'],
      ['b.bin', 'vocabulary'],
    ]),
  );
  return staged(migration);
}

async function endOf(play: Staged, blocked: BlockedOn | null = null): Promise<Ending> {
  const ending = await endingOf(play, blocked);
  const { world, workload } = play.migration;
  return {
    ...ending,
    target: [...(world.buckets.get(`${workload}-target`)?.objects ?? [])],
    startCount: world.faults.count('transfer.startExecution'),
  };
}

async function completed(workload: string, prepare: (migration: Migration) => void, kind?: 's3'): Promise<Ending> {
  const play = moved(workload, kind);
  prepare(play.migration);
  await play.migration.start();
  return endOf(play);
}

async function refused(workload: string, method: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const play = moved(workload);
  const refusal = { call: `transfer.${method}`, nth: NTH[method] ?? 1, error: REFUSED, answer };
  return endOf(play, await startRefused(play, refusal));
}

async function abandoned(workload: string, lost: string): Promise<Ending> {
  const play = moved(workload);
  play.migration.world.faults.loseNextReply(`transfer.${lost}`);
  return endOf(play, await startAbandoned(play));
}

const plays = playAll<Ending>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => ({
    files: () => completed('files', () => undefined),
    bucket: () => completed('objects', () => undefined, 's3'),
    changing: () => completed('changing', ({ world }) => (world.transfers.changing = ['a.bin'])),
    ...playEach('retry', BLOCKING, (name, index) => refused(`retried-${index}`, name, 'retry')),
    ...playEach('abandon', BLOCKING, (name, index) => refused(`given-up-${index}`, name, 'abandon')),
    ...playEach('twice', REPEATED, (name, index) =>
      completed(`twice-${index}`, ({ world }) => world.faults.loseNextReply(`transfer.${name}`)),
    ),
    ...playEach('undo', UNDONE, (name, index) => abandoned(`undone-${index}`, name)),
  }),
  atOnceMax: AT_ONCE_MAX,
  withinMs: WITHIN_MS,
});

const ARRIVED: Ending['target'] = [
  ['model/a.bin', 'weights'],
  ['model/b.bin', 'vocabulary'],
];

test.each(['files', 'bucket'])(
  'transfer: %s arrive by one execution, are proven, and both stand in the ledger',
  async (name) => {
    const { outcome, target, decisions, startCount } = await plays.of(name);
    expect({ outcome, target, startCount }).toEqual({ outcome: 'completed', target: ARRIVED, startCount: 1 });
    const told = decisions.filter((kind) => kind.startsWith('data_'));
    expect(told).toEqual(['data_transferred', 'data_verified']);
  },
  WITHIN_MS,
);

test(
  'transfer: files that change meanwhile come with a second execution',
  async () => {
    const { outcome, target, startCount } = await plays.of('changing');
    expect({ outcome, startCount }).toEqual({ outcome: 'completed', startCount: 2 });
    expect(target).toContainEqual(['model/a.bin', 'weights+']);
  },
  WITHIN_MS,
);

const tests = new PartTests('transfer', plays, WITHIN_MS);
tests.refusals(BLOCKING, 'AwsDenied', { target: ARRIVED });
tests.repeats(REPEATED, 'files');
tests.lostUndos(UNDONE);
