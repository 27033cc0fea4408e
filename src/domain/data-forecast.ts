/** How long the writers would have to stand still if the final delta began now. Pure; times are passed in. */
import { formatBytes, formatRate } from './data-quantity';
import { formatDuration } from './quantity';

/** One copy run, as its activity reported it. */
export interface SyncRun {
  /** When it was asked for: what changed later is for the next one. Epoch milliseconds. */
  readonly startedAtMs: number;
  /** Of the copying itself. */
  readonly durationMs: number;
  readonly copiedBytes: number;
  readonly copiedCount: number;
  readonly deletedCount: number;
  readonly unchangedCount: number;
  /** Copied side by side. Missing: by one worker alone. */
  readonly rangeCount?: number;
}

/** What is known of one data set. `runs`: oldest first, the first one copied everything. */
export interface SyncHistory {
  readonly runs: readonly SyncRun[];
  /** How long the last verification of everything took. null: there was none. */
  readonly verifyMs: number | null;
}

export type ForecastKind =
  /** A freeze now ends in time. */
  | 'ready'
  /** Another run first makes it end in time. */
  | 'run_again'
  /** Even with no change waiting it takes too long. */
  | 'too_long'
  /** Changes come as fast as copies, or faster. */
  | 'diverges'
  /** Fewer than two runs, or no verification. */
  | 'unknown';

export interface Forecast {
  readonly kind: ForecastKind;
  /** null: not known. Unit: milliseconds. */
  readonly freezeMs: number | null;
  /** With runs back to back until now. Unit: milliseconds. */
  readonly leastMs: number | null;
  /** Unit: bytes a second. */
  readonly changeRate: number | null;
  readonly copyRate: number | null;
  /** One sentence. */
  readonly text: string;
}

const MS = 1_000;
/** Runs that say how fast the source changes. */
const RUNS_COUNTED = 5;

/** As many runs as a forecast looks at: the first one says what the line carries, and each newer one needs the one before. */
export function keepRuns(runs: readonly SyncRun[]): SyncRun[] {
  const [first] = runs;
  const newest = RUNS_COUNTED + 1;
  return first === undefined || runs.length <= newest + 1 ? [...runs] : [first, ...runs.slice(-newest)];
}

/** @param freezeMaxMs longest accepted freeze; the limit itself passes. */
export function forecastFreeze(history: SyncHistory, nowMs: number, freezeMaxMs: number): Forecast {
  const { runs, verifyMs } = history;
  const last = runs.at(-1);
  if (last === undefined || runs.length < 2 || verifyMs === null) return unknown(runs.length, verifyMs);
  const changeRate = changesPerSecond(runs.slice(1), runs);
  const copyRate = copiesPerSecond(runs);
  if (copyRate === null && changeRate > 0) return unknown(runs.length, verifyMs);
  const load = copyRate === null ? 0 : changeRate / copyRate;
  const rates = { changeRate, copyRate };
  // Stated as what must hold, so that a rate which is no number does not pass.
  if (!(load < 1))
    return {
      kind: 'diverges',
      freezeMs: null,
      leastMs: null,
      ...rates,
      text: `does not converge: changes ${formatRate(changeRate)}, copies ${formatRate(copyRate ?? 0)}`,
    };
  const scanMs = scanTime(runs.slice(1), copyRate);
  const waitingMs = Math.max(0, nowMs - last.startedAtMs) * load;
  const freezeMs = Math.round(scanMs + waitingMs + verifyMs);
  const leastMs = Math.round(scanMs / (1 - load) + verifyMs);
  const kind = freezeMs <= freezeMaxMs ? 'ready' : leastMs <= freezeMaxMs ? 'run_again' : 'too_long';
  return { kind, freezeMs, leastMs, ...rates, text: sentence(kind, freezeMs, leastMs, freezeMaxMs, changeRate) };
}

function unknown(runCount: number, verifyMs: number | null): Forecast {
  const why =
    verifyMs === null ? 'nothing was verified yet' : `${runCount} runs do not tell how fast the source changes`;
  return {
    kind: 'unknown',
    freezeMs: null,
    leastMs: null,
    changeRate: null,
    copyRate: null,
    text: `no forecast: ${why}`,
  };
}

/** Bytes a run found changed, over the time since the run before was asked for: the mean, or the newest when that is more. */
function changesPerSecond(increments: readonly SyncRun[], runs: readonly SyncRun[]): number {
  const spans = increments.map((run, index) => ({
    bytes: run.copiedBytes,
    seconds: Math.max(1, run.startedAtMs - (runs[index]?.startedAtMs ?? run.startedAtMs)) / MS,
  }));
  const counted = spans.slice(-RUNS_COUNTED);
  const sum = counted.reduce(
    (total, span) => ({ bytes: total.bytes + span.bytes, seconds: total.seconds + span.seconds }),
    { bytes: 0, seconds: 0 },
  );
  const newest = counted.at(-1);
  return Math.max(sum.bytes / sum.seconds, newest === undefined ? 0 : newest.bytes / newest.seconds);
}

/** The run that moved most says most about what the copy carries. null: nothing was ever copied. */
function copiesPerSecond(runs: readonly SyncRun[]): number | null {
  const most = runs.reduce<SyncRun | null>(
    (best, run) => (best === null || run.copiedBytes > best.copiedBytes ? run : best),
    null,
  );
  return most === null || most.copiedBytes === 0 ? null : (most.copiedBytes * MS) / Math.max(1, most.durationMs);
}

/** What a run takes to find out what changed: what its bytes do not explain. The longest of the newest ones. */
function scanTime(increments: readonly SyncRun[], copyRate: number | null): number {
  const scans = increments
    .slice(-RUNS_COUNTED)
    .map((run) => run.durationMs - (copyRate === null ? 0 : (run.copiedBytes * MS) / copyRate));
  return Math.max(0, ...scans);
}

function sentence(
  kind: 'ready' | 'run_again' | 'too_long',
  freezeMs: number,
  leastMs: number,
  freezeMaxMs: number,
  changeRate: number,
): string {
  const now = `the final freeze would take ${formatDuration(freezeMs)} now`;
  const changes = changeRate === 0 ? 'nothing changes' : `${formatBytes(changeRate)} change a second`;
  if (kind === 'ready') return `${now} (${changes})`;
  const least = `at least ${formatDuration(leastMs)} with runs back to back`;
  return `${now}, more than freezeMax (${formatDuration(freezeMaxMs)}); ${least} (${changes})`;
}

/** One forecast for data sets that are frozen together, one after another; the shortest freezeMax counts for all. */
export function joinForecasts(named: readonly { name: string; forecast: Forecast }[], freezeMaxMs: number): Forecast {
  const worst = (['unknown', 'diverges'] as const).find((kind) => named.some(({ forecast }) => forecast.kind === kind));
  const text = named.map(({ name, forecast }) => `${name}: ${forecast.text}`).join('; ');
  const sum = (of: (forecast: Forecast) => number | null): number | null =>
    named.reduce<number | null>((total, { forecast }) => {
      const value = of(forecast);
      return total === null || value === null ? null : total + value;
    }, 0);
  const rates = { changeRate: sum((one) => one.changeRate), copyRate: null };
  const freezeMs = sum((one) => one.freezeMs);
  const leastMs = sum((one) => one.leastMs);
  if (worst !== undefined || freezeMs === null || leastMs === null)
    return { kind: worst ?? 'unknown', freezeMs: null, leastMs: null, ...rates, text };
  const kind = freezeMs <= freezeMaxMs ? 'ready' : leastMs <= freezeMaxMs ? 'run_again' : 'too_long';
  const whole = `${formatDuration(freezeMs)} in all, freezeMax ${formatDuration(freezeMaxMs)}`;
  return { kind, freezeMs, leastMs, ...rates, text: named.length === 1 ? text : `${text} (${whole})` };
}
