import type { PreflightResult } from '../../src/contracts/activities';
import type { Milliseconds } from '../../src/domain/quantity';
import type { FakeRecords } from '../support/fakes';
import { addRecords, documentFor, recordsSpec } from '../support/fakes';
import { OWNER, Stage } from './support';

function prepared(): { stage: Stage; records: FakeRecords; changes: Record<string, unknown>; arn: string } {
  const stage = new Stage();
  const { route, records } = addRecords(stage.world, 'ranker');
  return { stage, records, changes: recordsSpec(route, 'ranker'), arn: route.arn };
}

function preflight(stage: Stage, changes: Record<string, unknown>): Promise<PreflightResult> {
  return stage.activities.preflight({ spec: stage.spec(changes), owner: OWNER, adopt: false });
}

test('preflight: records that fit give the route with its TTL, and the target that is there', async () => {
  const { stage, changes, arn } = prepared();
  const before = stage.world.snapshot();

  expect(await preflight(stage, changes)).toEqual({
    route: { arn, kind: 'record', sourceTargetGroupArn: 'source', settleMs: 30_000 },
    generation: 0,
    targetBackend: 'target',
  });
  expect(stage.world.snapshot()).toEqual(before);
});

test.each([
  ['of five minutes is not worth a word', 300_000, undefined],
  ['above it is told with the time that a rollback takes', 301_000, [expect.stringContaining('kept for 5m 1s')]],
])('preflight: a TTL %s', async (_name, ttlMs, notes) => {
  const { stage, records, changes } = prepared();
  records.ttlMs = { source: ttlMs as Milliseconds, target: ttlMs as Milliseconds };

  expect((await preflight(stage, changes)).notes).toEqual(notes);
});

test('preflight: a health check of the source is told, for its requests look like traffic at the end', async () => {
  const { stage, records, changes } = prepared();
  records.probed = ['source', 'target'];

  expect((await preflight(stage, changes)).notes).toEqual([
    expect.stringMatching(/^router\.route53\.sourceIdentifier: its record has a health check/),
  ]);
});

type Spoil = (stage: Stage, records: FakeRecords, arn: string) => void;

const PROBLEMS: [string, Spoil, RegExp][] = [
  ['no such records', (stage) => stage.world.routes.clear(), /router\.route53: there is no record arn:aws:route53/],
  [
    'no record of the target',
    (stage, _records, arn) => stage.world.routes.get(arn)!.shares.set(0, [{ backend: 'source', weight: 1 }]),
    /router\.route53\.targetIdentifier: there is no weighted record target/,
  ],
  [
    'no record of the source',
    (stage, _records, arn) => stage.world.routes.get(arn)!.shares.set(0, [{ backend: 'target', weight: 1 }]),
    /router\.route53\.sourceIdentifier: there is no weighted record source/,
  ],
  [
    'a target that has traffic already',
    (stage, _records, arn) =>
      stage.world.routes.get(arn)!.shares.set(0, [
        { backend: 'source', weight: 9 },
        { backend: 'target', weight: 1 },
      ]),
    /router\.route53: target takes traffic too \(weight 1\)/,
  ],
  [
    'two TTLs',
    (_stage, records) => (records.ttlMs = { source: 300_000 as Milliseconds, target: 60_000 as Milliseconds }),
    /router\.route53\.targetIdentifier: its TTL is .*, the source's .*; they must be equal/,
  ],
  [
    'a TTL that stands elsewhere',
    (_stage, records) => (records.ttlMs = { source: 60_000 as Milliseconds }),
    /router\.route53\.targetIdentifier: it is an alias of a record of the same zone/,
  ],
  [
    'a target that nobody watches',
    (_stage, records) => (records.unwatched = ['source', 'target']),
    /router\.route53\.targetIdentifier: its record has neither a health check/,
  ],
  [
    'a target that is down',
    (_stage, records) => records.unhealthy.add('target'),
    /router\.route53\.targetIdentifier: its health check fails/,
  ],
  [
    'a source that is down',
    (_stage, records) => records.unhealthy.add('source'),
    /router\.route53\.sourceIdentifier: none of its 1 targets is healthy/,
  ],
  [
    'another type beside it',
    (_stage, records) => (records.otherTypes = ['AAAA']),
    /router\.route53\.recordName: it has AAAA records too/,
  ],
];
test.each(PROBLEMS)('preflight: %s is a problem of the spec, with its path', async (_name, spoil, words) => {
  const { stage, records, changes, arn } = prepared();
  spoil(stage, records, arn);

  await expect(preflight(stage, changes)).rejects.toMatchObject({
    type: 'SpecInvalid',
    nonRetryable: true,
    message: expect.stringMatching(words),
  });
});

test.each([
  ['a valid spec', {}],
  ['a spec that this version refuses', { novelty: 1 }],
])('findRoute: records are found from %s, and their source gets everything back', async (_name, more) => {
  const { stage, changes, arn } = prepared();
  stage.world.routes.get(arn)!.shares.set(0, [
    { backend: 'source', weight: 50 },
    { backend: 'target', weight: 50 },
  ]);
  stage.world.histories.set('ranker', { document: { ...documentFor(stage.place, changes), ...more }, open: false });

  const { route, generation } = await stage.activities.findRoute({ workload: 'ranker' });
  await stage.activities.restoreSource({ route, generation: generation + 2, workload: 'ranker' });

  expect(stage.world.routes.get(arn)?.shares.newest()).toEqual([
    { backend: 'source', weight: 100 },
    { backend: 'target', weight: 0 },
  ]);
});
