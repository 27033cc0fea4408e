/**
 * A store that one attempt at a copy works with. An attempt that everybody else takes for dead may still be writing when
 * the next one begins: it stops before its next write.
 */
import { randomUUID } from 'node:crypto';
import type { ManifestStore } from '../ports/manifest-store';

const HOLDER = 'holder';

export class HeldStore implements ManifestStore {
  private constructor(
    private readonly store: ManifestStore,
    private readonly token: string,
  ) {}

  /** From now on nobody else writes there, but for a write that is under way. */
  static async take(store: ManifestStore): Promise<HeldStore> {
    const token = randomUUID();
    await store.writeDocument(HOLDER, { token });
    return new HeldStore(store, token);
  }

  readDocument(name: string): Promise<unknown> {
    return this.store.readDocument(name);
  }

  readLines(name: string): AsyncIterable<readonly string[]> {
    return this.store.readLines(name);
  }

  async writeDocument(name: string, value: object): Promise<void> {
    await this.requireHeld();
    await this.store.writeDocument(name, value);
  }

  async writeLines(name: string, lines: readonly string[]): Promise<void> {
    await this.requireHeld();
    await this.store.writeLines(name, lines);
  }

  async removeAll(prefix: string): Promise<void> {
    await this.requireHeld();
    await this.store.removeAll(prefix);
  }

  private async requireHeld(): Promise<void> {
    const now = (await this.store.readDocument(HOLDER)) as { token?: unknown } | undefined;
    if (now?.token !== this.token) throw new Error('another attempt has taken this copy over');
  }
}
