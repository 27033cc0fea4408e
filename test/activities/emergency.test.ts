import { append } from '../../src/activities/ledger-chain';
import { EMPTY_LEDGER } from '../../src/domain/record';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { MigrationError } from '../../src/domain/errors';
import { LEDGER_BUCKET, documentFor, fakeLedger } from '../support/fakes';
import { Stage } from './support';

function started(): Stage {
  const stage = new Stage();
  stage.world.histories.set('ranker', { document: documentFor(stage.place), open: false });
  return stage;
}

const find = (stage: Stage) => stage.activities.findRoute({ workload: 'ranker' });

test('findRoute: route, generation and ledger come from what the newest run was started with', async () => {
  const stage = started();
  stage.world.routes.get(stage.place.route.arn)!.shift = { generation: 7, weights: targetWeight(50) };
  const owner = { workload: 'ranker', run: 'run-1', policyHash: 'p' };
  const entry = {
    kind: 'started',
    at: 1,
    phase: 'starting',
    text: 'x',
    actor: { requestedBy: 'a', reason: 'b' },
  } as const;
  const ledger = fakeLedger(stage.world, stage.place.ledger);
  const first = await append(ledger, owner, EMPTY_LEDGER, entry as never);
  const ledgerHead = await append(ledger, owner, first, { ...entry, at: 2 } as never);

  expect(await find(stage)).toEqual({
    route: stage.place.route,
    generation: 7,
    ledger: {
      url: stage.place.ledger,
      workload: 'ranker',
      run: 'run-1',
      policyHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
    ledgerHead,
  });
});

const LEDGERS: [string, (stage: Stage) => void][] = [
  ['denied', (stage) => stage.faults.failEvery('ledger.list', new MigrationError('AwsDenied', 'not allowed'))],
  ['empty', () => undefined],
  ['gone', (stage) => stage.world.buckets.delete(LEDGER_BUCKET)],
];
test.each(LEDGERS)('findRoute: a ledger that is %s does not hold up a rollback', async (_name, change) => {
  const stage = started();
  change(stage);

  expect(await find(stage)).toMatchObject({ generation: 0, ledger: { run: 'emergency' } });
});

test('findRoute: with what it found, traffic is back on the source while the migration is gone', async () => {
  const stage = started();
  const sides = await stage.buildTarget();
  stage.standing(sides, 7, targetWeight(50));
  const { route, generation } = await find(stage);
  await stage.activities.restoreSource({ route, generation: generation + 1, workload: 'ranker' });

  expect(stage.world.routes.get(route.arn)?.shift).toEqual({ generation: 8, weights: ALL_ON_SOURCE });
  expect(stage.weights()[route.sourceTargetGroupArn]).toBe(100);
});

test('findRoute: a workload that never migrated is said so', async () => {
  await expect(find(new Stage())).rejects.toMatchObject({ type: 'MigrationNotFound', nonRetryable: true });
});

test('findRoute: a migration that was started with a bad spec has no route', async () => {
  const stage = started();
  stage.world.histories.set('ranker', { document: { workload: 'ranker' }, open: false });

  await expect(find(stage)).rejects.toMatchObject({ type: 'SpecInvalid' });
});

const BAD_STARTS: [string, (document: object) => unknown][] = [
  ['nothing at all', () => undefined],
  ['a spec without its route', (document) => ({ ...document, router: {} })],
  ['a misspelt spec that names another route', (document) => ({ ...document, routre: 1, router: elsewhere })],
];
const elsewhere = { alb: { ruleArn: 'arn:of:another:rule', sourceTargetGroupArn: 'arn:of:another:group' } };
test.each(BAD_STARTS)('findRoute: a later start with %s does not stand in the way', async (_name, spoil) => {
  const stage = started();
  const document = documentFor(stage.place);
  stage.world.histories.set('ranker', { document: spoil(document), open: false, earlier: [document] });

  expect(await find(stage)).toMatchObject({ route: stage.place.route });
});

test('findRoute: a migration of another version, whose spec this one refuses, still has its route', async () => {
  const stage = started();
  stage.world.histories.set('ranker', { document: { ...documentFor(stage.place), novelty: 1 }, open: false });

  expect(await find(stage)).toMatchObject({ route: stage.place.route, ledger: { policyHash: 'unknown' } });
});
