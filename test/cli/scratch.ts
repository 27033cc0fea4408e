import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for each test of the file, gone after it. @returns writes a file into it and says where. */
export function scratchFiles(): (name: string, text: string) => string {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'crossfade-cli-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));
  return (name, text) => {
    const file = join(directory, name);
    writeFileSync(file, text);
    return file;
  };
}
