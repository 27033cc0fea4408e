/** Says the same thing once a minute, with how often it was left unsaid: a fault that every request meets fills no disk. */
export class RareLog {
  private readonly said = new Map<string, { atMs: number; unsaidCount: number }>();

  /** @param now milliseconds since 1970. */
  constructor(
    private readonly write: (line: string) => void,
    private readonly now: () => number,
    private readonly everyMs = 60_000,
  ) {}

  /** @param kind what counts as the same; from a closed set, since it is kept. */
  say(kind: string, line: string): void {
    const last = this.said.get(kind);
    if (last !== undefined && this.now() - last.atMs < this.everyMs) {
      last.unsaidCount += 1;
      return;
    }
    const unsaid = last === undefined || last.unsaidCount === 0 ? '' : ` (and ${last.unsaidCount} times before)`;
    this.said.set(kind, { atMs: this.now(), unsaidCount: 0 });
    this.write(`${line}${unsaid}`);
  }
}
