/** What every transfer of a copy shares: the places, and what bounds the work on them. */
import { MigrationError } from '../domain/errors';
import type {
  ByteSpan,
  ObjectEntry,
  ObjectSource,
  ObjectTarget,
  ReadObject,
  ServerSideCopier,
} from '../ports/object-store';
import type { Attempting } from './attempts';
import { withAttempts } from './attempts';
import type { Bandwidth } from './bandwidth';
import type { Budget } from './budget';

export interface Sizes {
  /** Largest object that is read whole and written with one request. Unit: bytes. */
  readonly wholeBytesMax: number;
  /** Of a part, where 10,000 of them do. Unit: bytes. */
  readonly partBytes: number;
}

export interface Moving extends Attempting {
  readonly from: ObjectSource;
  readonly to: ObjectTarget;
  /** Missing: bytes go through this process. */
  readonly copier: ServerSideCopier | undefined;
  /** The source may hold locked objects: each is looked at before the server copies it. */
  readonly keepsLocks: boolean;
  readonly sizes: Sizes;
  /** Held in memory at once. Unit: bytes. */
  readonly memory: Budget;
  readonly bandwidth: Bandwidth;
  /** What puts an object in its place is tried once: a second try could leave a second version. Missing: it is not. */
  readonly writesOnce?: boolean;
  /** Told of every byte that reached the target, also of those that a failure made to be moved again. */
  onMoved(bytes: number): void;
}

/** Within the bound of memory, and paid for. */
export async function inMemory<T>(moving: Moving, bytes: number, work: () => Promise<T>): Promise<T> {
  const giveBack = await moving.memory.take(Math.max(bytes, 1), moving.signal);
  try {
    await moving.bandwidth.pay(bytes, moving.signal);
    return await work();
  } finally {
    giveBack();
  }
}

export function attempt<T>(moving: Moving, key: string, work: () => Promise<T>): Promise<T> {
  return withAttempts(key, work, moving);
}

/** As `attempt`, of a request that puts an object in its place. */
export function attemptWrite<T>(moving: Moving, key: string, work: () => Promise<T>): Promise<T> {
  return withAttempts(key, work, moving.writesOnce === true ? { ...moving, attemptsMax: 1 } : moving);
}

/** @throws DataChanged by the place when the content is not of the entry's size. */
export async function readWhole(
  source: ObjectSource,
  entry: ObjectEntry,
  span: ByteSpan | undefined,
  signal: AbortSignal,
  onChunk: (chunk: Uint8Array) => void,
): Promise<{ bytes: Uint8Array; read: ReadObject }> {
  const sizeBytes = span === undefined ? entry.sizeBytes : span.last - span.first + 1;
  const read = await source.read(entry, span, signal);
  let whole: Uint8Array | undefined;
  let at = 0;
  for await (const chunk of read.bytes) {
    onChunk(chunk);
    // Most small objects come in one piece, which needs no copy.
    if (at === 0 && chunk.length === sizeBytes) whole = chunk;
    else {
      whole ??= Buffer.allocUnsafeSlow(sizeBytes);
      if (at + chunk.length > sizeBytes) throw wrongSize(source, entry, at + chunk.length, sizeBytes);
      whole.set(chunk, at);
    }
    at += chunk.length;
  }
  if (at !== sizeBytes) throw wrongSize(source, entry, at, sizeBytes);
  return { bytes: whole ?? new Uint8Array(), read };
}

function wrongSize(source: ObjectSource, entry: ObjectEntry, got: number, expected: number): MigrationError {
  return new MigrationError(
    'DataChanged',
    `${source.url}: ${entry.key} gave ${got} bytes where its listing says ${expected}`,
  );
}
