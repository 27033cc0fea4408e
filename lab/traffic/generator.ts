/**
 * Open-loop traffic: arrivals keep their schedule and do not wait for answers, so a slow server cannot hide its own delay.
 */
import http from 'node:http';
import { FEATURE_COUNT } from '../fleet/model';
import { TENANT_HEADER } from '../fleet/server';
import { hashText, seededRandom } from '../seeded';
import type { Random } from '../seeded';
import { addValue, emptyStats, percentile } from '../metrics/histogram';

export interface TrafficTotals {
  readonly total: number;
  readonly inFlight: number;
  /** No answer within the time limit, a broken connection, or a status of 400 or above. */
  readonly failed: number;
  readonly toSource: number;
  readonly toTarget: number;
  /** Unit: milliseconds; absent before the first answer. */
  readonly latencyMsP50: number | undefined;
  readonly latencyMsP99: number | undefined;
  /** The newest failures, oldest first, at most 20. */
  readonly lastFailures: readonly string[];
}

export interface Arrivals {
  /** Time until the next arrival. Unit: milliseconds. */
  nextGapMs(nowMs: number): number;
}

/** Users are of two tenants, one of whom hardly shows in the mean. */
export const LARGE_TENANT = 'tenant-a';
export const SMALL_TENANT = 'tenant-b';
const SMALL_TENANT_SHARE = 0.05;

/** The production variant that an endpoint of the lab has before a migration. */
export const SOURCE_VARIANT = 'before';

const TIMEOUT_MS = 5_000;
/** One "day" of the daily shape. Unit: milliseconds. */
const DAY_MS = 120_000;

/** Poisson arrivals around `ratePerSecond`, which swings by `swing` (0 to 1) over each shortened day. */
export function poissonArrivals(ratePerSecond: number, swing: number, random: Random): Arrivals {
  return {
    nextGapMs: (nowMs) => {
      const rate = ratePerSecond * (1 + swing * Math.sin((2 * Math.PI * nowMs) / DAY_MS));
      return (-Math.log(1 - random()) * 1000) / rate;
    },
  };
}

/** Arrivals at the offsets of a trace, which starts again when it ends. Unit of the offsets: milliseconds, ascending. */
export function traceArrivals(offsetsMs: readonly number[]): Arrivals {
  let index = 0;
  return {
    nextGapMs: () => {
      index = (index + 1) % offsetsMs.length;
      if (index === 0) return 1;
      return Math.max(0, (offsetsMs[index] ?? 0) - (offsetsMs[index - 1] ?? 0));
    },
  };
}

export class TrafficGenerator {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 512 });
  private readonly random: Random;
  private readonly latencies = emptyStats(0);
  private readonly counts = { total: 0, inFlight: 0, failed: 0, toSource: 0, toTarget: 0 };
  private failures: string[] = [];
  private arrivals: Arrivals | undefined;
  private nextAtMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param where whom the next request goes to, such as `http://127.0.0.1:8080`. */
  constructor(
    private readonly where: () => Promise<string>,
    private readonly host: string,
  ) {
    this.random = seededRandom(hashText(host));
  }

  /** Undefined stops new arrivals; those in flight are still counted. */
  setArrivals(arrivals: Arrivals | undefined): void {
    clearTimeout(this.timer);
    this.arrivals = arrivals;
    this.nextAtMs = performance.now();
    if (arrivals !== undefined) this.schedule();
  }

  setRate(ratePerSecond: number, swing: number): void {
    this.setArrivals(ratePerSecond > 0 ? poissonArrivals(ratePerSecond, swing, this.random) : undefined);
  }

  totals(): TrafficTotals {
    const at = (percent: number): number | undefined => percentile(this.latencies, percent);
    return { ...this.counts, latencyMsP50: at(50), latencyMsP99: at(99), lastFailures: this.failures };
  }

  private schedule(): void {
    const { arrivals } = this;
    if (arrivals === undefined) return;
    // All arrivals whose time has come are sent now: a late timer must not thin the traffic out.
    while (this.nextAtMs <= performance.now()) {
      this.send();
      this.nextAtMs += arrivals.nextGapMs(performance.now());
    }
    this.timer = setTimeout(() => this.schedule(), Math.max(1, this.nextAtMs - performance.now()));
  }

  private send(): void {
    const features = Array.from({ length: FEATURE_COUNT }, () => Number((this.random() * 2 - 1).toFixed(6)));
    const body = JSON.stringify({ features });
    const startedMs = performance.now();
    this.counts.inFlight += 1;
    let settled = false;
    const settle = (failure: string | undefined, side: string | undefined): void => {
      if (settled) return;
      settled = true;
      this.settle(failure, side, performance.now() - startedMs);
    };
    // Finding out where to is part of what the user waits for.
    this.where().then(
      (url) => this.request(url, body, settle),
      (error: Error) => settle(`DNS: ${error.message}`, undefined),
    );
  }

  private request(
    url: string,
    body: string,
    settle: (failure: string | undefined, side: string | undefined) => void,
  ): void {
    const request = http.request(`${url}/predict`, {
      method: 'POST',
      agent: this.agent,
      headers: {
        host: this.host,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        [TENANT_HEADER]: this.random() < SMALL_TENANT_SHARE ? SMALL_TENANT : LARGE_TENANT,
      },
    });
    request.setTimeout(TIMEOUT_MS, () => request.destroy(new Error('no answer in 5 s')));
    request.on('error', (error) => settle(error.message, undefined));
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      response.resume();
      response.on('end', () => settle(status >= 400 ? `status ${status}` : undefined, sideOf(response.headers)));
      response.on('error', (error) => settle(error.message, undefined));
    });
    request.end(body);
  }

  private settle(failure: string | undefined, side: string | undefined, latencyMs: number): void {
    this.counts.inFlight -= 1;
    this.counts.total += 1;
    if (side === 'source') this.counts.toSource += 1;
    if (side === 'target') this.counts.toTarget += 1;
    addValue(this.latencies, latencyMs);
    if (failure === undefined) return;
    this.counts.failed += 1;
    this.failures = [
      ...this.failures.slice(-19),
      `${new Date().toISOString()} ${failure}${side ? ` from ${side}` : ''}`,
    ];
  }
}

/** A model server says its side itself; what came out of a SageMaker endpoint says which variant answered. */
function sideOf(headers: http.IncomingHttpHeaders): string {
  const side = headers['x-model-side'];
  if (side !== undefined) return String(side);
  const variant = headers['x-amzn-invoked-production-variant'];
  if (variant === undefined) return '';
  return variant === SOURCE_VARIANT ? 'source' : 'target';
}

/** Offsets of a CSV with a TIMESTAMP column (and ContextTokens,GeneratedTokens). Rejects a file without rows. */
export function readTrace(csv: string): number[] {
  const times = csv
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line.trim() !== '')
    .map((line) => Date.parse(line.split(',')[0] ?? ''))
    .filter((time) => Number.isFinite(time));
  const [first] = times;
  if (first === undefined) throw new Error('the trace has no row with a TIMESTAMP');
  return times.map((time) => time - first).sort((a, b) => a - b);
}
