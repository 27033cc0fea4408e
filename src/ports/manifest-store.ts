/**
 * Where a copy keeps what it must not forget: small documents, and files of lines. Whoever may read them learns the keys
 * of the data, so nobody but their owner may.
 *
 * Names are of letters, digits, `-`, `.` and `/`. Errors: as of `ObjectSource`.
 */
export interface ManifestStore {
  /** undefined: there is none. */
  readDocument(name: string): Promise<unknown>;
  /** Replaces the one before at once: a reader finds the old or the new one. */
  writeDocument(name: string, value: object): Promise<void>;
  /** Whole or not at all; replaces one of the same name, which a retry may have left. */
  writeLines(name: string, lines: readonly string[]): Promise<void>;
  /** In batches, without their line ends. @throws NotFound */
  readLines(name: string): AsyncIterable<readonly string[]>;
  /** Everything whose name begins so. Accepts that there is nothing. */
  removeAll(prefix: string): Promise<void>;
}
