/** Data Capture's files of one variant: PREFIX/ENDPOINT/VARIANT/yyyy/mm/dd/hh/NAME.jsonl, by the hour of the inference, in UTC. */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { EpochMs } from '../../domain/quantity';
import type { RecordedFile, Recordings } from '../../ports/recordings';
import type { CapturedExchange } from '../capture/sagemaker-line';
import { parseCapturedExchange } from '../capture/sagemaker-line';

export type OpenRecordings = (url: string) => Recordings;

export interface Span {
  readonly fromMs: EpochMs;
  readonly toMs: EpochMs;
}

const HOUR_MS = 3_600_000;
/** Clocks of S3 and of the instances may differ by so much. */
const CLOCKS_MS = 60_000;
/** Files of which it is remembered what times they hold: their looks are a minute apart, and they do not change. */
const KNOWN_MAX = 10_000;

export class CapturedFiles {
  private readonly known = new Map<string, Span>();

  constructor(private readonly open: OpenRecordings) {}

  /** Lines within the span, in the order of the files. @throws as `Recordings`. */
  async *lines(place: string, span: Span): AsyncGenerator<CapturedExchange> {
    for (const hour of hoursOf(span)) {
      for await (const file of this.open(`${place}/${hour}`).list()) {
        if (!file.name.endsWith('.jsonl') || !this.mayHold(file, span)) continue;
        yield* this.read(file, span);
      }
    }
  }

  private mayHold({ name, modifiedAtMs = Number.POSITIVE_INFINITY }: RecordedFile, { fromMs, toMs }: Span): boolean {
    // What is in a file was there when it was written.
    if (modifiedAtMs < fromMs - CLOCKS_MS) return false;
    const known = this.known.get(name);
    return known === undefined || (known.toMs >= fromMs && known.fromMs < toMs);
  }

  private async *read(file: RecordedFile, { fromMs, toMs }: Span): AsyncGenerator<CapturedExchange> {
    const times = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };
    const lines = createInterface({ input: Readable.from(file.open()), crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
      const exchange = parsed(line);
      if (exchange === undefined) continue;
      times.fromMs = Math.min(times.fromMs, exchange.at);
      times.toMs = Math.max(times.toMs, exchange.at);
      if (exchange.at >= fromMs && exchange.at < toMs) yield exchange;
    }
    this.remember(file.name, times as Span);
  }

  private remember(name: string, times: Span): void {
    this.known.delete(name);
    this.known.set(name, times);
    const [oldest] = this.known.keys();
    if (this.known.size > KNOWN_MAX && oldest !== undefined) this.known.delete(oldest);
  }
}

/** `2026/11/22/03`, every hour that the span touches. */
function hoursOf({ fromMs, toMs }: Span): string[] {
  const hours: string[] = [];
  for (let atMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS; atMs < toMs; atMs += HOUR_MS)
    hours.push(new Date(atMs).toISOString().slice(0, 13).replace(/[-T]/g, '/'));
  return hours;
}

/** A line that is broken, or is of something else, is one that is missing. */
function parsed(line: string): CapturedExchange | undefined {
  if (line.trim() === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? parseCapturedExchange(value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
