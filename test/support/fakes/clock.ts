/** Time that passes only when somebody sleeps or says so. */
export class FakeClock {
  private pending: { atMs: number; act: () => void }[] = [];

  constructor(private nowMs: number = Date.parse('2026-03-02T08:00:00Z')) {}

  readonly now = (): number => this.nowMs;

  readonly sleep = async (durationMs: number): Promise<void> => {
    this.advance(durationMs);
    // Whoever else waits gets a turn, as with a real sleep.
    await new Promise((resolve) => setImmediate(resolve));
  };

  /** Something happens when the clock gets there. */
  at(atMs: number, act: () => void): void {
    this.pending.push({ atMs, act });
  }

  advance(durationMs: number): void {
    const untilMs = this.nowMs + durationMs;
    for (;;) {
      const due = this.pending.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.pending = this.pending.filter((each) => each !== due);
      this.nowMs = Math.max(this.nowMs, due.atMs);
      due.act();
    }
    this.nowMs = untilMs;
  }
}
