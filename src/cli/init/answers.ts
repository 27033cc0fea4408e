/** One answer to each question: from its flag, from what was found, or from a person. Without all three there is no spec. */
import { UsageError } from '../failure';
import type { Flag, Given } from './flags';
import { flagText } from './flags';
import type { Choice, Prompter } from './prompter';

/** A value of the spec, with where it came from. */
export interface Field {
  readonly path: readonly string[];
  readonly value: unknown;
  /** By which flag it can be given. */
  readonly flag?: Flag;
  /** Stands behind it in the file. */
  readonly note?: string;
}

export interface TextQuestion {
  readonly flag: Flag;
  readonly question: string;
  /** Taken where nobody is asked. */
  readonly proposal?: string | undefined;
  /** A person is not asked where there is a proposal. */
  readonly isSettled?: boolean;
  /** Where it stands in the spec: there it is checked. */
  readonly path?: readonly string[];
  /** As the spec wants it; the text itself when left out. */
  readonly read?: (text: string) => unknown;
  /** What must be there as well for it to be checked: a default beside it could be in its way. */
  readonly beside?: (value: unknown) => readonly Field[];
}

export interface ChoiceQuestion {
  readonly flag: Flag;
  readonly question: string;
  /** Said when there is none: `no Application Load Balancer in eu-west-1`. */
  readonly none: string;
}

/** What the spec's own check says of one place, while most of it is still missing. */
export type ProblemAt = (fields: readonly Field[], path: readonly string[]) => string | undefined;

export class Answers {
  constructor(
    private readonly given: Given,
    private readonly prompter: Prompter | undefined,
    private readonly problemAt: ProblemAt,
  ) {}

  has(flag: Flag): boolean {
    return this.given[flag] !== undefined;
  }

  get hasPerson(): boolean {
    return this.prompter !== undefined;
  }

  /** @throws UsageError naming the flag; Stopped. */
  async text(question: TextQuestion): Promise<string> {
    const { flag, proposal } = question;
    const check = (text: string): string | undefined => this.problemOf(question, text);
    const known = this.given[flag] ?? (this.prompter === undefined || question.isSettled ? proposal : undefined);
    if (known !== undefined) {
      const problem = check(known);
      if (problem !== undefined) throw new UsageError(`${flagText(flag)} ${known}: ${problem}`);
      return known;
    }
    if (this.prompter === undefined) throw new UsageError(`${flagText(flag)} is needed: ${question.question}`);
    return this.prompter.ask(question.question, proposal, check);
  }

  /** The same as a value of the spec. */
  async field(question: TextQuestion & { readonly path: readonly string[]; readonly note?: string }): Promise<Field> {
    const text = await this.text(question);
    const { flag, path, note } = question;
    return { flag, path, value: question.read?.(text) ?? text, ...(note === undefined ? {} : { note }) };
  }

  /** The only one is taken without asking. @throws UsageError naming the flag and what there is; Stopped. */
  async choice<T>(
    question: ChoiceQuestion,
    found: readonly T[],
    toChoice: (item: T) => Choice & { readonly also?: readonly string[] },
  ): Promise<T> {
    const { flag } = question;
    const choices = found.map((item) => ({ item, ...toChoice(item) }));
    const there = listed(choices);
    const given = this.given[flag];
    if (given !== undefined) {
      const named = choices.filter(({ value, also = [] }) => value === given || also.includes(given));
      const [only] = named;
      if (only !== undefined && named.length === 1) return only.item;
      const wrong = named.length > 1 ? `fits several, and must be one of${listed(named)}` : `must be one of${there}`;
      throw new UsageError(`${flagText(flag)} ${given}: ${there === '' ? `there is ${question.none}` : wrong}`);
    }
    const [first] = choices;
    if (first === undefined) throw new UsageError(`there is ${question.none}`);
    if (choices.length === 1) return first.item;
    if (this.prompter === undefined)
      throw new UsageError(`${flagText(flag)} is needed: ${question.question}; there are${there}`);
    const chosen = await this.prompter.choose(question.question, choices);
    return (choices.find(({ value }) => value === chosen) ?? first).item;
  }

  private problemOf({ path, read, beside }: TextQuestion, text: string): string | undefined {
    if (text === '') return 'must not be empty';
    if (path === undefined) return undefined;
    const value = read?.(text) ?? text;
    return this.problemAt([...(beside?.(value) ?? []), { path, value }], path);
  }
}

function listed(choices: readonly Choice[]): string {
  return choices.map(({ value, label }) => `\n  ${value}  ${label}`).join('');
}
