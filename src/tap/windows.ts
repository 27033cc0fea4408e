import { histogramOf } from '../analysis/histogram';
import type { EvidenceWindow, ShadowAccount, SideWindow } from '../domain/evidence';
import { EMPTY_ACCOUNT } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';

/**
 * The tap's books, one window per second.
 * 1. A request is booked in the window in which it was received, whatever happens to it and whenever.
 * 2. A ticket is settled exactly once, so mirrored + dropped + timedOut + skipped = received once none is open.
 * 3. Nothing at or after `settledToMs` is shown; what was shown never changes.
 * 4. Both sides hold the same requests: those whose copy was sent.
 */

const WINDOW_MS = 1_000;
/** How long windows are kept. Unit: milliseconds. */
const KEPT_MS = 3 * 3_600_000;

/** One side's part in a pair. undefined latency: no answer came. */
export interface SideSample {
  readonly failed: boolean;
  readonly latencyMs?: number;
}

export type Settlement =
  | { readonly kind: 'skipped' | 'dropped' }
  | {
      readonly kind: 'mirrored' | 'timedOut';
      /** undefined: the user left before the source had answered, so the pair says nothing about either side. */
      readonly sides?: { readonly source: SideSample; readonly target: SideSample };
      readonly verdict: 'equal' | 'different' | 'not_compared';
    }
  | { readonly kind: 'dropped'; readonly sides: { readonly source: SideSample; readonly target: SideSample } };

/** One received request. */
export interface Ticket {
  settle(settlement: Settlement): void;
}

interface OpenWindow {
  readonly startMs: number;
  openCount: number;
  account: { -readonly [K in keyof ShadowAccount]: ShadowAccount[K] };
  source: SideSample[];
  target: SideSample[];
}

export class WindowBook {
  private readonly windows = new Map<number, OpenWindow>();
  private readonly closed: EvidenceWindow[] = [];
  private readonly startedMs: number;

  constructor(private readonly now: () => number) {
    // The first second that it sees whole.
    this.startedMs = Math.ceil(now() / WINDOW_MS) * WINDOW_MS;
  }

  receive(): Ticket {
    const window = this.windowAt(windowStart(this.now()));
    window.openCount += 1;
    window.account.received += 1;
    let isSettled = false;
    return {
      settle: (settlement) => {
        if (isSettled) throw new Error('a request was booked twice');
        isSettled = true;
        window.openCount -= 1;
        book(window, settlement);
      },
    };
  }

  /** End of the newest window whose requests are all settled; with no traffic, the last full second. */
  settledToMs(): EpochMs {
    this.closeSettled();
    return this.closableToMs() as EpochMs;
  }

  /** Oldest time about which the book knows everything. */
  keptFromMs(): EpochMs {
    return Math.max(this.startedMs, windowStart(this.now()) - KEPT_MS) as EpochMs;
  }

  /** Settled windows with requests that lie between the two times, oldest first. */
  read(fromMs: number, toMs: number): EvidenceWindow[] {
    this.closeSettled();
    return this.closed.filter((window) => window.startMs >= fromMs && window.endMs <= toMs);
  }

  private windowAt(startMs: number): OpenWindow {
    const known = this.windows.get(startMs);
    if (known) return known;
    this.closeSettled();
    // A clock that was set back must not open what has been shown (3).
    const opensMs = Math.max(startMs, this.closed.at(-1)?.endMs ?? 0);
    const window = this.windows.get(opensMs) ?? {
      startMs: opensMs,
      openCount: 0,
      account: { ...EMPTY_ACCOUNT },
      source: [],
      target: [],
    };
    this.windows.set(opensMs, window);
    return window;
  }

  private closableToMs(): number {
    const openStarts = [...this.windows.values()]
      .filter((window) => window.openCount > 0)
      .map((window) => window.startMs);
    return Math.min(windowStart(this.now()), ...openStarts);
  }

  private closeSettled(): void {
    const toMs = this.closableToMs();
    const ready = [...this.windows.values()]
      .filter((window) => window.startMs < toMs)
      .sort((a, b) => a.startMs - b.startMs);
    for (const window of ready) {
      this.windows.delete(window.startMs);
      this.closed.push(close(window));
    }
    const keptFromMs = windowStart(this.now()) - KEPT_MS;
    const keptIndex = this.closed.findIndex((window) => window.startMs >= keptFromMs);
    this.closed.splice(0, keptIndex < 0 ? this.closed.length : keptIndex);
  }
}

function windowStart(atMs: number): number {
  return Math.floor(atMs / WINDOW_MS) * WINDOW_MS;
}

function book(window: OpenWindow, settlement: Settlement): void {
  window.account[settlement.kind] += 1;
  if ('verdict' in settlement && settlement.verdict !== 'not_compared') {
    window.account.compared += 1;
    if (settlement.verdict === 'different') window.account.mismatched += 1;
  }
  if ('sides' in settlement && settlement.sides) {
    window.source.push(settlement.sides.source);
    window.target.push(settlement.sides.target);
  }
}

function close(window: OpenWindow): EvidenceWindow {
  return {
    startMs: window.startMs as EpochMs,
    endMs: (window.startMs + WINDOW_MS) as EpochMs,
    source: sideOf(window.source),
    target: sideOf(window.target),
    shadow: window.account,
  };
}

function sideOf(samples: readonly SideSample[]): SideWindow {
  return {
    requestCount: samples.length,
    errorCount: samples.filter((sample) => sample.failed).length,
    quantilesMs: {},
    latencies: histogramOf(samples.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]))),
  };
}
