/**
 * Removes the copies that a workload made, and nothing else.
 *
 * Invariants
 * 1. What is removed holds what the source holds, or is as our manifest left it.
 * 2. What lay there before our first copy stays, also where it is alike: a device may have brought it.
 */
import type { DataSetSpec } from '../domain/spec';
import type { ManifestStore } from '../ports/manifest-store';
import type { ObjectEntry, ObjectSource, ObjectTarget } from '../ports/object-store';
import { MigrationError } from '../domain/errors';
import type { CopyClock } from './clock';
import type { CopyLimits } from './copy';
import { beginCopy, runCopy, UNWATCHED } from './copy';
import { CopyState, newRunName } from './copy-state';
import type { CopyPolicy } from './decide';
import { joinLists } from './join';
import type { Manifest, ManifestReader } from './manifest';
import { isTarget } from './manifest-line';

const NAMED_MAX = 20;
const REMOVED_AT_ONCE = 1_000;
/** By how much the clock of the target may be behind ours. */
const CLOCKS_APART_MS = 60_000;
/** When the workload began to copy; written once. */
const FIRST = 'first';

const COMPARE: CopyPolicy = {
  mode: 'verify',
  verify: { kind: 'changed' },
  readBack: false,
  repair: false,
  overwrite: false,
  mirror: false,
};

export interface TakeBack {
  readonly dataSet: DataSetSpec;
  readonly from: ObjectSource;
  readonly to: ObjectTarget;
  /** Memory of the copies, and of the verifications. */
  readonly copy: ManifestStore;
  readonly proof: ManifestStore;
  readonly clock: CopyClock;
  readonly limits: CopyLimits;
  readonly signal: AbortSignal;
}

/** To be called before the first object is written. */
export async function rememberFirst(store: ManifestStore, nowMs: number): Promise<void> {
  if ((await firstOf(store)) === undefined) await store.writeDocument(FIRST, { atMs: nowMs });
}

async function firstOf(store: ManifestStore): Promise<number | undefined> {
  const { atMs } = ((await store.readDocument(FIRST)) ?? {}) as { atMs?: number };
  return atMs;
}

/** @returns keys that stay, at most 20. */
export async function takeBack(given: TakeBack): Promise<readonly string[]> {
  const { copy, proof, to, signal } = given;
  const firstAtMs = await firstOf(copy);
  if (firstAtMs !== undefined) {
    const sinceMs = firstAtMs - CLOCKS_APART_MS;
    const state = new CopyState(copy);
    const manifest = await state.lastManifest();
    await removeKnown(given, sinceMs, state.readerOf(manifest?.to === to.url ? manifest : undefined));
    // What a killed copy wrote last is in no manifest.
    if (await hasAny(to, sinceMs, signal)) await removeAlike(given, sinceMs);
  }
  await abortUploads(given);
  const left: string[] = [];
  for await (const page of to.list({}, signal))
    left.push(...page.slice(0, NAMED_MAX - left.length).map(({ key }) => key));
  // Where nothing may be removed, a later copy must not take this one's time for its own.
  await copy.writeDocument(FIRST, {});
  await Promise.all([copy.removeAll(''), proof.removeAll('')]);
  return left;
}

async function abortUploads({ copy, to, signal }: TakeBack): Promise<void> {
  const checkpoint = await new CopyState(copy).checkpoint();
  for (const { uploads } of checkpoint?.ranges ?? [])
    for (const { upload } of uploads) await to.abortUpload(upload, signal);
}

async function removeKnown({ to, signal }: TakeBack, sinceMs: number, known: ManifestReader): Promise<void> {
  const lists = { source: none<ObjectEntry>(), target: to.list({}, signal), proven: known({}) };
  let keys: string[] = [];
  for await (const batch of joinLists(lists)) {
    for (const { key, target, proven } of batch) {
      if (target === undefined || proven === undefined) continue;
      if (isTarget(proven, target) && target.modifiedAtMs >= sinceMs) keys.push(key);
    }
    if (keys.length < REMOVED_AT_ONCE) continue;
    await remove(to, keys, signal);
    keys = [];
  }
  if (keys.length > 0) await remove(to, keys, signal);
}

async function remove(to: ObjectTarget, keys: readonly string[], signal: AbortSignal): Promise<void> {
  const [kept] = await to.remove(keys, signal);
  if (kept !== undefined)
    throw new MigrationError('AwsUnavailable', `${to.url}: ${kept.key} could not be removed: ${kept.reason}`);
}

async function hasAny(to: ObjectTarget, sinceMs: number, signal: AbortSignal): Promise<boolean> {
  for await (const page of to.list({}, signal))
    if (page.some(({ modifiedAtMs }) => modifiedAtMs >= sinceMs)) return true;
  return false;
}

/** Compares what is left with the source, and removes what is alike. */
async function removeAlike(given: TakeBack, sinceMs: number): Promise<void> {
  const { copy, dataSet, signal, clock } = given;
  const manifest = await compareAll(given, newRunName(clock.now())).catch((error: unknown) => {
    signal.throwIfAborted();
    // A source that is gone, or may not be read any more, tells nothing; then what is left stays.
    if (error instanceof MigrationError && ['NotFound', 'AwsDenied'].includes(error.code)) return undefined;
    throw error;
  });
  if (manifest === undefined || manifest.to !== dataSet.to) return;
  await removeKnown(given, sinceMs, new CopyState(copy).readerOf(manifest));
}

async function compareAll({ from, to, copy, clock, limits, signal }: TakeBack, run: string): Promise<Manifest> {
  const begun = await beginCopy(from, limits.rangesMax, run, run, signal);
  const { manifest } = await runCopy(
    {
      from,
      to,
      policy: COMPARE,
      deletePercentMax: 0,
      proven: none,
      store: copy,
      limits,
      bandwidth: [],
      clock,
      signal,
      ...UNWATCHED,
    },
    begun,
  );
  return manifest;
}

async function* none<T>(): AsyncGenerator<readonly T[]> {}
