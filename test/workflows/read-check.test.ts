import type { StatusView } from '../../src/contracts/messages';
import type { LedgerRecord } from '../../src/domain/record';
import { playAll } from '../support/temporal/at-once';
import { Migration, SAY } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* The target is read beside the source once its data is proven; what does not pass asks, before anything is made that reads it. */

const WITHIN_MS = 150_000;
const GATE = 'read-check-model';

interface Ending {
  readonly outcome?: string;
  readonly asked?: StatusView;
  readonly rolledBack?: StatusView;
  readonly checks: readonly LedgerRecord[];
}

let theatre: Theatre;

function staged(workload: string): Migration {
  const data = [
    { name: 'model', from: `s3://${workload}-models/ranker`, to: `s3://${workload}-target/model`, readCheck: {} },
  ];
  return Migration.of(theatre, workload, { data });
}

async function checksOf(migration: Migration): Promise<LedgerRecord[]> {
  return (await migration.records()).filter(({ kind }) => kind === 'read_checked');
}

async function asked(migration: Migration, answer: 'approve' | 'reject'): Promise<Ending> {
  await migration.start();
  const status = await migration.untilGate(GATE);
  await migration.send(answer, { gate: GATE, ...SAY });
  if (answer === 'approve') {
    const { outcome } = await migration.result();
    return { outcome, asked: status, checks: await checksOf(migration) };
  }
  const rolledBack = await migration.untilRolledBack();
  await migration.send('abandon');
  const { outcome } = await migration.result();
  return { outcome, asked: status, rolledBack, checks: await checksOf(migration) };
}

const plays = playAll<Ending>({
  open: async () => (theatre = await Theatre.open()),
  plays: () => ({
    quick: async () => {
      const migration = await staged('read-quick').start();
      const { outcome } = await migration.result();
      return { outcome, checks: await checksOf(migration) };
    },
    slow: () => {
      const migration = staged('read-slow');
      migration.world.reads.targetMs = 40;
      return asked(migration, 'approve');
    },
    refused: () => {
      const migration = staged('read-refused');
      migration.world.reads.targetMs = 40;
      return asked(migration, 'reject');
    },
    few: () => {
      const migration = staged('read-few');
      migration.world.reads.pairCount = 20;
      return asked(migration, 'approve');
    },
  }),
  withinMs: WITHIN_MS,
});

test(
  'read check: a target that is read as fast passes without a question, and the numbers stand in the ledger',
  async () => {
    const { outcome, checks } = await plays.of('quick');
    expect(outcome).toBe('completed');
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({
      text: expect.stringContaining('model: pass'),
      values: { kind: 'pass', pairCount: 500, firstByteP99: { ratio: 1 }, source: { firstByteP50Ms: 10.04 } },
    });
  },
  WITHIN_MS,
);

test.each([
  ['slow', 'fail', 'is read too slowly'],
  ['few', 'insufficient', '20 objects were read from both sides; 437 are needed'],
])(
  'read check: of a %s one a person is asked, who may go on',
  async (name, kind, words) => {
    const { outcome, asked: status, checks } = await plays.of(name);
    expect(outcome).toBe('completed');
    expect(status?.gate?.question).toContain(words);
    expect(status?.phase).toBe('environment');
    expect(checks).toMatchObject([{ values: { kind } }]);
  },
  WITHIN_MS,
);

test(
  'read check: rejected, the migration goes back',
  async () => {
    const { outcome, rolledBack } = await plays.of('refused');
    expect(rolledBack?.phase).toBe('rolled_back');
    expect(outcome).toBe('abandoned');
  },
  WITHIN_MS,
);
