/** Where records are kept: objects that are written once. Errors: `AwsDenied`, `AwsUnavailable`, `NotFound` (no bucket). */
export interface LedgerStore {
  /** Writes only when the key is not there. @param contentType not there: JSON. */
  putIfAbsent(key: string, body: string, contentType?: string): Promise<'written' | 'exists'>;
  /** undefined: no such record. */
  get(key: string): Promise<string | undefined>;
  /** Keys below the prefix, sorted. */
  list(prefix: string): Promise<string[]>;
}

/** Opens the store behind a spec's `ledger` URL. */
export type OpenLedger = (url: string) => LedgerStore;
