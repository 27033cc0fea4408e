import type { Command } from 'commander';
import { nameOf } from '../../../src/cli/reference';
import type { TextFile } from './repository';

/** A command as a page shows it: what stands behind `crossfade`. */
interface Shown {
  readonly words: readonly string[];
  readonly text: string;
}

/**
 * In code blocks and in code within a line; a line that ends with a backslash goes on. What stands in quotes, behind a pipe
 * or a comment is none of ours.
 */
export function commandsOf(markdown: string): Shown[] {
  const blocks = [...markdown.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].map((match) => match[1] ?? '');
  const spans = [...markdown.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`]+)`/g)].map(
    (match) => match[1] ?? '',
  );
  const lines = [
    ...blocks.flatMap((block) => block.replace(/\\\n/g, ' ').split('\n')),
    ...spans.map((span) => span.replace(/\s+/g, ' ')),
  ];
  return lines.flatMap((line) =>
    [...line.matchAll(/(?:^|\$\(|&& |\$ )\s*(?:npx )?crossfade (?=[\w-])([^|#&;)]*)/g)].map((match) => ({
      words: (match[1] ?? '')
        .replace(/"[^"]*"|'[^']*'/g, 'quoted')
        .trim()
        .split(/\s+/),
      text: match[0].trim(),
    })),
  );
}

/** @param program with its commands below it; one named `lab` counts, too. */
export function findUnknownCommands(pages: readonly TextFile[], programs: readonly Command[]): string[] {
  return pages.flatMap((page) =>
    commandsOf(page.text).flatMap((shown) => {
      const problem = problemOf(shown, programs);
      return problem === undefined ? [] : [`${page.path}: \`${shown.text}\`: ${problem}`];
    }),
  );
}

function problemOf({ words }: Shown, programs: readonly Command[]): string | undefined {
  const reached = reach(words, programs);
  if (typeof reached === 'string') return reached;
  const known = new Set(reached.flatMap(({ options }) => options.flatMap(({ long, short }) => [long, short])));
  known.add('--help');
  const unknown = words
    .filter((word) => /^\[?--?[a-z]/.test(word))
    .map((word) => word.replace(/[[\]]/g, '').split('=')[0])
    .find((flag) => !known.has(flag));
  return unknown === undefined ? undefined : `${reached.map(nameOf).at(-1)} has no ${unknown}`;
}

/** From the program down to the command that is meant, or what is wrong. */
function reach(words: readonly string[], programs: readonly Command[]): readonly Command[] | string {
  let at = programs.find((program) => words[0] === program.name().split(' ')[1]);
  const rest = at === undefined ? [...words] : words.slice(1);
  at ??= programs[0];
  const passed: Command[] = [];
  while (at !== undefined) {
    passed.push(at);
    const next = rest.find((word) => !word.startsWith('-'));
    const below: Command | undefined = at.commands.find((command) => command.name() === next);
    if (below === undefined && at.commands.length > 0 && next !== undefined && passed.length === 1)
      return `there is no command ${next}`;
    if (below !== undefined) rest.splice(0, rest.indexOf(next ?? '') + 1);
    at = below;
  }
  return passed;
}
