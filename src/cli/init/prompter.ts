/** Questions to a person at a terminal. */
import type { Readable, Writable } from 'node:stream';
import type * as Clack from '@clack/prompts';

export interface Choice {
  readonly value: string;
  /** What was found; shown beside its name. */
  readonly label: string;
  readonly hint?: string;
}

/** @throws Stopped when the person leaves. */
export interface Prompter {
  choose(question: string, choices: readonly Choice[]): Promise<string>;
  /** @param check says what is wrong with an answer; undefined: nothing. */
  ask(question: string, proposal: string | undefined, check: (answer: string) => string | undefined): Promise<string>;
}

export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor() {
    super('stopped: nothing was written');
  }
}

export interface Streams {
  readonly input?: Readable;
  readonly output?: Writable;
}

/** More than this are scrolled. */
const CHOICES_SHOWN = 12;

export function terminalPrompter(streams: Streams = {}): Prompter {
  return {
    async choose(question, choices) {
      const { select, isCancel } = await loadClack();
      const answer = await select<string>({
        ...streams,
        message: question,
        maxItems: CHOICES_SHOWN,
        options: choices.map(({ value, label, hint }) => ({ value, label, ...(hint === undefined ? {} : { hint }) })),
      });
      if (isCancel(answer)) throw new Stopped();
      return answer;
    },
    async ask(question, proposal, check) {
      const { text, isCancel } = await loadClack();
      const answer = await text({
        ...streams,
        message: question,
        ...(proposal === undefined ? {} : { initialValue: proposal }),
        validate: (value) => check((value ?? '').trim()),
      });
      if (isCancel(answer)) throw new Stopped();
      return answer.trim();
    },
  };
}

/** It is an ES module, which only an import() can load on every Node that we support. */
function loadClack(): Promise<typeof Clack> {
  return import('@clack/prompts');
}
