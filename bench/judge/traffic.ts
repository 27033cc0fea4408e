/** Simulated users: a source and a target behind one load balancer, minute by minute. */
import { seededRandom } from '../../lab/seeded';
import type { Random } from '../../lab/seeded';
import { bucketsOf } from '../../src/analysis/histogram';
import type { EvidenceWindow, Histogram, SideWindow } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';

/** Latency of one request without the noise of its minute: exp of this many standard deviations around 50 ms. */
export interface LatencyShape {
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
  /** So many requests are this many times slower: a heavy tail. */
  readonly slowShare: number;
  readonly slowFactor: number;
}

export interface Case {
  readonly requestsPerSecond: number;
  readonly latency: LatencyShape;
  readonly sourceErrorRate: number;
  readonly targetErrorRate: number;
  /** The target's latencies over the source's. */
  readonly targetRatio: number;
  /** The target's share, by step of a day. Unit: percent. */
  readonly weights: readonly number[];
}

const MINUTE_MS = 60_000;
export const MINUTES_PER_DAY = 1_440;

/**
 * Noise that both sides share, as the logarithm: first-order autoregressive, by the minute. Correlation time about 20 min;
 * 15 % of latency and 35 % of the error rate.
 */
const NOISE_KEPT = 0.95;
const LATENCY_NOISE = 0.15;
const ERROR_NOISE = 0.35;
/** The load swings by this much over the day, and latency with it by a little. */
const LOAD_SWING = 0.5;
const LATENCY_SWING = 0.03;

const MEDIAN_LOG_MS = Math.log(50);

export class Traffic {
  private readonly random: Random;
  private spare: number | undefined;
  private latencyNoise: number;
  private errorNoise: number;
  /** Buckets of the minute, by number minus the lowest; reused. */
  private readonly counts = { source: new Map<number, number>(), target: new Map<number, number>() };

  constructor(
    private readonly scenario: Case,
    seed: number,
  ) {
    this.random = seededRandom(seed);
    this.latencyNoise = this.gauss();
    this.errorNoise = this.gauss();
  }

  /** What happened in one minute, at the weight of its day. */
  minute(index: number, targetPercent = this.weightAt(index)): EvidenceWindow {
    const { requestsPerSecond, sourceErrorRate, targetErrorRate, targetRatio } = this.scenario;
    const kick = Math.sqrt(1 - NOISE_KEPT * NOISE_KEPT);
    this.latencyNoise = NOISE_KEPT * this.latencyNoise + kick * this.gauss();
    this.errorNoise = NOISE_KEPT * this.errorNoise + kick * this.gauss();
    const day = Math.sin((2 * Math.PI * index) / MINUTES_PER_DAY);
    const arrived = this.poisson(requestsPerSecond * 60 * (1 + LOAD_SWING * day));
    const logLatency = MEDIAN_LOG_MS + LATENCY_NOISE * this.latencyNoise + LATENCY_SWING * day;
    // The average of exp(noise) is 1.
    const errors = Math.exp(ERROR_NOISE * this.errorNoise - (ERROR_NOISE * ERROR_NOISE) / 2);
    const target = this.binomial(arrived, targetPercent / 100);
    return {
      startMs: (index * MINUTE_MS) as EpochMs,
      endMs: ((index + 1) * MINUTE_MS) as EpochMs,
      source: this.side('source', arrived - target, sourceErrorRate * errors, logLatency),
      target: this.side('target', target, targetErrorRate * errors, logLatency + Math.log(targetRatio)),
    };
  }

  weightAt(index: number): number {
    return this.scenario.weights[Math.floor(index / MINUTES_PER_DAY)] ?? 100;
  }

  private side(name: 'source' | 'target', requestCount: number, errorRate: number, logLatency: number): SideWindow {
    return {
      requestCount,
      errorCount: this.binomial(requestCount, Math.min(1, errorRate)),
      quantilesMs: {},
      latencies: this.histogram(name, requestCount, logLatency),
    };
  }

  private histogram(name: 'source' | 'target', requestCount: number, logLatency: number): Histogram {
    const { sigma, slowShare, slowFactor } = this.scenario.latency;
    const counts = this.counts[name];
    counts.clear();
    const slow = Math.log(slowFactor);
    for (let request = 0; request < requestCount; request += 1) {
      const tail = slowShare > 0 && this.random() < slowShare ? slow : 0;
      const bucket = Math.ceil((logLatency + tail + sigma * this.gauss()) * BUCKETS_PER_LOG);
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return [...counts].sort(([a], [b]) => a - b);
  }

  /** Box and Muller, both of a pair. */
  private gauss(): number {
    const { spare } = this;
    if (spare !== undefined) {
      this.spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
    const angle = 2 * Math.PI * this.random();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Rounded normal: the rates are dozens to thousands. */
  private poisson(mean: number): number {
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.gauss()));
  }

  /** Exact, in steps of the distance between two successes. */
  private binomial(count: number, rate: number): number {
    if (rate >= 1) return count;
    if (rate <= 0) return 0;
    const logMiss = Math.log1p(-rate);
    let successes = 0;
    for (let at = this.gap(logMiss); at <= count; at += this.gap(logMiss)) successes += 1;
    return successes;
  }

  private gap(logMiss: number): number {
    return 1 + Math.floor(Math.log(1 - this.random()) / logMiss);
  }
}

const BUCKETS_PER_LOG = bucketsOf(Math.E);
