/**
 * Times reads of the same objects from two places, one after another, in pairs whose order is drawn: what a network or a
 * disk does for a minute meets both sides alike.
 */
import { MigrationError } from '../domain/errors';
import type { ReadPair, TimedRead } from '../domain/read-check';
import type { ObjectEntry, ObjectSource } from '../ports/object-store';
import type { ReadOrder, ReadSample, ReadSampler } from '../ports/read-sampler';

/** In all, from each side. */
const BYTES_MAX = 256 * 1024 ** 2;
/** However many objects there are: so many are shared out to each. */
const SPAN_BYTES_MIN = 64 * 1024;
/** A listing of everything would take hours where there are many: the first keys of so many ranges are drawn from. */
const RANGES = 64;
const KEYS_PER_RANGE_MAX = 2_000;
/** Archives are not read at once. */
const ARCHIVES = new Set(['GLACIER', 'DEEP_ARCHIVE']);
const UINT32 = 0x1_0000_0000;

export interface ReadTiming {
  /** Yields [0, 1). */
  readonly random: (seed: number) => () => number;
  /** Rises steadily. Unit: milliseconds. */
  readonly clock?: () => number;
}

export type OpenPlace = (url: string, signal: AbortSignal) => Promise<ObjectSource>;

export class PairedReads implements ReadSampler {
  constructor(
    private readonly open: OpenPlace,
    private readonly timing: ReadTiming,
  ) {}

  async sample(order: ReadOrder, onProgress: (pairCount: number) => void, signal: AbortSignal): Promise<ReadSample> {
    const source = await this.open(order.from, signal);
    try {
      const target = await this.open(order.to, signal);
      try {
        return await readPairs({ source, target }, order, this.timing, onProgress, signal);
      } finally {
        await target.close();
      }
    } finally {
      await source.close();
    }
  }
}

interface Sides {
  readonly source: ObjectSource;
  readonly target: ObjectSource;
}

export async function readPairs(
  sides: Sides,
  { sampleMax, seed }: Pick<ReadOrder, 'sampleMax' | 'seed'>,
  { random: seeded, clock = () => performance.now() }: ReadTiming,
  onProgress: (pairCount: number) => void,
  signal: AbortSignal,
): Promise<ReadSample> {
  const random = seeded(seed % UINT32);
  const chosen = drawn(await readableEntries(sides.source, signal), sampleMax, random);
  const spanBytes = Math.max(SPAN_BYTES_MIN, Math.floor(BYTES_MAX / Math.max(1, chosen.length)));
  const timePair = (entry: ObjectEntry): Promise<ReadPair | undefined> =>
    readPair({ ...sides, entry, spanBytes, clock, signal }, random() < 0.5);
  const [first] = chosen;
  // Opens connections, and is not counted.
  if (first !== undefined) await timePair(first);
  const pairs: ReadPair[] = [];
  let passedCount = 0;
  let byteCount = 0;
  for (const entry of chosen) {
    if (byteCount > BYTES_MAX) break;
    const pair = await timePair(entry);
    if (pair === undefined) {
      passedCount += 1;
      continue;
    }
    pairs.push(pair);
    byteCount += pair.source.byteCount;
    onProgress(pairs.length);
  }
  return { pairs, passedCount };
}

async function readableEntries(source: ObjectSource, signal: AbortSignal): Promise<ObjectEntry[]> {
  const entries: ObjectEntry[] = [];
  for (const range of await source.divide(RANGES, signal)) {
    let seen = 0;
    for await (const page of source.list(range, signal)) {
      seen += page.length;
      for (const entry of page) if (entry.sizeBytes > 0 && !ARCHIVES.has(entry.storageClass ?? '')) entries.push(entry);
      if (seen >= KEYS_PER_RANGE_MAX) break;
    }
  }
  return entries;
}

/** Without putting back: Fisher and Yates, as far as it is needed. */
function drawn<T>(items: T[], countMax: number, random: () => number): T[] {
  const count = Math.min(countMax, items.length);
  for (let at = 0; at < count; at += 1) {
    const other = at + Math.floor(random() * (items.length - at));
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
  return items.slice(0, count);
}

interface Reading extends Sides {
  /** Of the source. */
  readonly entry: ObjectEntry;
  readonly spanBytes: number;
  readonly clock: () => number;
  readonly signal: AbortSignal;
}

/** @returns undefined: one side has another object meanwhile, or none. */
async function readPair(reading: Reading, isTargetFirst: boolean): Promise<ReadPair | undefined> {
  const { source: from, target: to, entry, signal } = reading;
  try {
    const there = await to.find(entry.key, signal);
    if (there?.sizeBytes !== entry.sizeBytes) return undefined;
    const before = isTargetFirst ? await timed(to, there, reading) : undefined;
    const source = await timed(from, entry, reading);
    return { source, target: before ?? (await timed(to, there, reading)) };
  } catch (error) {
    if (error instanceof MigrationError && ['DataChanged', 'NotFound'].includes(error.code)) return undefined;
    throw error;
  }
}

async function timed(
  place: ObjectSource,
  entry: ObjectEntry,
  { spanBytes, clock, signal }: Reading,
): Promise<TimedRead> {
  const span = { first: 0, last: Math.min(entry.sizeBytes, spanBytes) - 1 };
  const startMs = clock();
  let firstByteMs: number | undefined;
  let byteCount = 0;
  const { bytes } = await place.read(entry, span, signal);
  for await (const chunk of bytes) {
    firstByteMs ??= clock() - startMs;
    byteCount += chunk.length;
  }
  const totalMs = clock() - startMs;
  return { firstByteMs: firstByteMs ?? totalMs, totalMs, byteCount };
}
