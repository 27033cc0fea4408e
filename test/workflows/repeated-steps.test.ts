import { verifyChain } from '../../src/activities/ledger-chain';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import type { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { migrationOn, ROADS } from './roads';
import type { Road } from './roads';
import { WRITES_ELSEWHERE, WRITES } from './writes';

/*
 * Every write that a migration makes, done twice: its effect happens and its reply is lost, so it is tried again. The
 * world and the decisions at the end are those of a migration where nothing was lost.
 */

const AT_ONCE_MAX = 14;
const WITHIN_MS = 150_000;
/** Replies of the ledger that are lost, all in one migration: the first, one in each phase, the last ones. */
const LEDGER_WRITES = [1, 4, 8, 13, 18, 24, 30];

const REPEATED = [...WRITES.ec2, ...WRITES_ELSEWHERE];

interface Ending {
  readonly outcome: string;
  readonly world: unknown;
  readonly decisions: readonly string[];
  readonly problems: readonly string[];
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

beforeAll(async () => {
  theatre = await Theatre.open();
  const repeated = REPEATED.map(({ road, title, name, nth }, index) => {
    const lose = (migration: Migration): void => loseReply(migration, name, nth);
    return [title, () => play(road, `again-${index}`, lose)] as const;
  });
  const healthy = ROADS.map((road) => [road, () => play(road, `once-${road}`, () => undefined)] as const);
  const ledger = (migration: Migration): void => {
    for (const nth of LEDGER_WRITES) loseReply(migration, 'ledger.putIfAbsent', nth);
  };
  plays.begin(
    {
      ...Object.fromEntries(healthy),
      ledger: () => play('ec2', 'written', ledger),
      'every kind': () => play('sagemaker', 'all-again', loseEveryKind),
      ...Object.fromEntries(repeated),
    },
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

function loseReply({ world }: Migration, name: string, nth: number): void {
  world.faults.after(name, nth, () => {
    throw new Error('socket hang up');
  });
}

function loseEveryKind(migration: Migration): void {
  for (const name of new Set(WRITES.sagemaker.map((write) => write.name))) loseReply(migration, name, 1);
}

async function play(road: Road, workload: string, lose: (migration: Migration) => void): Promise<Ending> {
  const migration = migrationOn(road, theatre, workload);
  lose(migration);
  await migration.start();
  const { outcome } = await migration.result();
  const records = await migration.records();
  return {
    outcome,
    world: anonymous(migration.world.snapshot(), workload, records[0]?.run ?? ''),
    decisions: decisionsOf(records),
    problems: verifyChain(records),
  };
}

/** Two workloads differ in their names and in nothing else. */
function anonymous(world: unknown, workload: string, run: string): unknown {
  const text = JSON.stringify(world)
    .replaceAll(run, 'RUN')
    .replaceAll(/tg-\d+|probe-\d+/g, 'ID');
  return JSON.parse(
    text.replaceAll(new RegExp(`\\b${workload}\\b`, 'g'), 'WORKLOAD').replaceAll(/i-[0-9a-f]{17}/g, 'i-1'),
  );
}

/** How often the observers wrote hangs on the time of day. */
function decisionsOf(records: readonly LedgerRecord[]): string[] {
  return records
    .filter(({ kind }) => kind !== 'evidence')
    .map(({ kind, weights }) => `${kind} ${weights?.target ?? ''}`);
}

test.each([
  ...REPEATED,
  { title: 'ledger', road: 'ec2' as const },
  { title: 'every kind', road: 'sagemaker' as const },
])(
  '$title done twice: completes, with the same world and the same decisions as done once',
  async ({ title, road }) => {
    const once = await plays.of(road);
    const twice = await plays.of(title);

    expect(twice).toEqual(once);
    expect(twice).toMatchObject({ outcome: 'completed', problems: [] });
  },
  WITHIN_MS,
);
