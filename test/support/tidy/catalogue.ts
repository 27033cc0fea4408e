import type { TextFile } from './repository';

/** The text of a Markdown page by its second-level headings. */
export function sectionsOf(markdown: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const part of markdown.split(/^## /m).slice(1)) {
    const end = part.indexOf('\n');
    const [heading, body] = end < 0 ? [part, ''] : [part.slice(0, end), part.slice(end)];
    sections.set(heading.trim(), body.trim());
  }
  return sections;
}

/** @returns one sentence for each code without a paragraph, and for each paragraph without a code. */
export function findUndocumentedCodes(codes: readonly string[], runbook: string): string[] {
  const sections = sectionsOf(runbook);
  const missing = codes
    .filter((code) => (sections.get(code) ?? '') === '')
    .map((code) => `${code}: has no paragraph in the runbook`);
  const unknown = [...sections.keys()]
    .filter((heading) => !codes.includes(heading))
    .map((heading) => `${heading}: is in the runbook and not in the catalogue`);
  return [...missing, ...unknown];
}

/** A code that nobody throws or handles is a promise that nobody keeps. `files` are without the catalogue itself. */
export function findUnusedCodes(codes: readonly string[], files: readonly TextFile[]): string[] {
  return codes
    .filter((code) => !files.some(({ text }) => new RegExp(`['"\`]${code}['"\`]`).test(text)))
    .map((code) => `${code}: is in the catalogue and nowhere used`);
}

/**
 * Recorded histories protect released workflows only when something replays them. A test does so by naming the file, or
 * by reading the folder that it is in.
 */
export function findUnreplayedHistories(histories: readonly string[], tests: readonly TextFile[]): string[] {
  if (histories.length === 0) return ['there is no history to replay'];
  return histories
    .filter((history) => !tests.some(({ text }) => names(text, history)))
    .map((history) => `${history}: no test replays it`);
}

function names(test: string, history: string): boolean {
  const parts = history.split('/');
  const file = (parts.at(-1) ?? '').replace(/\.json$/, '').replace(/\W/g, '\\$&');
  const folder = parts.at(-2) ?? '';
  if (new RegExp(`['"\`/]${file}(\\.json)?['"\`]`).test(test)) return true;
  return /readdir(Sync)?\(/.test(test) && new RegExp(`['"\`/]${folder}['"\`/]`).test(test);
}
