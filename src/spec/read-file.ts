import { readFileSync } from 'node:fs';
import { MigrationError } from '../domain/errors';

/** Reads YAML 1.2 or JSON. @throws SpecInvalid naming file, line and column. */
export function readSpecFile(path: string): unknown {
  return parseSpecText(readText(path), path);
}

/** @param name how problems call the text, such as its path. */
export function parseSpecText(text: string, name: string): unknown {
  // Loaded here: most commands never read a file.
  const { LineCounter, parseAllDocuments } = require('yaml') as typeof import('yaml');
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { version: '1.2', lineCounter, prettyErrors: false });
  if (!Array.isArray(documents) || documents.length === 0) throw new MigrationError('SpecInvalid', `${name}: is empty`);
  const problems = documents.flatMap((document) => [...document.errors, ...document.warnings]);
  if (problems.length > 0) {
    const lines = problems.map((problem) => {
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      return `${name}:${line}:${col}: ${problem.message}`;
    });
    throw new MigrationError('SpecInvalid', lines.join('\n'));
  }
  if (documents.length > 1)
    throw new MigrationError('SpecInvalid', `${name}: holds ${documents.length} documents, one is needed`);
  return documents[0]?.toJS();
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message;
    throw new MigrationError('SpecInvalid', `cannot read ${path}: ${why}`, { cause: error });
  }
}
