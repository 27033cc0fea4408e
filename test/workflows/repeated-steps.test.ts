import { verifyChain } from '../../src/activities/ledger-chain';
import type { LedgerRecord } from '../../src/domain/record';
import { AtOnce } from '../support/temporal/at-once';
import { Theatre } from '../support/temporal/theatre';
import { migrationOn, ROADS } from './roads';
import type { Road } from './roads';
import { WRITES } from './writes';
import type { Write } from './writes';

/*
 * Every write that a migration makes, done twice: its effect happens and its reply is lost, so it is tried again. The
 * world and the decisions at the end are those of a migration where nothing was lost.
 */

const AT_ONCE_MAX = 14;
const WITHIN_MS = 150_000;
/** Replies of the ledger that are lost, all in one migration: the first, one in each phase, the last ones. */
const LEDGER_WRITES = [1, 4, 8, 13, 18, 24, 30];

/** One migration: the replies to the nth write of every name are lost, because a repeat would be taken for the next. */
interface Losses {
  readonly title: string;
  readonly road: Road;
  readonly writes: readonly Write[];
}

const LOSSES = ROADS.flatMap((road): Losses[] =>
  [...new Set(WRITES[road].map(({ nth }) => nth))].map((nth) => ({
    title: `${road}: write #${nth} of every name`,
    road,
    writes: WRITES[road].filter((write) => write.nth === nth),
  })),
);

interface Ending {
  readonly outcome: string;
  readonly world: unknown;
  readonly decisions: readonly string[];
  readonly problems: readonly string[];
  /** Of the replies that were to be lost, those that were not. */
  readonly heard: readonly Reply[];
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

beforeAll(async () => {
  theatre = await Theatre.open();
  const repeated = LOSSES.map(({ title, road, writes }, index) => {
    return [title, () => play(road, `again-${index}`, writes)] as const;
  });
  const healthy = ROADS.map((road) => [road, () => play(road, `once-${road}`, [])] as const);
  const ledger = LEDGER_WRITES.map((nth) => ({ name: 'ledger.putIfAbsent', nth }));
  plays.begin(
    {
      ...Object.fromEntries(healthy),
      ledger: () => play('ec2', 'written', ledger),
      ...Object.fromEntries(repeated),
    },
    AT_ONCE_MAX,
  );
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

type Reply = Pick<Write, 'name' | 'nth'>;

async function play(road: Road, workload: string, lost: readonly Reply[]): Promise<Ending> {
  const migration = migrationOn(road, theatre, workload);
  const heard = new Set(lost);
  for (const reply of lost)
    migration.world.faults.after(reply.name, reply.nth, () => {
      heard.delete(reply);
      throw new Error('socket hang up');
    });
  await migration.start();
  const { outcome } = await migration.result();
  const records = await migration.records();
  return {
    outcome,
    world: anonymous(migration.world.snapshot(), workload, records[0]?.run ?? ''),
    decisions: decisionsOf(records),
    problems: verifyChain(records),
    heard: [...heard],
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

test.each([...LOSSES, { title: 'ledger', road: 'ec2' as const }])(
  '$title done twice: completes, with the same world and the same decisions as done once',
  async ({ title, road }) => {
    const once = await plays.of(road);
    const twice = await plays.of(title);

    expect(twice).toEqual(once);
    expect(twice).toMatchObject({ outcome: 'completed', problems: [] });
  },
  WITHIN_MS,
);
