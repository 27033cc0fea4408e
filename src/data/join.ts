/**
 * The streaming merge of three sorted lists: what the source has, what the target has, what was proven before. Holds one
 * page of each and fetches the next while this one is worked on. Where pages are there, it takes no turn of the event
 * loop for a key: ten million of them go by.
 *
 * Invariant: every key of any list comes out exactly once, in ascending order of UTF-8 bytes.
 */
import { MigrationError } from '../domain/errors';
import { compareKeys } from '../domain/key-order';
import type { ObjectEntry } from '../ports/object-store';
import type { ManifestLine } from './manifest-line';

/** @template T what the two sides have of a key. @template P what was proven of it. */
export interface Joined<T = ObjectEntry, P = ManifestLine> {
  readonly key: string;
  /** Missing: that list has no such key. */
  readonly source?: T | undefined;
  readonly target?: T | undefined;
  readonly proven?: P | undefined;
}

type Pages<T> = AsyncIterable<readonly T[]>;

interface Keyed {
  readonly key: string;
}

export interface ThreeLists<T extends Keyed, P extends Keyed> {
  readonly source: Pages<T>;
  readonly target: Pages<T>;
  readonly proven: Pages<P>;
}

const BATCH_COUNT_MAX = 1_000;

/** @throws AwsRejected when a list is not sorted: joined, it would call objects missing that are there. */
export async function* joinLists<T extends Keyed, P extends Keyed>(
  lists: ThreeLists<T, P>,
): AsyncGenerator<readonly Joined<T, P>[]> {
  const source = new Cursor('source', lists.source);
  const target = new Cursor('target', lists.target);
  const proven = new Cursor('manifest', lists.proven);
  const cursors = [source, target, proven];
  try {
    await Promise.all(cursors.map((cursor) => cursor.fill()));
    while (cursors.some((cursor) => cursor.head !== undefined)) {
      const batch: Joined<T, P>[] = [];
      while (batch.length < BATCH_COUNT_MAX) {
        const key = leastOf(source.head?.key, leastOf(target.head?.key, proven.head?.key));
        if (key === undefined) break;
        batch.push({ key, source: source.take(key), target: target.take(key), proven: proven.take(key) });
        // A list whose page is used up may go on with the very next key.
        if (source.isUsedUp || target.isUsedUp || proven.isUsedUp) break;
      }
      yield batch;
      await Promise.all(cursors.map((cursor) => cursor.fill()));
    }
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.end()));
  }
}

function leastOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return compareKeys(a, b) <= 0 ? a : b;
}

/** One list, read a page ahead. */
class Cursor<T extends { readonly key: string }> {
  private readonly pages: AsyncIterator<readonly T[]>;
  private next: Promise<IteratorResult<readonly T[]>>;
  private page: readonly T[] = [];
  private index = 0;
  private isOver = false;
  private before: string | undefined;

  constructor(
    private readonly name: string,
    pages: Pages<T>,
  ) {
    this.pages = pages[Symbol.asyncIterator]();
    this.next = this.ask();
  }

  get head(): T | undefined {
    return this.page[this.index];
  }

  get isUsedUp(): boolean {
    return !this.isOver && this.index >= this.page.length;
  }

  take(key: string): T | undefined {
    const item = this.page[this.index];
    if (item === undefined || item.key !== key) return undefined;
    this.index += 1;
    this.assertRising(item.key);
    return item;
  }

  /** Until there is a head, or the list is over. Empty pages are passed over. */
  async fill(): Promise<void> {
    while (this.isUsedUp) {
      const next = await this.next;
      if (next.done === true) {
        this.isOver = true;
        return;
      }
      this.page = next.value;
      this.index = 0;
      this.next = this.ask();
    }
  }

  async end(): Promise<void> {
    await this.next.catch(() => undefined);
    await this.pages.return?.(undefined);
  }

  private ask(): Promise<IteratorResult<readonly T[]>> {
    const next = this.pages.next();
    // Taken up by fill(), perhaps much later.
    next.catch(() => undefined);
    return next;
  }

  private assertRising(key: string): void {
    if (this.before !== undefined && compareKeys(this.before, key) >= 0) {
      throw new MigrationError(
        'AwsRejected',
        `the ${this.name}'s listing is not sorted: '${key}' came after '${this.before}' (a directory bucket?)`,
      );
    }
    this.before = key;
  }
}
