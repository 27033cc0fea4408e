import { writeFileSync } from 'node:fs';
import { UsageError } from './failure';

/** Writes a file that was asked for. @throws UsageError naming it, when it cannot be written. */
export function writeOutput(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
}
