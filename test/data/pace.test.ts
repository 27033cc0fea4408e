import { setImmediate as nextTurn } from 'node:timers/promises';
import { withAttempts } from '../../src/data/attempts';
import { Bandwidth, rateAt } from '../../src/data/bandwidth';
import { parseTimetable } from '../../src/domain/timetable';
import { Budget } from '../../src/data/budget';
import type { CopyClock } from '../../src/data/clock';
import type { Settled } from '../../src/data/settled';
import { eitherSignal } from '../../src/data/signals';
import { Throttle } from '../../src/data/throttle';
import { OrderedWindow } from '../../src/data/window';
import { MigrationError } from '../../src/domain/errors';

/** Many wait on it at once. */
const NEVER = eitherSignal();

class FakeClock implements CopyClock {
  nowMs = 0;
  random = (): number => 1;
  now = (): number => this.nowMs;

  async sleep(durationMs: number): Promise<void> {
    this.nowMs += durationMs;
    await nextTurn();
  }
}

describe('bandwidth', () => {
  const rates = (text: string): (number | undefined)[] =>
    [0, 479, 480, 1_079, 1_080].map((minute) => rateAt(parseTimetable(text), { weekday: 3, minute }));

  test('rateAt: one rate holds always, and off is none', () => {
    expect(rates('10M')).toEqual(Array(5).fill(10 * 1_048_576));
    expect(rates('off')).toEqual(Array(5).fill(undefined));
    expect(rates('64')).toEqual(Array(5).fill(65_536));
  });

  test('rateAt: a timetable changes at its minutes, and goes on over midnight', () => {
    expect(rates('08:00,1M 18:00,off')).toEqual([undefined, undefined, 1_048_576, 1_048_576, undefined]);
  });

  test('rateAt: a weekday has its own', () => {
    const timetable = parseTimetable('Mon-00:00,1K Sat-00:00,off');
    expect([0, 1, 5, 6].map((weekday) => rateAt(timetable, { weekday, minute: 0 }))).toEqual([
      undefined,
      1_024,
      1_024,
      undefined,
    ]);
  });

  test.each(['', 'fast', '0', '-1M', '8:00', '24:00,1M', '08:60,1M', 'Foo-08:00,1M', '08:00,1M 5M'])(
    'parseTimetable: refuses %j',
    (text) => {
      expect(() => parseTimetable(text)).toThrow(RangeError);
    },
  );

  test('Bandwidth: moves no more than the rate, whatever comes at once', async () => {
    const clock = new FakeClock();
    const bandwidth = new Bandwidth(parseTimetable('1M'), clock);
    await Promise.all(Array.from({ length: 11 }, () => bandwidth.pay(1_048_576, NEVER)));
    // The first one is free to go; each of the others waits for the one before.
    expect(clock.nowMs).toBeCloseTo(10_000);
  });

  test('Bandwidth: a new rate is taken over while somebody waits', async () => {
    const clock = new FakeClock();
    const bandwidth = new Bandwidth(parseTimetable('00:00,1K 00:01,off'), clock, (atMs) => ({
      weekday: 0,
      minute: Math.floor(atMs / 60_000),
    }));
    await bandwidth.pay(1_024 * 3_600, NEVER);
    await bandwidth.pay(1, NEVER);
    expect(clock.nowMs).toBeLessThanOrEqual(61_000);
  });

  test('Bandwidth: a clock that is set back by an hour holds nobody up', async () => {
    const clock = new FakeClock();
    clock.nowMs = 7_200_000;
    const bandwidth = new Bandwidth(parseTimetable('1M'), clock);
    await bandwidth.pay(1_048_576, NEVER);
    clock.nowMs -= 3_600_000;
    const backAtMs = clock.nowMs;
    await bandwidth.pay(1_048_576, NEVER);
    await bandwidth.pay(1, NEVER);
    expect(clock.nowMs - backAtMs).toBeLessThanOrEqual(2_000);
  });
});

describe('budget', () => {
  test('Budget: gives in the order of asking, and a wish larger than all of it gets all, alone', async () => {
    const budget = new Budget(10);
    const order: string[] = [];
    const first = await budget.take(6, NEVER);
    const huge = budget.take(99, NEVER).then((giveBack) => (order.push('huge'), giveBack));
    const small = budget.take(1, NEVER).then((giveBack) => (order.push('small'), giveBack));
    await nextTurn();
    expect(order).toEqual([]);
    first();
    await nextTurn();
    expect(order).toEqual(['huge']);
    (await huge)();
    await small;
    expect(order).toEqual(['huge', 'small']);
  });

  test('Budget: who gives up waiting lets the next one go', async () => {
    const budget = new Budget(10);
    const giveBack = await budget.take(5, NEVER);
    const stop = new AbortController();
    const large = budget.take(10, stop.signal);
    const small = budget.take(5, NEVER);
    stop.abort(new Error('enough'));
    await expect(large).rejects.toThrow('enough');
    await small;
    giveBack();
  });
});

describe('throttle', () => {
  const busy = new MigrationError('AwsUnavailable', 'SlowDown');

  async function once(throttle: Throttle, key: string, outcome: 'done' | 'throttled'): Promise<void> {
    (await throttle.enter(key, NEVER)).end(outcome);
  }

  test('Throttle: halves for the prefix that is throttled, and leaves the others alone', async () => {
    const throttle = new Throttle(64);
    await once(throttle, 'hot/a', 'throttled');
    expect([throttle.limitOf('hot/b'), throttle.limitOf('cold/a'), throttle.limitOf('alone')]).toEqual([32, 64, 64]);
  });

  test('Throttle: requests that were under way together halve it once', async () => {
    const throttle = new Throttle(64);
    const permits = await Promise.all(Array.from({ length: 10 }, () => throttle.enter('hot/a', NEVER)));
    for (const permit of permits) permit.end('throttled');
    expect(throttle.limitOf('hot/a')).toBe(32);
  });

  test('Throttle: comes back one by one, and never falls below one', async () => {
    const throttle = new Throttle(4);
    for (let n = 0; n < 9; n += 1) await once(throttle, 'a/b', 'throttled');
    expect(throttle.limitOf('a/b')).toBe(1);
    await once(throttle, 'a/b', 'done');
    expect(throttle.limitOf('a/b')).toBe(2);
    for (let n = 0; n < 20; n += 1) await once(throttle, 'a/b', 'done');
    expect(throttle.limitOf('a/b')).toBe(4);
  });

  test('Throttle: lets in no more than its limit, and all of them in the end', async () => {
    const throttle = new Throttle(8);
    await once(throttle, 'a/b', 'throttled');
    let [inside, most, done] = [0, 0, 0];
    const work = async (): Promise<void> => {
      const permit = await throttle.enter('a/b', NEVER);
      most = Math.max(most, (inside += 1));
      await nextTurn();
      inside -= 1;
      done += 1;
      permit.end('other');
    };
    await Promise.all(Array.from({ length: 50 }, work));
    expect([most, done]).toEqual([4, 50]);
  });

  test('withAttempts: tries again with growing pauses, so often and no oftener', async () => {
    const clock = new FakeClock();
    let tries = 0;
    const given = { throttle: new Throttle(4), clock, signal: NEVER, attemptsMax: 4 };
    const work = async (): Promise<never> => Promise.reject(((tries += 1), busy));
    await expect(withAttempts('a', work, given)).rejects.toBe(busy);
    expect([tries, clock.nowMs]).toEqual([4, 200 + 400 + 800]);
  });

  test('withAttempts: an error that waiting does not cure comes at once', async () => {
    const denied = new MigrationError('AwsDenied', 'no');
    const given = { throttle: new Throttle(4), clock: new FakeClock(), signal: NEVER, attemptsMax: 4 };
    await expect(withAttempts('a', () => Promise.reject(denied), given)).rejects.toBe(denied);
    expect(given.clock.nowMs).toBe(0);
  });
});

describe('window', () => {
  const settled = (key: string): Settled => ({ key, outcome: 'copied', sizeBytes: 0, isAtTarget: false, findings: [] });

  test('OrderedWindow: hands on in the order of beginning, however the work ends', () => {
    const order: string[] = [];
    const window = new OrderedWindow(8, ({ key }) => order.push(key));
    const [endA, endB] = [window.begin(), window.begin()];
    window.pass(settled('c'));
    endB(settled('b'));
    expect(order).toEqual([]);
    expect(window.ahead().map(({ key }) => key)).toEqual(['b', 'c']);
    endA(settled('a'));
    expect(order).toEqual(['a', 'b', 'c']);
    expect(window.size).toBe(0);
  });

  test('OrderedWindow: room comes when the first one is handed on, not before', async () => {
    const window = new OrderedWindow(2, () => undefined);
    const [endA, endB] = [window.begin(), window.begin()];
    let hasRoom = false;
    const waiting = window.room().then(() => (hasRoom = true));
    endB(settled('b'));
    await nextTurn();
    expect(hasRoom).toBe(false);
    endA(settled('a'));
    await waiting;
    await window.empty();
  });
});
