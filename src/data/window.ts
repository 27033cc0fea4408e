/** Work that ends in any order, handed on in the order in which it began. */
import type { Settled } from './settled';

interface Place {
  settled: Settled | undefined;
}

export class OrderedWindow {
  private queue: Place[] = [];
  /** Those before it have been handed on. */
  private head = 0;
  private wake: (() => void) | undefined;

  constructor(
    private readonly sizeMax: number,
    private readonly onNext: (settled: Settled) => void,
  ) {}

  get size(): number {
    return this.queue.length - this.head;
  }

  /** Settled already; costs next to nothing while nothing is under way. */
  pass(settled: Settled): void {
    if (this.size === 0) this.onNext(settled);
    else this.queue.push({ settled });
  }

  /** @returns to be called once, when it is settled. */
  begin(): (settled: Settled) => void {
    const place: Place = { settled: undefined };
    this.queue.push(place);
    return (settled) => {
      place.settled = settled;
      this.handOn();
    };
  }

  /** Settled, but behind something that is not. */
  ahead(): Settled[] {
    return this.queue.slice(this.head).flatMap(({ settled }) => (settled === undefined ? [] : [settled]));
  }

  /** Until there is room for one more, or stop() was called. */
  async room(): Promise<void> {
    if (this.size >= this.sizeMax) await this.turn(() => this.size < this.sizeMax);
  }

  async empty(): Promise<void> {
    if (this.size > 0) await this.turn(() => this.size === 0);
  }

  private isStopped = false;

  /** Nobody waits any more. */
  stop(): void {
    this.isStopped = true;
    this.wake?.();
  }

  private async turn(isOver: () => boolean): Promise<void> {
    while (!this.isStopped && !isOver()) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private handOn(): void {
    for (let place = this.queue[this.head]; place?.settled !== undefined; place = this.queue[this.head]) {
      this.head += 1;
      this.onNext(place.settled);
    }
    if (this.head > 1_000 || this.head === this.queue.length) {
      this.queue = this.queue.slice(this.head);
      this.head = 0;
    }
    this.wake?.();
  }
}
