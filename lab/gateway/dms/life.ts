/** A resource that is made, is there, and is deleted, each in its own time. What it is now follows from the clock alone. */

export class Life {
  private deletedAtMs: number | undefined;
  private deletingMs = 0;

  constructor(
    private readonly bornAtMs: number,
    private readonly creatingMs: number,
    private readonly ready: string,
  ) {}

  /** Undefined: it is gone. */
  status(nowMs: number): string | undefined {
    if (this.deletedAtMs !== undefined) return nowMs < this.deletedAtMs + this.deletingMs ? 'deleting' : undefined;
    return nowMs < this.bornAtMs + this.creatingMs ? 'creating' : this.ready;
  }

  delete(nowMs: number, deletingMs: number): void {
    this.deletedAtMs = nowMs;
    this.deletingMs = deletingMs;
  }

  get bornAt(): Date {
    return new Date(this.bornAtMs);
  }
}
