/**
 * What SageMaker does not do: compares what a shadow variant answered with what the user was answered, from the lines that
 * Data Capture keeps of both.
 * 1. A pair belongs to the window of the source's line; a copy whose source's line is nowhere near, to its own.
 * 2. Copies are held, and the source's lines pass by: there are fewer copies.
 */
import { severityOrNull, withPair } from '../../analysis/worst-pairs';
import type { CapturedWindow, OutputDifference, ShadowAccount } from '../../domain/evidence';
import { addAccounts, EMPTY_ACCOUNT } from '../../domain/evidence';
import type { EpochMs } from '../../domain/quantity';
import type { CaptureQuery, Captures } from '../../ports/shadow';
import type { CapturedExchange } from '../capture/sagemaker-line';
import type { Difference, Output, PairResult } from '../compare-answers';
import { NOT_COMPARED } from '../compare-answers';
import type { Examiner } from '../examiner';
import type { OpenRecordings } from './captured-files';
import { CapturedFiles } from './captured-files';
import { CopyIndex } from './copy-index';

/** The two lines of a pair may be apart by as much as the slower answer takes. */
const APART_MS = 30_000;
/** Pairs that are compared with one question. */
const BATCH = 32;
/** A ledger keeps windows of an hour: a few pairs of each tell enough. */
const WORST_PER_WINDOW = 3;

interface Pair {
  readonly source: CapturedExchange;
  readonly answers: { readonly source: Output; readonly target: Output };
}

type Worst = Omit<OutputDifference, 'severity'> & Difference;

export class CapturedPairs implements Captures {
  private readonly files: CapturedFiles;

  constructor(
    open: OpenRecordings,
    private readonly examiner: Examiner,
  ) {
    this.files = new CapturedFiles(open);
  }

  async readWindows(query: CaptureQuery, fromMs: EpochMs, toMs: EpochMs): Promise<readonly CapturedWindow[]> {
    const place = `${query.captureTo}/${query.endpointName}`;
    const around = { fromMs: (fromMs - APART_MS) as EpochMs, toMs: (toMs + APART_MS) as EpochMs };
    const copies = new CopyIndex();
    for await (const line of this.files.lines(`${place}/${query.target}`, around)) copies.add(line);
    const book = new Book(query.periodMs, { fromMs, toMs });
    let batch: Pair[] = [];
    for await (const source of this.files.lines(`${place}/${query.source}`, around)) {
      const copy = copies.take(source);
      book.take(source, copy === undefined ? 'skipped' : 'mirrored');
      if (copy?.answer === undefined || source.answer === undefined || !book.covers(source)) continue;
      batch.push({ source, answers: { source: source.answer, target: copy.answer } });
      if (batch.length < BATCH) continue;
      await this.compare(batch, query, book);
      batch = [];
    }
    await this.compare(batch, query, book);
    for (const copy of copies.left()) book.take(copy, 'dropped');
    return book.windows();
  }

  private async compare(batch: readonly Pair[], query: CaptureQuery, book: Book): Promise<void> {
    if (batch.length === 0) return;
    const { equivalence, redactPaths } = query;
    const pairs = batch.map(({ answers }) => answers);
    const { results } = await this.examiner.examine({ pairs }, { equivalence, redactPaths });
    for (const [index, { source }] of batch.entries()) book.compared(source, results[index] ?? NOT_COMPARED);
  }
}

class Book {
  private readonly accounts = new Map<number, ShadowAccount>();
  private readonly worst = new Map<number, readonly Worst[]>();

  constructor(
    private readonly periodMs: number,
    private readonly span: { readonly fromMs: EpochMs; readonly toMs: EpochMs },
  ) {}

  covers({ at }: CapturedExchange): boolean {
    return at >= this.span.fromMs && at < this.span.toMs;
  }

  take(line: CapturedExchange, kind: 'mirrored' | 'skipped' | 'dropped'): void {
    if (this.covers(line)) this.add(line, { received: 1, [kind]: 1 });
  }

  compared(source: CapturedExchange, result: PairResult): void {
    if (result.verdict === 'not_compared') return;
    this.add(source, { compared: 1, mismatched: result.verdict === 'different' ? 1 : 0 });
    if (result.verdict !== 'different') return;
    const { at, inferenceId, eventId } = source;
    const id = inferenceId ?? eventId;
    const pair: Worst = { ...result.difference, atMs: at, ...(id === undefined ? {} : { id }) };
    const startMs = this.startOf(at);
    this.worst.set(startMs, withPair(this.worst.get(startMs) ?? [], pair).slice(0, WORST_PER_WINDOW));
  }

  windows(): CapturedWindow[] {
    return [...this.accounts]
      .sort(([a], [b]) => a - b)
      .map(([startMs, account]) => ({
        startMs: startMs as EpochMs,
        account,
        worst: (this.worst.get(startMs) ?? []).map((pair) => ({ ...pair, severity: severityOrNull(pair.severity) })),
      }));
  }

  private add({ at }: CapturedExchange, counts: Partial<ShadowAccount>): void {
    const startMs = this.startOf(at);
    const before = this.accounts.get(startMs) ?? EMPTY_ACCOUNT;
    this.accounts.set(startMs, addAccounts(before, { ...EMPTY_ACCOUNT, ...counts }));
  }

  private startOf(atMs: number): number {
    return Math.floor(atMs / this.periodMs) * this.periodMs;
  }
}
