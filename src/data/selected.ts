import type { ByteSpan, FoundObject, KeyRange, ObjectEntry, ObjectSource, ReadObject } from '../ports/object-store';

/** A source of which a copy sees some keys alone, and only in the version given. It is closed by whoever opened it. */
export class SelectedSource implements ObjectSource {
  readonly url: string;

  constructor(
    private readonly source: ObjectSource,
    private readonly versions: ReadonlyMap<string, string>,
  ) {
    this.url = source.url;
  }

  async *list(range: KeyRange, signal: AbortSignal): AsyncGenerator<readonly ObjectEntry[]> {
    for await (const page of this.source.list(range, signal))
      yield page.filter(({ key, version }) => this.versions.get(key) === version);
  }

  async divide(): Promise<readonly KeyRange[]> {
    return [{}];
  }

  find(key: string, signal: AbortSignal): Promise<FoundObject | undefined> {
    return this.source.find(key, signal);
  }

  read(entry: ObjectEntry, span: ByteSpan | undefined, signal: AbortSignal): Promise<ReadObject> {
    return this.source.read(entry, span, signal);
  }

  async close(): Promise<void> {}
}
