/** A copy's state in a directory that nobody but its owner may read. Files are written whole, flushed, then renamed. */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MigrationError } from '../domain/errors';
import type { ManifestStore } from '../ports/manifest-store';
import { fileCodeOf, onFile } from './file-errors';

const OWNER_ONLY = { directory: 0o700, file: 0o600 } as const;
const DOCUMENT = '.json';
const LINES = '.jsonl';

export class DirectoryManifestStore implements ManifestStore {
  constructor(private readonly root: string) {}

  async readDocument(name: string): Promise<unknown> {
    const path = this.pathOf(name, DOCUMENT);
    try {
      return JSON.parse(await readFile(path, 'utf8')) as unknown;
    } catch (error) {
      if (fileCodeOf(error) === 'ENOENT') return undefined;
      if (error instanceof SyntaxError)
        throw new MigrationError('FileRejected', `${path} is not JSON: ${error.message}`);
      return onFile('read', path, () => Promise.reject(error as Error));
    }
  }

  async writeDocument(name: string, value: object): Promise<void> {
    await this.write(this.pathOf(name, DOCUMENT), `${JSON.stringify(value)}\n`);
  }

  async writeLines(name: string, lines: readonly string[]): Promise<void> {
    await this.write(this.pathOf(name, LINES), lines.map((line) => `${line}\n`).join(''));
  }

  async *readLines(name: string): AsyncGenerator<readonly string[]> {
    const path = this.pathOf(name, LINES);
    let rest = '';
    try {
      for await (const chunk of createReadStream(path, 'utf8')) {
        const lines = (rest + (chunk as string)).split('\n');
        rest = lines.pop() ?? '';
        yield lines;
      }
    } catch (error) {
      await onFile('read', path, () => Promise.reject(error as Error));
    }
    if (rest !== '') throw new MigrationError('FileRejected', `${path}: its last line is cut off`);
  }

  async removeAll(prefix: string): Promise<void> {
    const path = join(this.root, prefix);
    await onFile('remove', path, async () => {
      const folder = dirname(path);
      const names = await readdir(folder).catch(() => []);
      for (const name of names) {
        const child = join(folder, name);
        if (child.startsWith(path)) await rm(child, { recursive: true, force: true });
      }
    });
  }

  private pathOf(name: string, ending: string): string {
    if (!/^[\w.-]+(\/[\w.-]+)*$/.test(name) || name.split('/').includes('..'))
      throw new Error(`'${name}' cannot be the name of a state file`);
    return join(this.root, name) + ending;
  }

  private async write(path: string, text: string): Promise<void> {
    const draft = `${path}.draft`;
    await onFile('write', path, async () => {
      await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY.directory });
      const file = await open(draft, 'w', OWNER_ONLY.file);
      try {
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(draft, path);
    });
  }
}
