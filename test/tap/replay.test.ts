import fc from 'fast-check';
import { epochMs } from '../../src/domain/quantity';
import type { RecordedLine } from '../../src/tap/capture/recorded-line';
import { planArrivals } from '../../src/tap/replay/plan';
import type { Recorded } from '../../src/tap/replay/plan';
import { replay } from '../../src/tap/replay/replay';
import type { ReplayedPair, ReplayOptions } from '../../src/tap/replay/replay';
import { EXACT, TestServer } from './support';

function recorded(at: number, change: Partial<RecordedLine> = {}, isCoarse = false): Recorded {
  return { line: { at: epochMs(at), method: 'GET', path: '/', headers: {}, ...change }, isCoarse };
}

const ALL = { speed: 1, durationMs: Number.POSITIVE_INFINITY, sendsRedacted: false };

function offsets(requests: readonly Recorded[], options = ALL): number[] {
  return planArrivals(requests, options).arrivals.map(({ offsetMs }) => offsetMs);
}

test('planArrivals: gaps are as recorded, divided by the speed', () => {
  const requests = [recorded(1_000), recorded(1_500), recorded(5_000)];
  expect(offsets(requests)).toEqual([0, 500, 4_000]);
  expect(offsets(requests, { ...ALL, speed: 4 })).toEqual([0, 125, 1_000]);
});

test('planArrivals: recordings of several processes are one, in the order of time', () => {
  const { arrivals } = planArrivals([recorded(1_000), recorded(3_000), recorded(2_000)], ALL);
  expect(arrivals.map(({ id, offsetMs }) => [id, offsetMs])).toEqual([
    ['1', 0],
    ['3', 1_000],
    ['2', 2_000],
  ]);
});

test('planArrivals: requests of which only the second is known come evenly over it', () => {
  const second = (at: number): Recorded => recorded(at, {}, true);
  expect(offsets([second(1_000), second(1_000), second(1_000), second(1_000), second(2_000)])).toEqual([
    0, 250, 500, 750, 1_000,
  ]);
});

test('planArrivals: the end of the time is included, what comes later is counted', () => {
  const plan = planArrivals([recorded(0), recorded(100), recorded(101)], { ...ALL, durationMs: 100 });
  expect(plan).toMatchObject({ recorded: 3, beyond: 1, arrivals: [{ offsetMs: 0 }, { offsetMs: 100 }] });
});

test('planArrivals: whatever is recorded, the plan adds up', () => {
  const line = fc.record({
    at: fc.nat(10_000),
    method: fc.constantFrom('GET', 'POST', 'DELETE'),
    bodyRedacted: fc.constantFrom('values' as const, 'not_json' as const, undefined),
    isCoarse: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(line), fc.nat(10_000), fc.boolean(), (lines, durationMs, sendsRedacted) => {
      const requests = lines.map(({ at, method, bodyRedacted, isCoarse }) =>
        recorded(at, { method, ...(bodyRedacted === undefined ? {} : { bodyRedacted }) }, isCoarse),
      );
      const plan = planArrivals(requests, { speed: 2, durationMs, sendsRedacted });
      expect(plan.arrivals.length + plan.redacted + plan.changing + plan.beyond).toBe(plan.recorded);
    }),
  );
});

describe('replay', () => {
  let source: TestServer;
  let target: TestServer;
  let order: string[];
  let pairs: ReplayedPair[];
  beforeEach(async () => {
    [source, target] = [await new TestServer().start(), await new TestServer().start()];
    [order, pairs] = [[], []];
  });
  afterEach(() => Promise.all([source.stop(), target.stop()]));

  function options(change: Partial<ReplayOptions> = {}): ReplayOptions {
    return {
      source: { url: new URL(source.url), headers: {} },
      target: { url: new URL(target.url), headers: {} },
      random: () => {
        order.push('coin');
        return 0;
      },
      clock: { now: () => 0, waitUntil: async () => undefined },
      inFlightMax: 100,
      timeoutMs: 5_000,
      equivalence: EXACT,
      redactPaths: [],
      onPair: (pair) => void pairs.push(pair),
      stop: new AbortController().signal,
      ...change,
    };
  }

  const arrivals = (count: number) =>
    planArrivals(
      Array.from({ length: count }, (_, index) => recorded(index * 1_000)),
      ALL,
    ).arrivals;

  test('replay: the coin decides which side is first, once a pair', async () => {
    const draws = [0.1, 0.9, 0.5];
    await replay(arrivals(3), options({ random: () => draws.shift() ?? 0 }));
    const first = new Map(pairs.map(({ id, first: side }) => [id, side]));
    expect([first.get('1'), first.get('2'), first.get('3')]).toEqual(['source', 'target', 'target']);
    expect(draws).toEqual([]);
  });

  test('replay: latency counts from when the request was to be sent, not from when it was', async () => {
    // Sent 700 ms late, answered in the same instant.
    await replay(arrivals(1), options({ clock: { now: nowAfter(0, 700), waitUntil: async () => undefined } }));
    expect(pairs).toMatchObject([{ lagMs: 700, source: { latencyMs: 700 }, target: { latencyMs: 700 } }]);
  });

  test('replay: an arrival does not wait for an answer', async () => {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    source.answer = (_received, response) => void released.then(() => response.end('{}'));
    const waits: number[] = [];
    const clock = {
      now: () => 0,
      waitUntil: async (atMs: number) => {
        waits.push(atMs);
        // The last arrival is reached although no answer has come.
        if (waits.length === 3) release();
      },
    };
    expect(await replay(arrivals(3), options({ clock }))).toEqual({
      sent: 3,
      crowded: 0,
      interrupted: 0,
      inFlightMost: 3,
    });
    expect(waits).toEqual([0, 1_000, 2_000]);
  });

  test('replay: once stopped, nothing more is sent, and what is in flight is told', async () => {
    const stop = new AbortController();
    const clock = { now: () => 0, waitUntil: async (atMs: number) => void (atMs === 2_000 && stop.abort()) };
    expect(await replay(arrivals(5), options({ clock, stop: stop.signal }))).toMatchObject({ sent: 2, interrupted: 3 });
    expect(pairs).toHaveLength(2);
  });

  test('replay: a pair that nobody can take is an error, once all has come back', async () => {
    const onPair = async ({ id }: ReplayedPair): Promise<void> => {
      if (id === '1') throw new Error('the disk is full');
    };
    await expect(replay(arrivals(2), options({ onPair }))).rejects.toThrow('the disk is full');
    expect(source.received).toHaveLength(2);
  });

  test('replay: an answer that breaks off is none', async () => {
    target.answer = (_received, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('{');
      setImmediate(() => response.destroy());
    };
    await replay(arrivals(1), options());
    expect(pairs[0]?.target).toEqual({ isOk: false, latencyMs: 0 });
  });
});

/** @returns the first value once, then the second. */
function nowAfter(first: number, then: number): () => number {
  const values = [first];
  return () => values.shift() ?? then;
}
