import type { Weights } from '../../src/domain/weights';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { prepared, restore, routeNow, shift, workload } from './shifted';

/** What stands on the route when an order of generation 5 for 75/25 arrives. */
const GENERATIONS: [
  string,
  number,
  Weights,
  Weights,
  { code: string | null; after: [number, number]; writes: number },
][] = [
  ['an older one', 4, targetWeight(10), targetWeight(10), { code: null, after: [75, 25], writes: 1 }],
  ['the same, done', 5, targetWeight(25), targetWeight(25), { code: null, after: [75, 25], writes: 0 }],
  ['the same, tag only', 5, targetWeight(25), targetWeight(10), { code: null, after: [75, 25], writes: 1 }],
  [
    'the same number with other weights',
    5,
    targetWeight(50),
    targetWeight(50),
    { code: 'StaleGeneration', after: [50, 50], writes: 0 },
  ],
  ['a newer one, in force', 6, ALL_ON_SOURCE, ALL_ON_SOURCE, { code: 'StaleGeneration', after: [100, 0], writes: 0 }],
  [
    'a newer one, overwritten by an older',
    6,
    ALL_ON_SOURCE,
    targetWeight(25),
    { code: 'StaleGeneration', after: [100, 0], writes: 1 },
  ],
];

describe('generations', () => {
  test.each(GENERATIONS)('shiftWeights: where %s stands', async (_name, generation, tag, shares, expected) => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, generation, tag, shares);

    const outcome = await shift(stage, sides, 5, targetWeight(25)).then(
      () => null,
      (error: { type: string }) => error.type,
    );

    expect(outcome).toBe(expected.code);
    expect(stage.weights()).toEqual(at(...expected.after));
    expect(stage.faults.count('router.writeShares')).toBe(expected.writes);
    expect(routeNow(stage, sides).shift?.generation).toBe(Math.max(5, generation));
  });

  test('restoreSource: a newer decision for the target is put back by an older rollback, and stands', async () => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, 6, targetWeight(25), ALL_ON_SOURCE);

    await expect(restore(stage, sides, 5)).rejects.toMatchObject({ type: 'StaleGeneration' });
    expect(stage.weights()).toEqual(at(75, 25));
  });
});

describe('an older attempt that is late', () => {
  test('shiftWeights: a stalled attempt that writes after a rollback puts the rollback back itself', async () => {
    const { stage, sides, at } = await prepared();
    const stalled = stage.faults.holdNext('router.writeShares');
    const older = shift(stage, sides, 1, targetWeight(50)).catch((error: { type: string }) => error.type);
    await stalled.reached;
    await restore(stage, sides, 2);
    stalled.release();

    expect(await older).toBe('StaleGeneration');
    expect(stage.weights()).toEqual(at(100, 0));
  });

  test('guardShift: a weight write that arrives after the rollback is undone', async () => {
    const { stage, sides, at } = await prepared();
    const late = stage.faults.delayNext('router.writeShares');
    await expect(shift(stage, sides, 1, targetWeight(50))).rejects.toThrow('socket hang up');
    await restore(stage, sides, 2);
    const startMs = stage.clock.now();
    stage.faults.before('router.readRoute', 3, () => void late.apply());

    await stage.activities.guardShift({
      ...sides,
      shift: { generation: 2, weights: ALL_ON_SOURCE },
      workload,
      untilMs: (startMs + 20_000) as never,
    });

    expect(stage.weights()).toEqual(at(100, 0));
    expect(stage.clock.now()).toBe(startMs + 20_000);
    expect(stage.heartbeats).toContainEqual({ generation: 2, putBack: true });
  });

  test('guardShift: a tag write that arrives after the rollback is undone', async () => {
    const { stage, sides } = await prepared();
    const late = stage.faults.delayNext('router.writeShiftTag');
    await expect(shift(stage, sides, 1, targetWeight(50))).rejects.toThrow('socket hang up');
    await restore(stage, sides, 2);
    stage.faults.before('router.readRoute', 2, () => void late.apply());

    const untilMs = (stage.clock.now() + 5_000) as never;
    await stage.activities.guardShift({
      ...sides,
      shift: { generation: 2, weights: ALL_ON_SOURCE },
      workload,
      untilMs,
    });

    expect(routeNow(stage, sides).shift).toEqual({ generation: 2, weights: ALL_ON_SOURCE });
  });

  test('guardShift: it leaves a newer decision alone and ends', async () => {
    const { stage, sides, at } = await prepared();
    stage.standing(sides, 3, targetWeight(25));
    const startMs = stage.clock.now();

    await stage.activities.guardShift({
      ...sides,
      shift: { generation: 2, weights: ALL_ON_SOURCE },
      workload,
      untilMs: (startMs + 20_000) as never,
    });

    expect(stage.weights()).toEqual(at(75, 25));
    expect(stage.clock.now()).toBe(startMs);
  });
});
