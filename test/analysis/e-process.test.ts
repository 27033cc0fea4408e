import { bet, logEvidence, logFactor, startProcess } from '../../src/analysis/e-process';
import type { Direction, Outcome } from '../../src/analysis/e-process';
import { alone, shared } from '../../src/analysis/sequential-test';
import { seededRandom } from '../../lab/seeded';
import reference from './reference.json';

const DIGITS = 9;

describe(`against SciPy ${reference.scipy}`, () => {
  test.each(reference.factors)(
    'e-process: theta $theta, $events events among $source and $target requests',
    ({ theta, source, target, events, logs, binomial, hypergeometric }) => {
      const share = target / (source + target);
      const ours = logs.map((_, targetEvents) => logFactor(theta, shared(events - targetEvents, targetEvents, share)));

      logs.forEach((log, index) => expect(ours[index]).toBeCloseTo(log, DIGITS));
      expect(binomial).toBeCloseTo(1, DIGITS);
      expect(hypergeometric).toBeLessThanOrEqual(1 + 1e-9);
    },
  );

  test.each(reference.poissonFactors)(
    'e-process: theta $theta, $count requests that may fail at $rate',
    ({ theta, count, rate, zero, one, binomial }) => {
      expect(logFactor(theta, alone(0, count, rate))).toBeCloseTo(zero, DIGITS);
      expect(logFactor(theta, alone(1, count, rate))).toBeCloseTo(one, DIGITS);
      expect(binomial).toBeLessThanOrEqual(1 + 1e-9);
    },
  );
});

/** Looks at each of so many windows, and tells how many of the runs ever rejected. */
function rejections(
  direction: Direction,
  alpha: number,
  runs: number,
  windows: number,
  outcome: (random: () => number, index: number) => Outcome,
): number {
  let rejected = 0;
  for (let seed = 1; seed <= runs; seed += 1) {
    const random = seededRandom(seed * 7_919);
    let process = startProcess(direction);
    let isRejected = false;
    for (let index = 0; index < windows && !isRejected; index += 1) {
      process = bet(process, direction, outcome(random, index));
      isRejected = logEvidence(process, direction) >= -Math.log(alpha);
    }
    if (isRejected) rejected += 1;
  }
  return rejected;
}

const binomial = (random: () => number, count: number, rate: number): number => {
  let events = 0;
  for (let index = 0; index < count; index += 1) if (random() < rate) events += 1;
  return events;
};

/** An error rate that everybody suffers, and that wanders. */
const wandering = (random: () => number, index: number): number => 0.02 * (1 + Math.sin(index / 17)) + 0.01 * random();

describe('coverage: however often anybody looks, a true null hypothesis is rejected at most with the chance alpha', () => {
  const RUNS = 100;
  const ALPHA = 0.1;
  /** Of 100 runs at 10 % more than so many are expected once in 1,000 sets of runs. */
  const REJECTED_MAX = 20;

  test.each<[string, Direction, (random: () => number, index: number) => Outcome]>([
    [
      'errors of both sides wander together',
      'worse',
      (random, index) => {
        const rate = wandering(random, index);
        return shared(binomial(random, 90, rate), binomial(random, 10, rate), 0.1);
      },
    ],
    [
      'the target has just the excess that is allowed',
      'worse',
      (random, index) => {
        const rate = wandering(random, index);
        return shared(binomial(random, 50, rate), binomial(random, 50, rate + 0.02), 0.5, 50 * 0.02);
      },
    ],
    [
      'the target has just the excess that must be excluded',
      'better',
      (random, index) => {
        const rate = wandering(random, index);
        return shared(binomial(random, 50, rate), binomial(random, 50, rate + 0.02), 0.5, 50 * 0.02);
      },
    ],
    ['errors are as frequent as the SLA allows', 'worse', (random) => alone(binomial(random, 40, 0.05), 40, 0.05)],
    ['errors are as frequent as the SLA allows', 'better', (random) => alone(binomial(random, 40, 0.05), 40, 0.05)],
    [
      'the split is at the edge of its tolerance',
      'worse',
      (random) => {
        const target = binomial(random, 60, 0.15);
        return shared(60 - target, target, 0.15);
      },
    ],
  ])('coverage: %s (%s)', (_name, direction, outcome) => {
    expect(rejections(direction, ALPHA, RUNS, 100, outcome)).toBeLessThanOrEqual(REJECTED_MAX);
  });

  test('coverage: the same runs with a difference are nearly all found', () => {
    const found = rejections('worse', 0.001, 100, 150, (random, index) => {
      const rate = wandering(random, index);
      return shared(binomial(random, 90, rate), binomial(random, 10, rate + 0.1), 0.1);
    });

    expect(found).toBe(100);
  });
});

describe('e-process', () => {
  const good = shared(5, 5, 0.5);
  const bad = shared(0, 10, 0.5);
  const run = (direction: Direction, outcomes: readonly Outcome[]): number =>
    logEvidence(
      outcomes.reduce((process, outcome) => bet(process, direction, outcome), startProcess(direction)),
      direction,
    );
  const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);

  test('e-process: nothing seen is no evidence', () => {
    expect([logEvidence(startProcess('worse'), 'worse'), logEvidence(startProcess('better'), 'better')]).toEqual([
      0, 0,
    ]);
  });

  test('e-process: a window without events or requests says nothing', () => {
    expect(run('worse', times(5, shared(0, 0, 0.5)))).toBeCloseTo(0, DIGITS);
  });

  test('e-process: a source that nobody can see says nothing against the target', () => {
    expect(run('worse', times(50, shared(0, 10, 1)))).toBeCloseTo(0, DIGITS);
  });

  test('e-process: a long good time does not have to be won back', () => {
    const threshold = Math.log(1e4);
    const needed = (before: number): number => {
      let count = 0;
      while (run('worse', [...times(before, good), ...times(count, bad)]) < threshold) count += 1;
      return count;
    };

    expect(needed(0)).toBeLessThanOrEqual(4);
    expect(needed(1_440)).toBeLessThanOrEqual(8);
  });

  test('e-process: evidence stays a number, however much of it there is', () => {
    expect(run('worse', times(5_000, shared(0, 1_000, 0.1)))).toBeLessThanOrEqual(710);
    expect(run('better', times(5_000, shared(0, 1_000, 0.1)))).toBeGreaterThanOrEqual(-810);
  });

  test('e-process: of several null hypotheses the one that explains most counts', () => {
    const both = bet(startProcess('worse'), 'worse', alone(10, 20, 0.01), good);
    expect(logEvidence(both, 'worse')).toBeLessThanOrEqual(run('worse', [good]) + 1e-12);
  });
});
