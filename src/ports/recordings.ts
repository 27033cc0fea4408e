/** A place for recorded requests: files of one JSON value a line, some of them packed with gzip. */
export interface RecordedFile {
  /** For people, and for its ending: `.gz` is packed. */
  readonly name: string;
  /** When it was written; not there: not known. Milliseconds since 1970. */
  readonly modifiedAtMs?: number;
  /** @throws AwsDenied, AwsUnavailable, NotFound, or the file system's own error. */
  open(): AsyncIterable<Uint8Array>;
}

export interface Recordings {
  /**
   * Writes one file, once: nothing that is there is ever replaced. A repeated write of the same name is a repeated
   * attempt, because names hold a random part.
   * @throws AwsDenied, AwsUnavailable, or the file system's own error.
   */
  write(name: string, content: Uint8Array): Promise<void>;
  /** All of them in the order of their names. @throws as `open`. */
  list(): AsyncIterable<RecordedFile>;
}
