/**
 * Uploads in parts that are under way in one range: plain JSON, so that a copy that was killed goes on inside an object.
 *
 * Invariants
 * 1. An upload is in the book, and the book is kept, before its first part is sent: nothing of ours lies about unknown.
 * 2. It leaves the book only when the place has completed or aborted it.
 */
import type { Upload, UploadedPart } from '../ports/object-store';

export interface UploadState {
  readonly upload: Upload;
  /** Of the source; another version begins anew. */
  readonly sourceVersion: string;
  /** In the order in which they arrived. */
  readonly parts: readonly UploadedPart[];
}

export class UploadBook {
  private readonly states = new Map<string, { upload: Upload; sourceVersion: string; parts: UploadedPart[] }>();

  /** @param keep stores the whole range's checkpoint, this book in it. */
  constructor(
    before: readonly UploadState[],
    private readonly keep: () => Promise<void>,
  ) {
    for (const { upload, sourceVersion, parts } of before)
      this.states.set(upload.key, { upload, sourceVersion, parts: [...parts] });
  }

  find(key: string): UploadState | undefined {
    return this.states.get(key);
  }

  async begin(upload: Upload, sourceVersion: string): Promise<void> {
    this.states.set(upload.key, { upload, sourceVersion, parts: [] });
    await this.keep();
  }

  addPart(key: string, part: UploadedPart): void {
    this.states.get(key)?.parts.push(part);
  }

  /** Of a key that was not begun in this run: another range goes on with it. */
  giveAway(key: string): void {
    this.states.delete(key);
  }

  end(key: string): void {
    this.states.delete(key);
  }

  all(): UploadState[] {
    return [...this.states.values()].map(({ upload, sourceVersion, parts }) => ({
      upload,
      sourceVersion,
      parts: [...parts],
    }));
  }
}
