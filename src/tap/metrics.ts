import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Settlement, SideSample } from './settlement';

/** From a tenth of a millisecond's neighbourhood to the time a copy may take, by factors of about 1.6. Unit: seconds. */
const SECONDS = [
  0.001, 0.0016, 0.0025, 0.004, 0.0063, 0.01, 0.016, 0.025, 0.04, 0.063, 0.1, 0.16, 0.25, 0.4, 0.63, 1, 1.6, 2.5, 4,
  6.3, 10, 16, 25,
];

const OUTCOMES = { mirrored: 'mirrored', dropped: 'dropped', timedOut: 'timed_out', skipped: 'skipped' } as const;

/** What stands at the moment. */
export interface Standing {
  readonly fraction: number;
  readonly waitingCopies: number;
  readonly runningCopies: number;
  readonly keptBytes: number;
  /** Received, and not settled yet. */
  readonly openRequests: number;
}

/** The tap in Prometheus' words. Segments are those of the order, so the number of series is bounded. */
export class TapMetrics {
  private readonly registry = new Registry();
  private readonly received = this.counter('received_total', 'Requests that users sent.');
  private readonly settled = this.counter('settled_total', 'Requests by what became of their copy.', ['outcome']);
  private readonly compared = this.counter('compared_total', 'Pairs of answers compared.', ['pair', 'segment']);
  private readonly mismatched = this.counter('mismatched_total', 'Compared pairs that differ.', ['pair', 'segment']);
  private readonly notCompared = this.counter('not_compared_total', 'Pairs answered that could not be compared.');
  private readonly errors = this.counter('errors_total', 'Answers of 5xx, broken off, or none.', ['side', 'segment']);
  private readonly answers = this.histogram('answer_seconds', 'Whole answers of both sides to the same requests.', [
    'side',
    'segment',
  ]);
  private readonly firstBytes = this.histogram('first_byte_seconds', 'Until the first byte of the body.', ['side']);
  private readonly gaps = this.histogram('stream_gap_seconds', 'Longest wait between two chunks of a stream.', [
    'side',
  ]);

  constructor(private readonly standing: () => Standing) {
    this.gauge('fraction', 'Share of the requests that is copied.', ({ fraction }) => fraction);
    this.gauge('copies_waiting', 'Copies in the queue.', ({ waitingCopies }) => waitingCopies);
    this.gauge('copies_running', 'Copies sent and not answered.', ({ runningCopies }) => runningCopies);
    this.gauge('kept_bytes', 'Bodies kept for copying and comparing.', ({ keptBytes }) => keptBytes);
    this.gauge('open_requests', 'Requests that are not settled yet.', ({ openRequests }) => openRequests);
    this.gauge('resident_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  }

  receive(): void {
    this.received.inc();
  }

  settle({ kind, sides, verdict, noise, label: segment = '' }: Settlement): void {
    this.settled.inc({ outcome: OUTCOMES[kind] });
    this.count('target', segment, verdict);
    this.count('noise', segment, noise);
    if (sides === undefined) return;
    this.observe('source', segment, sides.source);
    this.observe('target', segment, sides.target);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  private count(pair: 'target' | 'noise', segment: string, verdict: Settlement['verdict']): void {
    if (verdict === undefined) return;
    if (verdict === 'not_compared') this.notCompared.inc();
    else this.compared.inc({ pair, segment });
    if (verdict === 'different') this.mismatched.inc({ pair, segment });
  }

  private observe(side: 'source' | 'target', segment: string, sample: SideSample): void {
    if (sample.failed) this.errors.inc({ side, segment });
    if (sample.latencyMs !== undefined) this.answers.observe({ side, segment }, sample.latencyMs / 1_000);
    if (sample.firstByteMs !== undefined) this.firstBytes.observe({ side }, sample.firstByteMs / 1_000);
    if (sample.gapMsMax !== undefined) this.gaps.observe({ side }, sample.gapMsMax / 1_000);
  }

  private counter<T extends string>(name: string, help: string, labelNames: T[] = []): Counter<T> {
    return new Counter({ name: `crossfade_tap_${name}`, help, labelNames, registers: [this.registry] });
  }

  private histogram<T extends string>(name: string, help: string, labelNames: T[]): Histogram<T> {
    const registers = [this.registry];
    return new Histogram({ name: `crossfade_tap_${name}`, help, labelNames, buckets: SECONDS, registers });
  }

  private gauge(name: string, help: string, valueOf: (standing: Standing) => number): void {
    const { standing } = this;
    new Gauge({
      name: `crossfade_tap_${name}`,
      help,
      registers: [this.registry],
      collect() {
        this.set(valueOf(standing()));
      },
    });
  }
}
