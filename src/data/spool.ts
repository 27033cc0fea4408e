/**
 * Lines on their way to files that are written whole: `NAME/000000`, `NAME/000001`, … A copy that goes on after a stop
 * begins with the number after the last one that its checkpoint knows, and so writes over what it does not know.
 */
import type { ManifestStore } from '../ports/manifest-store';

/** As many lines as a file gets at most, but for what arrives while it is written. */
export const FILE_LINES_MAX = 5_000;

export class Spool {
  private lines: string[] = [];

  constructor(
    private readonly store: ManifestStore,
    private readonly name: string,
    /** Files so far. */
    private files: number,
  ) {}

  get fileCount(): number {
    return this.files;
  }

  get isFull(): boolean {
    return this.lines.length >= FILE_LINES_MAX;
  }

  add(line: string): void {
    this.lines.push(line);
  }

  /**
   * Takes what is there now, at once; writes it when called.
   * @returns undefined when there is nothing.
   */
  cut(): (() => Promise<void>) | undefined {
    if (this.lines.length === 0) return undefined;
    const lines = this.lines;
    const name = fileName(this.name, this.files);
    this.lines = [];
    this.files += 1;
    return () => this.store.writeLines(name, lines);
  }
}

export async function* readSpool(
  store: ManifestStore,
  name: string,
  fileCount: number,
): AsyncGenerator<readonly string[]> {
  for (let file = 0; file < fileCount; file += 1) yield* store.readLines(fileName(name, file));
}

export function fileName(name: string, file: number): string {
  return `${name}/${String(file).padStart(6, '0')}`;
}
