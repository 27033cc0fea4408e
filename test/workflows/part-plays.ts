/** What holds for every part of a migration that brings something to the target: its plays, and the tests on them. */
import type { BlockedOn } from '../../src/contracts/messages';
import type { MigrationError } from '../../src/domain/errors';
import type { AtOnce } from '../support/temporal/at-once';
import type { Migration } from '../support/temporal/migration';

export interface PartEnding {
  readonly outcome: string;
  readonly blocked: BlockedOn | null;
  /** The world before the start, and at the end. */
  readonly before: unknown;
  readonly after: unknown;
  readonly decisions: readonly string[];
}

export interface Staged {
  readonly migration: Migration;
  readonly before: unknown;
}

/** One of the part's calls that AWS refuses for good, and what a person answers to the block that follows. */
export interface Refusal {
  /** As `Faults` has it: `port.method`. */
  readonly call: string;
  /** 1 for the first call: preflight's blocks nothing yet. */
  readonly nth: number;
  readonly error: MigrationError;
  readonly answer: 'retry' | 'abandon';
}

/** To be called before the start. */
export function staged(migration: Migration): Staged {
  return { migration, before: migration.world.snapshot() };
}

export async function endingOf({ migration, before }: Staged, blocked: BlockedOn | null = null): Promise<PartEnding> {
  const { outcome } = await migration.result();
  return { outcome, blocked, before, after: migration.world.snapshot(), decisions: await migration.recordedKinds() };
}

/** @param look at what is there while it is blocked. @returns what it was blocked on. */
export async function startRefused(
  { migration }: Staged,
  { call, nth, error, answer }: Refusal,
  look: () => void = () => undefined,
): Promise<BlockedOn | null> {
  migration.world.faults.failCall(call, nth, error);
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  look();
  await migration.send(answer);
  return blocked;
}

/** Abandoned when everything has arrived: the smoke requests, which come after it, fail. @returns what it was blocked on. */
export async function startAbandoned({ migration }: Staged): Promise<BlockedOn | null> {
  migration.world.answer = () => ({ status: 500, body: {} });
  await migration.start();
  const { blocked } = await migration.untilBlocked();
  await migration.send('abandon');
  return blocked;
}

/** `PREFIX NAME` → its play, for each name. */
export function playEach<Ending>(
  prefix: string,
  names: readonly string[],
  play: (name: string, index: number) => Promise<Ending>,
): Record<string, () => Promise<Ending>> {
  return Object.fromEntries(names.map((name, index) => [`${prefix} ${name}`, () => play(name, index)]));
}

/** The tests on a part's plays. */
export class PartTests<Ending extends PartEnding> {
  constructor(
    private readonly part: string,
    private readonly plays: AtOnce<Ending>,
    private readonly withinMs: number,
  ) {}

  /** On plays `retry CALL` and `abandon CALL`. @param arrived what the ending of a completed one has. */
  refusals(calls: readonly string[], code: string, arrived: Partial<Ending>): void {
    test.each(calls)(
      `${this.part}: %s refused blocks with its code; retry completes, abandon leaves the world as it was`,
      async (name) => {
        const [retried, givenUp] = await Promise.all([
          this.plays.of(`retry ${name}`),
          this.plays.of(`abandon ${name}`),
        ]);
        expect(retried).toMatchObject({ outcome: 'completed', blocked: { code }, ...arrived });
        expect(givenUp).toMatchObject({ outcome: 'abandoned', blocked: { code } });
        expect(givenUp.after).toEqual(givenUp.before);
      },
      this.withinMs,
    );
  }

  /** On plays `twice CALL`. @param healthy the play where nothing was lost. */
  repeats(calls: readonly string[], healthy: string): void {
    test.each(calls)(
      `${this.part}: %s done twice is once`,
      async (name) => {
        const [twice, once] = await Promise.all([this.plays.of(`twice ${name}`), this.plays.of(healthy)]);
        // Each has a world of its own, with names of its own.
        expect({ ...twice, before: null, after: null }).toEqual({ ...once, before: null, after: null });
      },
      this.withinMs,
    );
  }

  /** On plays `undo CALL`. */
  lostUndos(calls: readonly string[]): void {
    test.each(calls)(
      `${this.part}: with the reply of %s lost, abandoning leaves the world as it was`,
      async (name) => {
        const { outcome, before, after } = await this.plays.of(`undo ${name}`);
        expect(outcome).toBe('abandoned');
        expect(after).toEqual(before);
      },
      this.withinMs,
    );
  }
}
