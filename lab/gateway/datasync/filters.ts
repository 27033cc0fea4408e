/** Which files a task is about: SIMPLE_PATTERN filters, or a manifest. */
import type { FilterRule } from '@aws-sdk/client-datasync';
import { invalid } from './account';

/** Include patterns start at the location's root. @throws InvalidRequestException. */
export function refuseFilters(includes: readonly FilterRule[], excludes: readonly FilterRule[]): void {
  for (const pattern of patternsOf(includes)) {
    if (!pattern.startsWith('/')) throw invalid(`Invalid filter: include pattern ${pattern} must start with '/'.`);
    if (pattern.slice(0, -1).includes('*'))
      throw invalid(`Invalid filter: in the include pattern ${pattern}, '*' must be the last character.`);
  }
  for (const pattern of patternsOf(excludes)) {
    if (pattern.slice(1, -1).includes('*'))
      throw invalid(`Invalid filter: in the exclude pattern ${pattern}, '*' must be the first or last character.`);
  }
}

/** @param path from the location's root, with a slash in front. */
export function isWanted(path: string, includes: readonly FilterRule[], excludes: readonly FilterRule[]): boolean {
  const [only, never] = [patternsOf(includes), patternsOf(excludes)];
  if (never.some((pattern) => matches(pattern, path))) return false;
  return only.length === 0 || only.some((pattern) => matches(pattern, path));
}

function patternsOf(rules: readonly FilterRule[]): string[] {
  return rules.flatMap(({ Value = '' }) => Value.split('|')).filter((pattern) => pattern !== '');
}

/** The pattern of a folder matches what is in it. */
function matches(pattern: string, path: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()[\]\\]/g, '\\$&').replace(/\*/g, '.*');
  return new RegExp(`^${escaped}(?:/.*)?$`, 's').test(path);
}

/** One file a line, with a version after a comma where there is one. */
export function parseManifest(text: string): Set<string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return new Set(lines.map((line) => `/${firstField(line).replace(/^\/+/, '')}`));
}

function firstField(line: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(line)?.[1];
  return quoted === undefined ? (line.split(',')[0] ?? '').trim() : quoted.replace(/""/g, '"');
}
