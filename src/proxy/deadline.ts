import { Late } from './refusal';

/** Made once: it is an error only by name, and its stack would cost more than the request. */
const LEFT = new Error('the user has left');

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
    this.controller.abort(LEFT);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private arm(): NodeJS.Timeout {
    return setTimeout(() => this.controller.abort(new Late(`nothing within ${this.timeoutMs} ms`)), this.timeoutMs);
  }
}
