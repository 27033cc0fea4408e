import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { BlockedOn } from '../../src/contracts/messages';
import { MigrationError } from '../../src/domain/errors';
import { AtOnce } from '../support/temporal/at-once';
import { Migration } from '../support/temporal/migration';
import { Theatre } from '../support/temporal/theatre';
import { writesOf } from './writes';

/* An endpoint of SageMaker that fails, vanishes, is another's, has no room, or does not go away. */

const WITHIN_MS = 90_000;
const AT_ONCE_MAX = 14;
const REASON = 'The primary container did not pass the ping health check.';
const REMOVALS = ['hosting.removeScaling', 'hosting.deleteEndpoint', 'hosting.deleteEndpointConfig'] as const;

interface Ending {
  readonly migration: Migration;
  readonly outcome: string;
  readonly blocked: BlockedOn | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly stuck: unknown;
}

let theatre: Theatre;
const plays = new AtOnce<Ending>();

beforeAll(async () => {
  theatre = await Theatre.open();
  plays.begin(PLAYS, AT_ONCE_MAX);
}, 60_000);

afterAll(async () => {
  await plays.settled();
  await theatre.close();
}, WITHIN_MS);

const nameOf = ({ workload }: Migration): string => `crossfade-${workload}`;

function hosted(workload: string): { migration: Migration; before: unknown } {
  const migration = Migration.hosted(theatre, workload);
  return { migration, before: migration.world.snapshot() };
}

async function endOf({ migration, before }: ReturnType<typeof hosted>, blocked: BlockedOn | null): Promise<Ending> {
  const { outcome } = await migration.result();
  const last = (await migration.records()).find(({ kind }) => kind === 'abandoned');
  return { migration, outcome, blocked, before, after: migration.world.snapshot(), stuck: last?.values?.['stuck'] };
}

async function answered(staged: ReturnType<typeof hosted>, answer: 'retry' | 'abandon'): Promise<Ending> {
  await staged.migration.start();
  const { blocked } = await staged.migration.untilBlocked();
  await staged.migration.send(answer);
  return endOf(staged, blocked);
}

/** The first endpoint fails; the container is mended by the time the next one is made. */
function failing(workload: string): ReturnType<typeof hosted> {
  const staged = hosted(workload);
  const { world } = staged.migration;
  world.endpointFailure = REASON;
  world.faults.before('hosting.createEndpoint', 2, () => (world.endpointFailure = undefined));
  return staged;
}

/** Somebody deletes it as soon as it is made. */
function vanishing(workload: string): ReturnType<typeof hosted> {
  const staged = hosted(workload);
  const { world } = staged.migration;
  world.faults.after('hosting.createEndpoint', 1, () => world.endpoints.delete(nameOf(staged.migration)));
  return staged;
}

/** Another's comes up under our name once preflight has seen that the name is free. */
function taken(workload: string): ReturnType<typeof hosted> {
  const staged = hosted(workload);
  const { world } = staged.migration;
  world.faults.after('hosting.createEndpointConfig', 1, () => plantForeign(staged.migration));
  return staged;
}

function plantForeign(migration: Migration): void {
  const name = nameOf(migration);
  migration.world.endpoints.set(name, {
    owner: undefined,
    configName: name,
    instanceCount: 1,
    createdAtMs: 0,
    tags: {},
  });
}

/** Half of the traffic on the target, rolled back, abandoned. */
async function rolledBack(workload: string, prepare: (migration: Migration) => void): Promise<Ending> {
  const migration = Migration.hosted(theatre, workload, { cutover: { stabilization: '1h' } });
  const before = migration.world.snapshot();
  await migration.start();
  await migration.untilAtWeight(50);
  await migration.send('rollback');
  await migration.untilRolledBack();
  prepare(migration);
  await migration.send('abandon');
  return endOf({ migration, before }, null);
}

const PLAYS: Record<string, () => Promise<Ending>> = {
  'failed, retried': () => answered(failing('mended'), 'retry'),
  'failed, abandoned': () => answered(failing('given-up'), 'abandon'),
  'vanished, retried': () => answered(vanishing('found-again'), 'retry'),
  'vanished, abandoned': () => answered(vanishing('gone'), 'abandon'),
  'taken, abandoned': () => answered(taken('taken'), 'abandon'),
  'rolled back': () => rolledBack('back', () => undefined),
  'rolled back, vanished': () =>
    rolledBack('vanished', (migration) => migration.world.endpoints.delete(nameOf(migration))),
  'removals done twice': () =>
    rolledBack('twice', ({ world }) => {
      for (const name of [...REMOVALS, 'hosting.deleteModel']) {
        world.faults.after(name, 1, () => {
          throw new Error('socket hang up');
        });
      }
    }),
  'removal refused': () =>
    rolledBack('kept', ({ world }) => {
      world.faults.failEvery(
        'hosting.deleteEndpoint',
        new MigrationError('AwsDenied', 'not allowed to DeleteEndpoint'),
      );
    }),
};

/** What the run failed with. */
async function failureOf(migration: Migration): Promise<{ code: unknown; message: string }> {
  const failure = await migration.result().then(
    () => new Error('it did not fail'),
    (failed: WorkflowFailedError) => failed.cause ?? failed,
  );
  return { code: failure instanceof ApplicationFailure ? failure.type : undefined, message: failure.message };
}

test.each(['failed, retried', 'failed, abandoned'])(
  'an endpoint that fails (%s): blocks the migration with the reason that SageMaker gives',
  async (play) => {
    const { blocked } = await plays.of(play);

    expect(blocked).toMatchObject({ code: 'EndpointFailed', message: expect.stringContaining(REASON) as unknown });
  },
  WITHIN_MS,
);

test(
  'an endpoint that fails: a retry removes it and makes it anew, and the migration completes',
  async () => {
    const { migration, outcome } = await plays.of('failed, retried');
    const { faults, endpoints } = migration.world;

    expect(outcome).toBe('completed');
    expect(faults.count('hosting.deleteEndpoint')).toBe(1);
    expect(faults.count('hosting.createEndpoint')).toBe(2);
    expect(endpoints.has(nameOf(migration))).toBe(true);
  },
  WITHIN_MS,
);

test(
  'an endpoint that vanishes while it is waited for: blocks the migration, and a retry makes it anew',
  async () => {
    const { migration, blocked, outcome } = await plays.of('vanished, retried');

    expect(blocked).toMatchObject({
      code: 'NotFound',
      message: expect.stringContaining('somebody deleted it') as unknown,
    });
    expect(outcome).toBe('completed');
    expect(migration.world.endpoints.has(nameOf(migration))).toBe(true);
  },
  WITHIN_MS,
);

test.each(['failed, abandoned', 'vanished, abandoned', 'rolled back', 'rolled back, vanished', 'removals done twice'])(
  'an endpoint (%s): abandoning leaves the world as it was',
  async (play) => {
    const { outcome, before, after, stuck } = await plays.of(play);

    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([]);
    expect(after).toEqual(before);
  },
  WITHIN_MS,
);

test(
  "somebody else's endpoint that takes our name: blocks the migration, and abandoning removes all but theirs",
  async () => {
    const { migration, blocked, outcome, before, after, stuck } = await plays.of('taken, abandoned');
    const { faults, endpoints } = migration.world;

    expect(blocked?.code).toBe('ResourceNotOurs');
    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual([]);
    expect([...endpoints.keys()]).toEqual([nameOf(migration)]);
    expect({ ...(after as object), endpoints: {} }).toEqual(before);
    expect(faults.count('hosting.deleteEndpoint') + faults.count('hosting.removeScaling')).toBe(0);
  },
  WITHIN_MS,
);

test(
  'an endpoint that may not be deleted: abandoning says that it is stuck, and removes everything else',
  async () => {
    const { migration, outcome, before, after, stuck } = await plays.of('removal refused');

    expect(outcome).toBe('abandoned');
    expect(stuck).toEqual(['endpoint: not allowed to DeleteEndpoint']);
    expect([...migration.world.endpoints.keys()]).toEqual([nameOf(migration)]);
    expect({ ...(after as object), endpoints: {} }).toEqual(before);
  },
  WITHIN_MS,
);

test("somebody else's endpoint under our name: is refused, and it stays as it is", async () => {
  const { migration } = hosted('theirs');
  plantForeign(migration);
  const before = migration.world.snapshot();
  await migration.start();
  const { code, message } = await failureOf(migration);

  expect(code).toBe('ResourceNotOurs');
  expect(message).toContain('endpoint crossfade-theirs');
  expect(migration.world.snapshot()).toEqual(before);
  expect(writesOf(migration.world.faults.calls)).toEqual([]);
});

test('an account without room for the instances: is refused with the command that asks for more', async () => {
  const { migration, before } = hosted('crowded');
  migration.world.instanceQuotas.set('ml.g5.xlarge', 3);
  await migration.start();
  const ended = await failureOf(migration);

  expect(ended).toEqual({
    code: 'QuotaTooLow',
    message: expect.stringContaining('request-service-quota-increase --service-code sagemaker') as unknown,
  });
  expect(migration.world.snapshot()).toEqual(before);
  expect(writesOf(migration.world.faults.calls)).toEqual([]);
});
