/** Plays that take long because they wait, side by side: each test awaits its own, and fails with what its own threw. */

export class AtOnce<Ending> {
  private readonly endings = new Map<string, Promise<Ending>>();

  /** Call it in `beforeAll`, for plays that the tests then ask for by name. @param atOnceMax how many run at a time. */
  begin(plays: Readonly<Record<string, () => Promise<Ending>>>, atOnceMax: number): void {
    const waiting: (() => void)[] = [];
    const next = (): void => waiting.shift()?.();
    for (const [name, play] of Object.entries(plays)) {
      const ending = new Promise<void>((resolve) => waiting.push(resolve)).then(play).finally(next);
      // One that fails must not end the process before its test reports it.
      ending.catch(() => undefined);
      this.endings.set(name, ending);
    }
    for (let started = 0; started < atOnceMax; started += 1) next();
  }

  /** How the play ended. */
  of(name: string): Promise<Ending> {
    const ending = this.endings.get(name);
    if (ending === undefined) throw new Error(`no play is called ${name}`);
    return ending;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.endings.values());
  }
}
