/** How a copy is doing, for a person: a line that is redrawn on a terminal, a line now and then elsewhere. */
import type { Settled } from '../data/settled';
import { formatDuration } from '../domain/quantity';
import type { Io } from './io';

const REDRAW_MS = 500;
const LINE_EVERY_MS = 10_000;
/** The rate is of this last while. */
const RATE_OVER_MS = 10_000;
const BAR_WIDTH = 24;

export interface Totals {
  readonly objects: number;
  readonly bytes: number;
}

export class Progress {
  private objects = 0;
  private bytes = 0;
  private moved = 0;
  private readonly samples: { atMs: number; bytes: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly startMs: number;
  /** Once the source has been counted. */
  totals: Totals | undefined;

  constructor(
    private readonly io: Io,
    private readonly isQuiet: boolean,
    before: Totals,
  ) {
    this.startMs = io.now();
    this.objects = before.objects;
    this.bytes = before.bytes;
  }

  start(): void {
    if (this.isQuiet) return;
    this.timer = setInterval(() => this.show(), this.io.isTerminal ? REDRAW_MS : LINE_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
    if (!this.isQuiet && this.io.isTerminal) this.io.write('\r\u001b[K');
  }

  settled({ outcome, sizeBytes }: Settled): void {
    if (outcome === 'extra' || outcome === 'toRemove' || outcome === 'forgotten') return;
    this.objects += 1;
    this.bytes += sizeBytes;
  }

  took(bytes: number): void {
    this.moved += bytes;
  }

  get movedBytes(): number {
    return this.moved;
  }

  get elapsedMs(): number {
    return this.io.now() - this.startMs;
  }

  private show(): void {
    if (this.io.isTerminal) this.io.write(`\r\u001b[K${this.line()}`);
    else this.io.err(`data: ${this.line()}`);
  }

  private line(): string {
    const rate = this.rate();
    const parts = [`${this.objects} objects`, formatBytes(this.bytes), `${formatBytes(rate)}/s`];
    if (this.totals === undefined) return parts.join(', ');
    const { objects, bytes } = this.totals;
    const share = bytes > 0 ? this.bytes / bytes : this.objects / Math.max(1, objects);
    const filled = Math.round(BAR_WIDTH * Math.min(1, share));
    const leftMs = this.elapsedMs * (1 / Math.max(share, 1e-9) - 1);
    return [
      `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${Math.floor(100 * Math.min(1, share))} %`,
      `${this.objects} of ${objects} objects`,
      `${formatBytes(this.bytes)} of ${formatBytes(bytes)}`,
      `${formatBytes(rate)}/s`,
      `${share > 0 ? formatDuration(Math.max(0, leftMs)) : '?'} left`,
    ].join(', ');
  }

  /** Unit: bytes a second. */
  private rate(): number {
    const nowMs = this.io.now();
    this.samples.push({ atMs: nowMs, bytes: this.moved });
    while (this.samples.length > 2 && nowMs - (this.samples[0]?.atMs ?? nowMs) > RATE_OVER_MS) this.samples.shift();
    const first = this.samples[0];
    return first === undefined || nowMs <= first.atMs ? 0 : ((this.moved - first.bytes) / (nowMs - first.atMs)) * 1_000;
  }
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `1.5 MiB`; whole below 1 KiB. */
export function formatBytes(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1_024 && unit < UNITS.length - 1) [value, unit] = [value / 1_024, unit + 1];
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
