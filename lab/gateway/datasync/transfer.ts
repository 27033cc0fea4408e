/** One execution's work: what differs is found, copied with its limit, and read again on both sides. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { ExecutionRecord } from './account';
import { isWanted } from './filters';
import { Pacer } from './pacer';
import type { Item, Store } from './stores';

/** One line of a task report. */
export interface Row {
  readonly path: string;
  readonly source?: Item | undefined;
  readonly destination?: Item | undefined;
  readonly sourceHash?: string | undefined;
  readonly destinationHash?: string | undefined;
  readonly isOverwrite?: boolean;
  readonly at: Date;
  /** Not there: it went well. */
  readonly failure?: { readonly code: string; readonly reason: string };
}

export interface Rows {
  readonly transferred: Row[];
  readonly verified: Row[];
  readonly skipped: Row[];
  readonly deleted: Row[];
}

/** Ends the execution. */
export class RunError extends Error {
  constructor(
    readonly code: string,
    readonly detail: string,
  ) {
    super(detail);
  }
}

interface Sides {
  readonly source: Store;
  readonly destination: Store;
  /** Paths of the manifest; undefined: all. */
  readonly manifest: ReadonlySet<string> | undefined;
}

const PIECE_BYTES = 64 * 1024;

export class Transfer {
  readonly rows: Rows = { transferred: [], verified: [], skipped: [], deleted: [] };
  private readonly wanted = new Set<string>();
  private readonly todo: { readonly item: Item; readonly isOverwrite: boolean }[] = [];
  private readonly pacer: Pacer;

  constructor(
    private readonly execution: ExecutionRecord,
    private readonly sides: Sides,
  ) {
    this.pacer = new Pacer(() => execution.options.BytesPerSecond ?? -1);
  }

  private get signal(): AbortSignal {
    return this.execution.cancel.signal;
  }

  async prepare(): Promise<void> {
    const { counters, includes, excludes } = this.execution;
    for await (const path of this.sides.manifest ?? this.sides.source.list()) {
      this.signal.throwIfAborted();
      counters.listedAtSource += 1;
      if (!isWanted(path, includes, excludes)) continue;
      this.wanted.add(path);
      await this.compare(path);
    }
    if (this.execution.options.PreserveDeletedFiles === 'REMOVE') await this.removeOthers();
  }

  /** @param afterFile called after each; may throw to end it. */
  async transfer(afterFile: () => void): Promise<void> {
    const { counters } = this.execution;
    for (const { item, isOverwrite } of this.todo) {
      const row = { path: item.path, source: item, isOverwrite, at: new Date() };
      const hash = createHash('sha256');
      try {
        const chunks = this.paced(this.sides.source.read(item.path), hash);
        await this.sides.destination.write(item.path, chunks, item.mtimeMs);
        counters.filesTransferred += 1;
        this.rows.transferred.push({ ...row, sourceHash: hash.digest('hex') });
      } catch (error) {
        this.signal.throwIfAborted();
        counters.failedTransfer += 1;
        this.rows.transferred.push({ ...row, failure: { code: 'FileReadFailed', reason: String(error) } });
      }
      afterFile();
    }
  }

  /** Of Enhanced tasks, and of those that verify no more, only what was transferred. */
  async verify(): Promise<void> {
    const { VerifyMode } = this.execution.options;
    const moved = this.rows.transferred.filter(({ failure }) => failure === undefined).map(({ path }) => path);
    const paths = VerifyMode === 'POINT_IN_TIME_CONSISTENT' ? [...this.wanted] : VerifyMode === 'NONE' ? [] : moved;
    for (const path of paths) {
      this.signal.throwIfAborted();
      const row = await this.verifyOne(path);
      if (row.failure === undefined) this.execution.counters.filesVerified += 1;
      else this.execution.counters.failedVerify += 1;
      this.rows.verified.push(row);
    }
  }

  private async compare(path: string): Promise<void> {
    const { counters, options } = this.execution;
    const item = await this.sides.source.find(path);
    if (item === undefined) {
      counters.failedPrepare += 1;
      const failure = { code: 'FileNotFound', reason: 'The file is not in the source location.' };
      this.rows.skipped.push({ path, at: new Date(), failure });
      return;
    }
    const there = options.TransferMode === 'ALL' ? undefined : await this.sides.destination.find(path);
    const isEqual = there?.sizeBytes === item.sizeBytes && there.mtimeMs === item.mtimeMs;
    if (isEqual || (there !== undefined && options.OverwriteMode === 'NEVER')) {
      counters.filesSkipped += 1;
      this.rows.skipped.push({ path, source: item, destination: there, at: new Date() });
      return;
    }
    counters.filesPrepared += 1;
    counters.estimatedFiles += 1;
    counters.estimatedBytes += item.sizeBytes;
    this.todo.push({ item, isOverwrite: there !== undefined });
  }

  /** What a filter leaves out is not missed in the source. */
  private async removeOthers(): Promise<void> {
    const { counters, includes, excludes } = this.execution;
    const others: string[] = [];
    for await (const path of this.sides.destination.list()) {
      counters.listedAtDestination += 1;
      if (isWanted(path, includes, excludes) && !this.wanted.has(path)) others.push(path);
    }
    counters.estimatedDeletes = others.length;
    for (const path of others) {
      const destination = await this.sides.destination.find(path);
      await this.sides.destination.remove(path);
      counters.filesDeleted += 1;
      this.rows.deleted.push({ path, destination, at: new Date() });
    }
  }

  private async *paced(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
    const { counters } = this.execution;
    for await (const chunk of chunks) {
      hash.update(chunk);
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        await this.pacer.spend(piece.length, this.signal);
        counters.bytesTransferred += piece.length;
        counters.bytesWritten += piece.length;
        yield piece;
      }
    }
  }

  private async verifyOne(path: string): Promise<Row> {
    const [source, destination] = await Promise.all([this.sides.source.find(path), this.sides.destination.find(path)]);
    const sourceHash = source && (await hashOf(this.sides.source, path));
    const destinationHash = destination && (await hashOf(this.sides.destination, path));
    const row = { path, source, destination, sourceHash, destinationHash, at: new Date() };
    if (sourceHash === undefined)
      return { ...row, failure: { code: 'SourceMissing', reason: 'The file is gone from the source location.' } };
    if (sourceHash !== destinationHash)
      return { ...row, failure: { code: 'ContentMismatch', reason: 'Source and destination differ in content.' } };
    return row;
  }
}

async function hashOf(store: Store, path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of store.read(path)) hash.update(chunk);
  return hash.digest('hex');
}
