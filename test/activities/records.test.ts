import type { Route, RouteSides } from '../../src/contracts/activities';
import type { Weights } from '../../src/domain/weights';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import type { FakeRecords } from '../support/fakes';
import { addRecords } from '../support/fakes';
import { restore, routeNow, shift, workload } from './shifted';
import { Stage } from './support';

interface Prepared {
  readonly stage: Stage;
  readonly records: FakeRecords;
  readonly sides: RouteSides;
}

function prepared(): Prepared {
  const stage = new Stage();
  const { route, records } = addRecords(stage.world, workload);
  return { stage, records, sides: { route, targetGroupArn: 'target' } };
}

const weights = (stage: Stage, { arn }: Route): Record<string, number> =>
  Object.fromEntries(
    (stage.world.routes.get(arn)?.shares.newest() ?? []).map(({ backend, weight }) => [backend, weight]),
  );

const at = (source: number, target: number): Record<string, number> => ({ source, target });

/** As another worker would: with what the attempt before left in its heartbeat. */
function shiftAgain({ stage, sides }: Prepared, left: unknown): Promise<unknown> {
  return stage.inside(
    () =>
      stage.activitiesHere().shiftWeights({
        ...sides,
        shift: { generation: 1, weights: targetWeight(10) },
        workload,
        requireHealthyCount: 1,
      }),
    left,
  );
}

describe('a shift of records', () => {
  test('shiftWeights: decision and weights are one call, and count once they are in effect', async () => {
    const { stage, records, sides } = prepared();
    records.delayMs = 9_000;
    const startMs = stage.clock.now();

    const { confirmedAt } = await shift(stage, sides, 1, targetWeight(10), 1);

    expect(stage.faults.calls.filter((name) => name !== 'router.readRoute')).toEqual([
      'router.readHealth',
      'router.applyShift',
    ]);
    expect(weights(stage, sides.route)).toEqual(at(90, 10));
    expect(confirmedAt - startMs).toBeGreaterThanOrEqual(9_000);
    // 0.5, 1, 2, 4 and 5 s apart: five looks, and the first one.
    expect(confirmedAt - startMs).toBeLessThanOrEqual(12_500);
  });

  test('shiftWeights: what is not in effect before its attempt is over is tried again, and says why', async () => {
    const { stage, records, sides } = prepared();
    records.delayMs = 60_000;
    const startMs = stage.clock.now();

    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toMatchObject({
      type: 'AwsUnavailable',
      nonRetryable: false,
      message: expect.stringMatching(/1\/90\/10 .* not in effect yet: change change-\d+ is PENDING/),
    });
    expect(stage.clock.now() - startMs).toBeLessThanOrEqual(18_000);
  });

  test('shiftWeights: the next attempt waits for the same change and writes nothing', async () => {
    const all = prepared();
    const { stage, records, sides } = all;
    records.delayMs = 25_000;
    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toThrow('not in effect yet');

    await shiftAgain(all, stage.heartbeats.at(-1));

    expect(stage.faults.count('router.applyShift')).toBe(1);
  });

  test('shiftWeights: a lost reply takes the receipt along, so the same is written once more and waited for', async () => {
    const { stage, records, sides } = prepared();
    records.delayMs = 4_000;
    stage.faults.loseNextReply('router.applyShift');
    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toThrow('socket hang up');
    const startMs = stage.clock.now();

    const { confirmedAt } = await shift(stage, sides, 1, targetWeight(10), 1);

    expect(stage.faults.count('router.applyShift')).toBe(2);
    expect(weights(stage, sides.route)).toEqual(at(90, 10));
    expect(confirmedAt - startMs).toBeGreaterThanOrEqual(4_000);
  });

  test('shiftWeights: a receipt of another decision is not taken for this one', async () => {
    const all = prepared();
    all.stage.faults.loseNextReply('router.applyShift');
    await expect(shift(all.stage, all.sides, 1, targetWeight(10), 1)).rejects.toThrow('socket hang up');

    await shiftAgain(all, { generation: 0, receipt: 'change-old' });

    expect(all.stage.faults.count('router.applyShift')).toBe(2);
  });

  test('shiftWeights: an unhealthy target gets nothing', async () => {
    const { stage, records, sides } = prepared();
    records.unhealthy.add('target');

    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toMatchObject({ type: 'TargetsNotHealthy' });
    expect(weights(stage, sides.route)).toEqual(at(1, 0));
  });
});

describe('two hands on the records', () => {
  test('shiftWeights: a decision in between refuses the write; tried again, the older one stops', async () => {
    const { stage, sides } = prepared();
    stage.faults.before('router.applyShift', 1, () => {
      routeNow(stage, sides).shift = { generation: 2, weights: ALL_ON_SOURCE };
    });

    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toMatchObject({
      type: 'DecisionRaced',
      nonRetryable: false,
    });
    await expect(shift(stage, sides, 1, targetWeight(10), 1)).rejects.toMatchObject({ type: 'StaleGeneration' });
    expect(weights(stage, sides.route)).toEqual(at(1, 0));
  });

  test('restoreSource: a write that arrives after the rollback changes nothing, without a guard', async () => {
    const { stage, sides } = prepared();
    await shift(stage, sides, 1, targetWeight(10), 1);
    const late = stage.faults.delayNext('router.applyShift');
    await expect(shift(stage, sides, 2, targetWeight(50), 1)).rejects.toThrow('socket hang up');
    await restore(stage, sides, 3);

    await expect(late.apply()).rejects.toMatchObject({ code: 'DecisionRaced' });
    expect(weights(stage, sides.route)).toEqual(at(100, 0));
  });

  const EDITS: [string, { backend: string; weight: number }[], string][] = [
    ['a third record takes traffic', [...pair(90, 10), { backend: 'third', weight: 5 }], 'third takes traffic'],
    ['the source’s record is gone', [{ backend: 'target', weight: 10 }], 'the source, source, is no longer on it'],
  ];
  test.each(EDITS)('shiftWeights: %s, so nothing is shifted', async (_name, shares, words) => {
    const { stage, sides } = prepared();
    routeNow(stage, sides).shares.set(0, shares);

    await expect(shift(stage, sides, 1, targetWeight(20), 1)).rejects.toMatchObject({
      type: 'RouteChanged',
      message: expect.stringContaining(words),
    });
    expect(stage.faults.count('router.applyShift')).toBe(0);
  });

  test('restoreSource: whatever third record is there gets 0', async () => {
    const { stage, sides } = prepared();
    routeNow(stage, sides).shares.set(0, [...pair(50, 50), { backend: 'third', weight: 5 }]);

    await restore(stage, sides, 1);

    expect(weights(stage, sides.route)).toEqual({ source: 100, target: 0, third: 0 });
  });

  test('restoreSource: an order that is newer and overwritten by hand is put back, and stands', async () => {
    const { stage, sides } = prepared();
    await shift(stage, sides, 6, targetWeight(25), 1);
    routeNow(stage, sides).shares.set(stage.clock.now(), pair(100, 0));

    await expect(restore(stage, sides, 5)).rejects.toMatchObject({ type: 'StaleGeneration' });
    expect(weights(stage, sides.route)).toEqual(at(75, 25));
  });
});

describe('the end', () => {
  const ENDS: [string, Weights, (stage: Stage, sides: RouteSides) => Promise<void>][] = [
    ['leaveRoute', ALL_ON_SOURCE, (stage, sides) => stage.activities.leaveRoute({ ...sides, workload, forget: false })],
    ['retireSource', targetWeight(100), (stage, sides) => stage.activities.retireSource({ ...sides, workload })],
  ];
  test.each(ENDS)('%s: the records stay, at weight 0', async (_name, last, act) => {
    const { stage, sides } = prepared();
    await shift(stage, sides, 1, last, 1);

    await act(stage, sides);

    expect(weights(stage, sides.route)).toEqual(at(last.source, last.target));
  });

  test.each(ENDS)('%s: with weight left it is refused', async (_name, _last, act) => {
    const { stage, sides } = prepared();
    await shift(stage, sides, 1, targetWeight(50), 1);

    await expect(act(stage, sides)).rejects.toMatchObject({ type: 'RouteChanged' });
  });

  test('leaveRoute: with forget the decision goes too', async () => {
    const { stage, sides } = prepared();
    await shift(stage, sides, 1, ALL_ON_SOURCE, 1);

    await stage.activities.leaveRoute({ ...sides, workload, forget: true });

    expect(routeNow(stage, sides).shift).toBeUndefined();
  });
});

function pair(source: number, target: number): { backend: string; weight: number }[] {
  return [
    { backend: 'source', weight: source },
    { backend: 'target', weight: target },
  ];
}
