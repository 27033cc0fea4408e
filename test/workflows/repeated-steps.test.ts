import { verifyChain } from '../../src/activities/ledger-chain';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { WRITES } from './writes';

/*
 * Every write that a migration makes, done twice: its effect happens and its reply is lost, so it is tried again. The
 * world and the decisions at the end are those of a migration where nothing was lost.
 */

const AT_ONCE_MAX = 14;
const WITHIN_MS = 150_000;
/** Replies of the ledger that are lost, all in one migration: the first, one in each phase, the last ones. */
const LEDGER_WRITES = [1, 4, 8, 13, 18, 24, 30];

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
  const repeated = WRITES.map(({ title, name, nth }, index) => {
    const lose = (migration: Migration): void => loseReply(migration, name, nth);
    return [title, () => play(`again-${index}`, lose)] as const;
  });
  const ledger = (migration: Migration): void => {
    for (const nth of LEDGER_WRITES) loseReply(migration, 'ledger.putIfAbsent', nth);
  };
  plays.begin(
    {
      healthy: () => play('healthy', () => undefined),
      ledger: () => play('written', ledger),
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

async function play(workload: string, lose: (migration: Migration) => void): Promise<Ending> {
  const migration = Migration.of(theatre, workload);
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

test.each([...WRITES.map(({ title }) => title), 'ledger'])(
  '%s done twice: completes, with the same world and the same decisions as done once',
  async (title) => {
    const once = await plays.of('healthy');
    const twice = await plays.of(title);

    expect(twice).toEqual(once);
    expect(twice).toMatchObject({ outcome: 'completed', problems: [] });
  },
  WITHIN_MS,
);
