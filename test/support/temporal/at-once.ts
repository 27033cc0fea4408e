/** Plays that take long because they wait, side by side: each test awaits its own, and fails with what its own threw. */
import type { Theatre } from './theatre';

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

interface Programme<Ending> {
  /** Opened before the first test of the file; closed after the last, when all plays have ended. */
  readonly open: () => Promise<Theatre>;
  /** Asked for when the theatre is open. */
  readonly plays: () => Readonly<Record<string, () => Promise<Ending>>>;
  /** How many run at a time; all unless given. */
  readonly atOnceMax?: number;
  /** How long the plays may take. Unit: milliseconds. */
  readonly withinMs: number;
}

const OPEN_WITHIN_MS = 60_000;

/** The plays of a whole test file. */
export function playAll<Ending>({ open, plays, atOnceMax, withinMs }: Programme<Ending>): AtOnce<Ending> {
  const all = new AtOnce<Ending>();
  let theatre: Theatre | undefined;
  beforeAll(async () => {
    theatre = await open();
    const named = plays();
    all.begin(named, atOnceMax ?? Object.keys(named).length);
  }, OPEN_WITHIN_MS);
  afterAll(async () => {
    await all.settled();
    await theatre?.close();
  }, withinMs);
  return all;
}
