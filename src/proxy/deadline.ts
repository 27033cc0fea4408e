import { Late } from './refusal';

/** Fires its signal when what is waited for does not come in time, or when it is cancelled. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly timeoutMs: number) {
    this.timer = this.arm();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Something came: the time begins anew. */
  extend(): void {
    this.timer.refresh();
  }

  cancel(): void {
    this.end();
    this.controller.abort();
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private arm(): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new Late(`nothing within ${this.timeoutMs} ms`)), this.timeoutMs);
  }
}
