/** Lines → parts: files that are written once, bounded by size and by time. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Recordings } from '../../ports/recordings';

export interface PartOptions {
  /** Of the capture: tells its parts from those of others at the same place. */
  readonly captureId: string;
  readonly isPacked: boolean;
  /** Of lines in one part, before packing. Unit: bytes. */
  readonly partBytesMax: number;
  /** How long a line may wait for its part to be written. Unit: milliseconds. */
  readonly partAgeMaxMs: number;
  /** How long after a failed write the next try is made; one entry a try. Unit: milliseconds. */
  readonly retryAfterMs: readonly number[];
  readonly sleep: (durationMs: number) => Promise<void>;
}

export interface PartAccount {
  readonly parts: number;
  readonly written: number;
  /** Lines of parts that could not be written. */
  readonly lost: number;
  /** Why the last one could not. */
  readonly lastError?: string;
}

interface Part {
  readonly firstAtMs: number;
  readonly lines: string[];
  byteCount: number;
}

const packed = promisify(gzip);

/**
 * 1. Lines stand in the parts in the order in which they were added, parts are written one after the other.
 * 2. Every line that was added is written or lost, once.
 * 3. What waits counts: `waitingBytes` falls only when a part is written or lost.
 */
export class PartWriter {
  waitingBytes = 0;
  private open: Part | undefined;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();
  private number = 0;
  private account: PartAccount = { parts: 0, written: 0, lost: 0 };

  constructor(
    private readonly place: Recordings,
    private readonly options: PartOptions,
  ) {}

  /** @param line without its end. */
  add(atMs: number, line: string): void {
    this.open ??= this.begin(atMs);
    const byteCount = Buffer.byteLength(line) + 1;
    this.open.lines.push(line);
    this.open.byteCount += byteCount;
    this.waitingBytes += byteCount;
    if (this.open.byteCount >= this.options.partBytesMax) this.finishPart();
  }

  /** Writes what is there. Nothing may be added afterwards. */
  async close(): Promise<PartAccount> {
    this.finishPart();
    await this.writing;
    return this.account;
  }

  private begin(atMs: number): Part {
    this.timer = setTimeout(() => this.finishPart(), this.options.partAgeMaxMs);
    return { firstAtMs: atMs, lines: [], byteCount: 0 };
  }

  private finishPart(): void {
    clearTimeout(this.timer);
    const part = this.open;
    this.open = undefined;
    if (part === undefined) return;
    this.number += 1;
    const name = this.nameOf(part, this.number);
    this.writing = this.writing.then(() => this.write(name, part));
  }

  private async write(name: string, { lines, byteCount }: Part): Promise<void> {
    const text = Buffer.from(`${lines.join('\n')}\n`);
    const content = this.options.isPacked ? await packed(text) : text;
    const error = await this.tryToWrite(name, content);
    const { parts, written, lost } = this.account;
    this.account =
      error === undefined
        ? { ...this.account, parts: parts + 1, written: written + lines.length }
        : { ...this.account, lost: lost + lines.length, lastError: error };
    this.waitingBytes -= byteCount;
  }

  /** @returns why it could not. */
  private async tryToWrite(name: string, content: Buffer): Promise<string | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.place.write(name, content);
        return undefined;
      } catch (error) {
        const waitMs = this.options.retryAfterMs[attempt];
        if (waitMs === undefined) return error instanceof Error ? error.message : String(error);
        await this.options.sleep(waitMs);
      }
    }
  }

  /** Names sort by time. */
  private nameOf({ firstAtMs }: Part, number: number): string {
    const time = new Date(firstAtMs).toISOString().replace(/[-:]/g, '');
    const ending = this.options.isPacked ? 'jsonl.gz' : 'jsonl';
    return `${time}-${this.options.captureId}-${String(number).padStart(6, '0')}.${ending}`;
  }
}
