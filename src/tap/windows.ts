import { histogramOf } from '../analysis/histogram';
import type { EvidenceWindow, ShadowAccount, Sides, SideWindow } from '../domain/evidence';
import { addAccounts, EMPTY_ACCOUNT } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { PairSides, Settlement, SideSample } from './settlement';

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

/** One received request. */
export interface Ticket {
  settle(settlement: Settlement): void;
}

interface OpenWindow {
  readonly startMs: number;
  openCount: number;
  account: ShadowAccount;
  readonly pairs: PairSides[];
  readonly byLabel: Map<string, PairSides[]>;
}

interface ClosedWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** As text a window takes a tenth of the memory, and hours of them are kept. */
  readonly json: string;
}

export class WindowBook {
  private readonly windows = new Map<number, OpenWindow>();
  private readonly closed: ClosedWindow[] = [];
  private readonly startedMs: number;
  private sum: ShadowAccount = EMPTY_ACCOUNT;
  private open = 0;

  constructor(private readonly now: () => number) {
    // The first second that it sees whole.
    this.startedMs = Math.ceil(now() / WINDOW_MS) * WINDOW_MS;
  }

  receive(): Ticket {
    const window = this.windowAt(windowStart(this.now()));
    const received = { ...EMPTY_ACCOUNT, received: 1 };
    window.openCount += 1;
    window.account = addAccounts(window.account, received);
    this.sum = addAccounts(this.sum, received);
    this.open += 1;
    let isSettled = false;
    return {
      settle: (settlement) => {
        if (isSettled) throw new Error('a request was booked twice');
        isSettled = true;
        const account = accountOf(settlement);
        window.openCount -= 1;
        window.account = addAccounts(window.account, account);
        this.sum = addAccounts(this.sum, account);
        this.open -= 1;
        keepPair(window, settlement);
      },
    };
  }

  /** Since the start. */
  total(): ShadowAccount {
    return this.sum;
  }

  /** Received, and not settled yet. */
  openCount(): number {
    return this.open;
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

  /** Settled windows with requests that lie between the two times, oldest first, each as JSON: reading hours of them must not hold up users. */
  read(fromMs: number, toMs: number): string[] {
    this.closeSettled();
    return this.closed.filter((window) => window.startMs >= fromMs && window.endMs <= toMs).map(({ json }) => json);
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
      account: EMPTY_ACCOUNT,
      pairs: [],
      byLabel: new Map<string, PairSides[]>(),
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

/** What one settlement adds; `received` was booked before. */
function accountOf({ kind, verdict, noise }: Settlement): ShadowAccount {
  return {
    ...EMPTY_ACCOUNT,
    [kind]: 1,
    compared: isCompared(verdict) ? 1 : 0,
    mismatched: verdict === 'different' ? 1 : 0,
    ...(isCompared(noise) ? { noiseCompared: 1, noiseMismatched: noise === 'different' ? 1 : 0 } : {}),
  };
}

function isCompared(verdict: Settlement['verdict']): boolean {
  return verdict === 'equal' || verdict === 'different';
}

function keepPair(window: OpenWindow, { sides, label }: Settlement): void {
  if (sides === undefined) return;
  window.pairs.push(sides);
  if (label === undefined) return;
  const labelled = window.byLabel.get(label) ?? [];
  labelled.push(sides);
  window.byLabel.set(label, labelled);
}

function close({ startMs, account, pairs, byLabel }: OpenWindow): ClosedWindow {
  const endMs = startMs + WINDOW_MS;
  const window: EvidenceWindow = {
    startMs: startMs as EpochMs,
    endMs: endMs as EpochMs,
    ...sidesOf(pairs),
    shadow: account,
    ...(byLabel.size === 0
      ? {}
      : { segments: Object.fromEntries([...byLabel].map(([label, labelled]) => [label, sidesOf(labelled)])) }),
  };
  return { startMs, endMs, json: JSON.stringify(window) };
}

function sidesOf(pairs: readonly PairSides[]): Sides {
  return { source: sideOf(pairs.map(({ source }) => source)), target: sideOf(pairs.map(({ target }) => target)) };
}

function sideOf(samples: readonly SideSample[]): SideWindow {
  return {
    requestCount: samples.length,
    errorCount: samples.filter((sample) => sample.failed).length,
    quantilesMs: {},
    latencies: histogramOf(samples.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]))),
  };
}
