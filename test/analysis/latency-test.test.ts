import { seededRandom } from '../../lab/seeded';
import { logEvidence } from '../../src/analysis/e-process';
import { addHistograms, bucketOf, countOf, histogramOf, quantileOf } from '../../src/analysis/histogram';
import { chanceOfSlower, startLatencyTest, takeLatencies, takeSummaries } from '../../src/analysis/latency-test';
import type { LatencyTest } from '../../src/domain/judge-state';
import type { LatencyLimits } from '../../src/domain/spec';
import reference from './reference.json';

const LIMITS: LatencyLimits = { quantile: 'p99', ratioMax: 1.1, ratioDetect: 1.25 };

describe('histogram', () => {
  test('histogram: a quantile is exact to 1 %, as NumPy counts it (inverted_cdf)', () => {
    const random = seededRandom(5);
    const latencies = Array.from({ length: 5_000 }, () => 20 * Math.exp(3 * random()));
    const sorted = [...latencies].sort((a, b) => a - b);
    for (const quantile of [0.01, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = sorted[Math.ceil(quantile * sorted.length) - 1] as number;
      expect(Math.abs(quantileOf(histogramOf(latencies), quantile) / exact - 1)).toBeLessThanOrEqual(0.01 + 1e-9);
    }
  });

  test('histogram: two halves add up to the whole', () => {
    const latencies = Array.from({ length: 100 }, (_, index) => 1 + index ** 1.5);
    const sum = addHistograms(histogramOf(latencies.slice(0, 30)), histogramOf(latencies.slice(30)));
    expect(sum).toEqual(histogramOf(latencies));
    expect(countOf(sum)).toBe(100);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, -1])('histogram: %p is no latency', (value) => {
    expect(() => bucketOf(value)).toThrow(RangeError);
  });

  test('histogram: a latency of zero is counted as the least', () => {
    expect(histogramOf([0, 0])).toEqual([[bucketOf(0), 2]]);
  });

  test('histogram: of nothing there is no quantile', () => {
    expect(quantileOf([], 0.5)).toBeNaN();
  });
});

describe(`chance of the slower side, against SciPy ${reference.scipy}`, () => {
  test.each(reference.chanceOfSlower)('$ours against $theirs at $quantile', ({ ours, theirs, quantile, chance }) => {
    expect(chanceOfSlower(ours, theirs, quantile)).toBeCloseTo(chance, 9);
  });
});

/** Minutes of log-normal latencies at 18 requests a second on the source and 2 on the target, and noise of both. */
function play(minutes: number, ratio: number, seed: number, form: 'requests' | 'summaries'): LatencyTest {
  const random = seededRandom(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let test = startLatencyTest();
  let noise = 0;
  for (let minute = 0; minute < minutes; minute += 1) {
    noise = 0.9 * noise + 0.1 * gauss();
    const draw = (count: number, factor: number): number[] =>
      Array.from({ length: count }, () => factor * 50 * Math.exp(noise + 0.6 * gauss()));
    const [source, target] = [histogramOf(draw(1_080, 1)), histogramOf(draw(120, ratio))];
    const summary = (requestCount: number, histogram: typeof source) => ({
      requestCount,
      quantileMs: quantileOf(histogram, 0.99),
    });
    test =
      form === 'requests'
        ? takeLatencies(test, source, target, LIMITS)
        : takeSummaries(test, summary(1_080, source), summary(120, target), LIMITS);
  }
  return test;
}

describe('latency test', () => {
  test.each(['requests', 'summaries'] as const)('latency test: from %s, a P99 of 1.5 times is found', (form) => {
    expect(logEvidence(play(40, 1.5, 3, form).worse, 'worse')).toBeGreaterThan(Math.log(1e4));
  });

  test.each(['requests', 'summaries'] as const)(
    'latency test: from %s, what is allowed is not called worse',
    (form) => {
      const evidence = Array.from({ length: 20 }, (_, seed) =>
        logEvidence(play(60, 1.1, seed + 1, form).worse, 'worse'),
      );
      expect(Math.max(...evidence)).toBeLessThan(Math.log(200));
    },
  );

  test.each(['requests', 'summaries'] as const)('latency test: from %s, an equal target is shown to be one', (form) => {
    expect(logEvidence(play(240, 1, 9, form).better, 'better')).toBeGreaterThan(Math.log(20));
  });

  test('latency test: from the requests it is found sooner than from one percentile a minute', () => {
    const [requests, summaries] = (['requests', 'summaries'] as const).map((form) =>
      logEvidence(play(12, 1.5, 3, form).worse, 'worse'),
    ) as [number, number];
    expect(requests).toBeGreaterThan(summaries);
  });

  test('latency test: requests wait until there are enough for the tail, and then are gone', () => {
    const few = takeLatencies(startLatencyTest(), histogramOf([1, 2]), histogramOf([3]), LIMITS);
    expect(few).toMatchObject({ lookCount: 0, worse: { windows: 0 } });
    expect(countOf(few.source) + countOf(few.target)).toBe(3);
    const many = takeLatencies(few, histogramOf(Array.from({ length: 1_000 }, () => 2)), [], LIMITS);
    expect(many).toMatchObject({ lookCount: 1, source: [], target: [] });
  });

  test('latency test: a target that hardly varies, and is quicker than allowed, is not called slower for it', () => {
    const random = seededRandom(11);
    const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const draw = (count: number, sigma: number, medianMs: number): number[] =>
      Array.from({ length: count }, () => medianMs * Math.exp(sigma * gauss()));
    // The source's P99 is 50 * exp(0.6 * 2.33) = 202 ms, the target's 0.9 times that.
    let test = startLatencyTest();
    for (let minute = 0; minute < 60; minute += 1)
      test = takeLatencies(test, histogramOf(draw(500, 0.6, 50)), histogramOf(draw(500, 0.01, 178)), LIMITS);
    expect(logEvidence(test.worse, 'worse')).toBeLessThan(Math.log(200));
  });

  test('latency test: of a few requests a window, one percentile says nothing', () => {
    const before = startLatencyTest();
    const few = { requestCount: 12, quantileMs: 500 };
    expect(takeSummaries(before, { requestCount: 108, quantileMs: 100 }, few, LIMITS)).toEqual(before);
  });

  test('latency test: where all requests take the same time, an equal target is still shown to be one', () => {
    let test = startLatencyTest();
    for (let minute = 0; minute < 30; minute += 1)
      test = takeLatencies(test, [[bucketOf(20), 900]], [[bucketOf(20), 100]], LIMITS);
    expect(logEvidence(test.better, 'better')).toBeGreaterThan(Math.log(20));
    expect(logEvidence(test.worse, 'worse')).toBeLessThanOrEqual(0);
  });
});
