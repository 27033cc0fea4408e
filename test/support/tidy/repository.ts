import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(__dirname, '..', '..', '..');

/** A file of the repository: path from the root with forward slashes. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

const NOT_OURS = new Set(['node_modules', 'dist', 'coverage']);
/** Hidden folders that are ours; the others are state (`.git`, `.lab`). */
const HIDDEN_AND_OURS = new Set(['.ci', '.github']);

/** Every file of the work tree that is written by hand, sorted. */
export function listRepository(folder = ''): string[] {
  const entries = readdirSync(path.join(ROOT, folder), { withFileTypes: true });
  const found = entries.flatMap((entry) => {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [name];
    const hidden = entry.name.startsWith('.') && !HIDDEN_AND_OURS.has(entry.name);
    return hidden || NOT_OURS.has(entry.name) ? [] : listRepository(name);
  });
  return found.sort();
}

export function read(filePath: string): TextFile {
  return { path: filePath, text: readFileSync(path.join(ROOT, filePath), 'utf8') };
}

/** Program text: what size, words and imports are held for. */
export function isSource(filePath: string): boolean {
  return /^(src|lab|bench|test|scripts|bin)\/.*\.(ts|mjs|cjs|js)$/.test(filePath);
}

export const isMarkdown = (filePath: string): boolean => filePath.endsWith('.md');
