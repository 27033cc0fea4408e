import { MigrationError } from '../../src/domain/errors';
import type { BlockedOn } from '../../src/contracts/messages';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

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

interface Ending {
  readonly outcome: string;
  readonly blocked: BlockedOn | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly decisions: readonly string[];
  readonly target: readonly (readonly [string, string])[];
  readonly startCount: number;
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

/** Files of a server with an agent, or a bucket. */
function moved(workload: string, kind: 'nfs' | 's3' = 'nfs'): { migration: Migration; before: unknown } {
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
  return { migration, before: migration.world.snapshot() };
}

async function endOf(
  { migration, before }: ReturnType<typeof moved>,
  blocked: BlockedOn | null = null,
): Promise<Ending> {
  const { outcome } = await migration.result();
  const { world, workload } = migration;
  return {
    outcome,
    blocked,
    before,
    after: world.snapshot(),
    decisions: await migration.recordedKinds(),
    target: [...(world.buckets.get(`${workload}-target`)?.objects ?? [])],
    startCount: world.faults.count('transfer.startExecution'),
  };
}

async function completed(workload: string, prepare: (migration: Migration) => void, kind?: 's3'): Promise<Ending> {
  const staged = moved(workload, kind);
  prepare(staged.migration);
  await staged.migration.start();
  return endOf(staged);
}

async function refused(workload: string, method: string, answer: 'retry' | 'abandon'): Promise<Ending> {
  const staged = moved(workload);
  staged.migration.world.faults.failCall(`transfer.${method}`, NTH[method] ?? 1, REFUSED);
  await staged.migration.start();
  const { blocked } = await staged.migration.untilBlocked();
  await staged.migration.send(answer);
  return endOf(staged, blocked);
}

/** Abandoned when everything had arrived, with the first reply of an undo lost. */
async function abandoned(workload: string, lost: string): Promise<Ending> {
  const staged = moved(workload);
  const { world } = staged.migration;
  // The smoke requests come after the data.
  world.answer = () => ({ status: 500, body: {} });
  loseReply(staged.migration, lost);
  await staged.migration.start();
  const { blocked } = await staged.migration.untilBlocked();
  await staged.migration.send('abandon');
  return endOf(staged, blocked);
}

function loseReply({ world }: Migration, method: string): void {
  world.faults.after(`transfer.${method}`, 1, () => {
    throw new Error('socket hang up');
  });
}

beforeAll(async () => {
  theatre = await Theatre.open();
  const each = <T>(names: readonly string[], play: (name: string, index: number) => T): Record<string, T> =>
    Object.fromEntries(names.map((name, index) => [name, play(name, index)]));
  const prefixed = (prefix: string, all: Record<string, () => Promise<Ending>>): typeof all =>
    Object.fromEntries(Object.entries(all).map(([name, play]) => [`${prefix} ${name}`, play]));
  const lose = (name: string) => (migration: Migration) => loseReply(migration, name);
  plays.begin(
    {
      files: () => completed('files', () => undefined),
      bucket: () => completed('objects', () => undefined, 's3'),
      changing: () => completed('changing', ({ world }) => (world.transfers.changing = ['a.bin'])),
      ...prefixed(
        'retry',
        each(BLOCKING, (name, i) => () => refused(`retried-${i}`, name, 'retry')),
      ),
      ...prefixed(
        'abandon',
        each(BLOCKING, (name, i) => () => refused(`given-up-${i}`, name, 'abandon')),
      ),
      ...prefixed(
        'twice',
        each(REPEATED, (name, i) => () => completed(`twice-${i}`, lose(name))),
      ),
      ...prefixed(
        'undo',
        each(UNDONE, (name, i) => () => abandoned(`undone-${i}`, name)),
      ),
    },
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

const ARRIVED = [
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

test.each(BLOCKING)(
  'transfer: %s refused blocks with its code; retry completes, abandon leaves the world as it was',
  async (name) => {
    const [retried, givenUp] = await Promise.all([plays.of(`retry ${name}`), plays.of(`abandon ${name}`)]);
    expect(retried).toMatchObject({ outcome: 'completed', blocked: { code: 'AwsDenied' }, target: ARRIVED });
    expect(givenUp).toMatchObject({ outcome: 'abandoned', blocked: { code: 'AwsDenied' } });
    expect(givenUp.after).toEqual(givenUp.before);
  },
  WITHIN_MS,
);

test.each(REPEATED)(
  'transfer: %s done twice is once',
  async (name) => {
    const [twice, once] = await Promise.all([plays.of(`twice ${name}`), plays.of('files')]);
    expect({ ...twice, before: null, after: null }).toEqual({ ...once, before: null, after: null });
  },
  WITHIN_MS,
);

test.each(UNDONE)(
  'transfer: with the reply of %s lost, abandoning leaves the world as it was',
  async (name) => {
    const { outcome, before, after } = await plays.of(`undo ${name}`);
    expect(outcome).toBe('abandoned');
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);
