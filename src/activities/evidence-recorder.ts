import { log } from '@temporalio/activity';
import { mergeWindows } from '../analysis/merge-windows';
import type { ObserveInput } from '../contracts/activities';
import type { Evidence, EvidenceWindow } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import type { LedgerEntry, LedgerHead } from '../domain/record';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Verdict } from '../domain/verdict';
import type { OpenLedger } from '../ports/ledger';
import { append } from './ledger-chain';
import { atMost, describeError, isCancellation } from './waiting';

const RECORD_EVERY_MS = 3_600_000;
/** The tap's windows of a second hold every latency: in the ledger minutes say the same. */
const RECORD_WINDOW_MS = 60_000;
/** One record's windows: an hour of one-second periods. */
const WINDOWS_PER_RECORD_MAX = 3_600;
/** What is kept while the ledger does not answer: two hours. Older windows are dropped, and the next record says so. */
const BUFFER_MS_MAX = 2 * RECORD_EVERY_MS;

interface Lost {
  fromMs: EpochMs;
  toMs: EpochMs;
  cause: string;
}

interface Pending {
  readonly entry: LedgerEntry;
  readonly windows: ReadonlySet<EvidenceWindow>;
  readonly lost: ReadonlySet<Lost>;
}

/** Collects an hour of windows and writes them as one record. Best effort: an append that fails is tried again with the next look. */
export class EvidenceRecorder {
  private buffer: EvidenceWindow[] = [];
  private lost: Lost[] = [];
  /** Made once and kept until it is written, so that an attempt whose reply was lost is recognised. */
  private pending: Pending | undefined;

  constructor(
    private readonly openLedger: OpenLedger,
    private readonly input: ObserveInput,
    private recordedToMs: EpochMs,
    private head: LedgerHead,
  ) {}

  /** Where the ledger stands, for the heartbeat. */
  place(): { recordedToMs: EpochMs; ledgerHead: LedgerHead } {
    return { recordedToMs: this.recordedToMs, ledgerHead: this.head };
  }

  take(evidence: Evidence): void {
    if (!evidence.complete) return;
    this.buffer.push(...evidence.windows);
    const newest = this.buffer.at(-1);
    if (newest === undefined) return;
    const isKept = (window: EvidenceWindow): boolean => window.startMs >= newest.endMs - BUFFER_MS_MAX;
    const dropped = this.buffer.filter((window) => !isKept(window) && !this.pending?.windows.has(window));
    this.buffer = this.buffer.filter(isKept);
    const [first, last] = [dropped[0], dropped.at(-1)];
    if (first && last) this.lose(first.startMs, last.endMs, 'the ledger did not answer for two hours');
  }

  /** Windows that will not be in the ledger; said by the next record, and in the log now. */
  lose(fromMs: EpochMs, toMs: EpochMs, cause: string): void {
    const last = this.lost.at(-1);
    if (last?.cause === cause && !this.pending?.lost.has(last)) last.toMs = toMs;
    else this.lost.push({ fromMs, toMs, cause });
    log.warn('evidence is missing in the ledger', { fromMs, toMs, cause });
  }

  async recordWhenDue(verdict: Verdict, seenToMs: EpochMs): Promise<void> {
    const isDue = (): boolean => this.pending !== undefined || seenToMs - this.oldestMs(seenToMs) >= RECORD_EVERY_MS;
    await this.tryRecord(verdict, isDue);
    if (this.buffer.length === 0) this.recordedToMs = Math.max(this.recordedToMs, seenToMs) as EpochMs;
  }

  /** Writes what is left, and gives up after `waitMsMax`: the answer to the workflow is more urgent than its record. */
  async finish(verdict: Verdict, waitMsMax: number): Promise<void> {
    const hasMore = (): boolean => this.buffer.length > 0 || this.lost.length > 0;
    const outcome = (await atMost(waitMsMax, this.tryRecord(verdict, hasMore))) ?? 'late';
    if (outcome === 'written') return;
    const [fromMs, toMs] = [this.recordedToMs, this.buffer.at(-1)?.endMs ?? this.recordedToMs];
    log.error('the last evidence of a slice may be missing in the ledger', { fromMs, toMs, outcome });
  }

  private oldestMs(otherwise: EpochMs): EpochMs {
    return this.buffer[0]?.startMs ?? otherwise;
  }

  private async tryRecord(verdict: Verdict, hasMore: () => boolean): Promise<'written' | 'failed'> {
    try {
      while (hasMore()) await this.recordNext(verdict);
      return 'written';
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('an evidence record could not be written; it is tried again', { error: describeError(error) });
      return 'failed';
    }
  }

  private async recordNext(verdict: Verdict): Promise<void> {
    const { ledger } = this.input;
    const pending = (this.pending ??= this.makePending(verdict));
    this.head = await append(this.openLedger(ledger.url), ledger, this.head, pending.entry);
    this.pending = undefined;
    this.lost = this.lost.filter((each) => !pending.lost.has(each));
    this.buffer = this.buffer.filter((window) => !pending.windows.has(window));
    this.recordedToMs = Math.max(this.recordedToMs, pending.entry.at) as EpochMs;
  }

  private makePending(verdict: Verdict): Pending {
    const untilMs = this.oldestMs(this.recordedToMs) + RECORD_EVERY_MS;
    const windows = this.buffer.slice(0, WINDOWS_PER_RECORD_MAX).filter((window) => window.startMs < untilMs);
    return { entry: this.makeEntry(verdict, windows), windows: new Set(windows), lost: new Set(this.lost) };
  }

  private makeEntry(verdict: Verdict, windows: readonly EvidenceWindow[]): LedgerEntry {
    const lost = this.lost.map((each) => ({ ...each }));
    const fromMs = windows[0]?.startMs ?? lost[0]?.fromMs ?? this.recordedToMs;
    const toMs = windows.at(-1)?.endMs ?? lost.at(-1)?.toMs ?? this.recordedToMs;
    const { wanted } = this.input.policy;
    return {
      kind: 'evidence',
      // The evidence's own end, not the clock: an attempt that repeats the record repeats it exactly.
      at: toMs,
      phase: this.input.phase,
      text: `${windows.length} windows, verdict ${verdict.kind}: ${verdict.reason}${lost.length > 0 ? '; windows are missing, see values' : ''}`,
      actor: { requestedBy: DECIDED_BY_POLICY, reason: 'hourly evidence' },
      ...(wanted === undefined ? {} : { weights: wanted }),
      verdict,
      values: {
        fromMs,
        toMs,
        windowCount: windows.length,
        slice: this.input.slice,
        ...(lost.length > 0 ? { lost } : {}),
      },
      windows: mergeWindows(windows, RECORD_WINDOW_MS),
    };
  }
}
