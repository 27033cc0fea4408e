/**
 * A store that one attempt at a copy works with. An attempt that everybody else takes for dead may still be writing when
 * the next one begins: it stops before its next write.
 */
import { randomUUID } from 'node:crypto';
import type { ManifestStore } from '../ports/manifest-store';

const HOLDER = 'holder';

/** Of the attempt, and of the order that it belongs to. */
interface Holder {
  readonly token?: unknown;
  readonly orderId?: unknown;
}

/** What must stand in a document. */
interface Hold {
  readonly document: string;
  readonly by: Holder;
}

export class HeldStore implements ManifestStore {
  private constructor(
    private readonly store: ManifestStore,
    private readonly holds: readonly Hold[],
  ) {}

  /** From now on nobody else writes there, but for a write that is under way, and who holds a share of this order. */
  static async take(store: ManifestStore, orderId?: string): Promise<HeldStore> {
    const by = { token: randomUUID(), ...(orderId === undefined ? {} : { orderId }) };
    await store.writeDocument(HOLDER, by);
    return new HeldStore(store, [{ document: HOLDER, by }]);
  }

  /** One share of an order, for as long as the order holds the whole. The attempts at other shares go on. */
  static async takeShare(store: ManifestStore, folder: string, orderId: string): Promise<HeldStore> {
    const share = { document: `${folder}/${HOLDER}`, by: { token: randomUUID() } };
    const held = new HeldStore(store, [{ document: HOLDER, by: { orderId } }, share]);
    await held.requireHeld(HOLDER);
    await store.writeDocument(share.document, share.by);
    return held;
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

  /** @param only that document; missing: all of them. */
  private async requireHeld(only?: string): Promise<void> {
    const asked = this.holds.filter(({ document }) => only === undefined || document === only);
    const areHeld = await Promise.all(
      asked.map(async ({ document, by }) => {
        const now = ((await this.store.readDocument(document)) ?? {}) as Holder;
        return by.token === undefined ? now.orderId === by.orderId : now.token === by.token;
      }),
    );
    if (areHeld.includes(false)) throw new Error('another attempt has taken this copy over');
  }
}
