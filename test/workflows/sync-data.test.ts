import { setTimeout as delay } from 'node:timers/promises';
import { deleteSchedule, putSchedule } from '../../src/adapters/temporal-schedules';
import { dataId, MAIN_QUEUE } from '../../src/contracts/messages';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';

/* Data of a workload that is brought over before there is a migration: once, and by a schedule. */

const WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 100;

interface Report {
  readonly skipped: string | null;
  readonly sets: Readonly<Record<string, { readonly runs: readonly { readonly copiedCount: number }[] }>>;
  readonly forecast: { readonly kind: string } | null;
}

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
}, WITHIN_MS);
afterAll(() => theatre.close(), WITHIN_MS);

function prepared(workload: string): Migration {
  const [from, to] = [`s3://${workload}-models/ranker`, `s3://${workload}-target/model`];
  return Migration.of(theatre, workload, { data: [{ name: 'model', from, to, syncEvery: '1s', freezeMax: '1m' }] });
}

function run(migration: Migration, workflowId = dataId(migration.workload), before?: Report): Promise<Report> {
  return theatre.client.workflow.execute('syncData', {
    taskQueue: MAIN_QUEUE,
    workflowId,
    args: before === undefined ? [migration.document] : [migration.document, before],
  }) as Promise<Report>;
}

test(
  'syncData: the first run copies and proves everything, the second says how long a freeze would take',
  async () => {
    const migration = prepared('alone');
    const first = await run(migration);
    const second = await run(migration, undefined, first);

    expect(first).toMatchObject({ skipped: null, forecast: { kind: 'unknown' } });
    expect(second.forecast?.kind).toBe('ready');
    expect(second.sets['model']?.runs.map(({ copiedCount }) => copiedCount)).toEqual([2, 0]);
    expect(migration.world.faults.count('data.verify')).toBe(1);
  },
  WITHIN_MS,
);

test(
  'syncData: beside a migration that is running it copies nothing, and says why',
  async () => {
    const migration = prepared('beside-one');
    migration.world.histories.set('beside-one', { document: migration.document, open: true });

    expect((await run(migration)).skipped).toMatch(/is running and follows its data itself/);
    expect(migration.world.faults.count('data.copy')).toBe(0);
  },
  WITHIN_MS,
);

test(
  'syncData: any other ID is refused',
  async () => {
    await expect(run(prepared('misnamed'), 'data/another')).rejects.toMatchObject({
      cause: { type: 'WrongWorkflowId' },
    });
  },
  WITHIN_MS,
);

test(
  'a schedule: each run goes on from the report of the one before, under the canonical ID',
  async () => {
    const migration = prepared('scheduled-one');
    const id = dataId(migration.workload);
    const repeated = {
      id,
      taskQueue: MAIN_QUEUE,
      workflowType: 'scheduled',
      args: [{ workflow: 'syncData', workflowId: id, document: migration.document }],
      when: { everyMs: 1_000 },
    };
    const made = [await putSchedule(theatre.client, repeated), await putSchedule(theatre.client, repeated)];
    const deadline = Date.now() + WITHIN_MS / 2;
    while (migration.world.faults.count('data.copy') < 3 && Date.now() < deadline) await delay(LOOK_EVERY_MS);
    const { policies } = await theatre.client.schedule.getHandle(id).describe();
    const report = (await theatre.client.workflow.getHandle(id).result()) as Report;
    const deleted = [await deleteSchedule(theatre.client, id), await deleteSchedule(theatre.client, id)];

    expect(made).toEqual(['created', 'updated']);
    expect(policies).toMatchObject({ overlap: 'SKIP', pauseOnFailure: true, catchupWindow: 60_000 });
    expect(report.sets['model']?.runs[0]?.copiedCount).toBe(2);
    expect(report.sets['model']?.runs.length).toBeGreaterThan(1);
    expect(migration.world.faults.count('data.verify')).toBe(1);
    expect(deleted).toEqual([true, false]);
  },
  WITHIN_MS,
);

test(
  'scheduled: one that is running already is left alone, and the run ends well',
  async () => {
    const migration = prepared('busy');
    const id = dataId(migration.workload);
    const held = migration.world.faults.holdNext('data.copy');
    const first = run(migration);
    await held.reached;
    const skipped = await theatre.client.workflow.execute('scheduled', {
      taskQueue: MAIN_QUEUE,
      workflowId: 'scheduled/data/busy',
      args: [{ workflow: 'syncData', workflowId: id, document: migration.document }],
    });
    held.release();

    expect(skipped).toBeNull();
    expect((await first).skipped).toBeNull();
    expect(migration.world.faults.count('data.copy')).toBe(1);
  },
  WITHIN_MS,
);
