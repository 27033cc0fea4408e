import { MigrationError } from '../domain/errors';
import type { EvidenceWindow, SideWindow } from '../domain/evidence';
import type { LedgerEntry, LedgerHead, LedgerRecord } from '../domain/record';
import { EMPTY_LEDGER } from '../domain/record';
import type { Weights } from '../domain/weights';
import type { LedgerStore } from '../ports/ledger';
import { canonicalJson, hashOf } from './canonical-json';

/*
 * Invariants
 * 1. A run's records are numbered from 1 without gaps; each holds the hash of the one before.
 * 2. A record's hash covers every other member, in canonical form.
 * 3. A key is written once. Who finds it taken chains after what stands there; nothing is overwritten.
 */

const SEQ_DIGITS = 8;
/** How many records are fetched at once. */
const READS_AT_ONCE = 32;
/** More records than this between a known head and the real one is not a race, it is somebody else's ledger. */
const WALK_MAX = 10_000;

/** Whose records are written, and under which policy. */
export interface ChainOwner {
  readonly workload: string;
  readonly run: string;
  readonly policyHash: string;
}

/** Relative to the store's own place: `ranker/<run>/00000007.json`. */
export function recordKey(workload: string, run: string, seq: number): string {
  return `${workload}/${run}/${String(seq).padStart(SEQ_DIGITS, '0')}.json`;
}

export function chainRecord(owner: ChainOwner, head: LedgerHead, entry: LedgerEntry): LedgerRecord {
  const { workload, run, policyHash } = owner;
  const unsealed = { ...entry, seq: head.seq + 1, workload, run, policyHash, previousHash: head.hash };
  return { ...unsealed, hash: hashOf(unsealed) };
}

/** Appends after the head, or after whoever wrote in between. @returns the new head. */
export async function append(
  store: LedgerStore,
  owner: ChainOwner,
  head: LedgerHead,
  entry: LedgerEntry,
): Promise<LedgerHead> {
  let after = head;
  for (let walked = 0; walked < WALK_MAX; walked += 1) {
    const record = chainRecord(owner, after, entry);
    const key = recordKey(owner.workload, owner.run, record.seq);
    if ((await store.putIfAbsent(key, canonicalJson(record))) === 'written') return headOf(record);

    const standing = await readStanding(store, key, after);
    // Ours already: an earlier attempt wrote it and only its reply was lost.
    if (contentOf(standing) === contentOf(record)) return headOf(standing);
    after = headOf(standing);
  }
  throw new MigrationError(
    'LedgerForked',
    `appending to ${owner.workload}/${owner.run}: ${WALK_MAX} records were written after ${head.seq}`,
  );
}

async function readStanding(store: LedgerStore, key: string, after: LedgerHead): Promise<LedgerRecord> {
  const body = await store.get(key);
  if (body === undefined) {
    throw new MigrationError(
      'AwsUnavailable',
      `reading ledger record ${key}: it is there for writing and not for reading`,
    );
  }
  const record = parseRecord(key, body);
  if (hashOf(withoutHash(record)) !== record.hash) {
    throw new MigrationError('LedgerBroken', `ledger record ${key} does not match its own hash`);
  }
  if (record.previousHash !== after.hash) {
    throw new MigrationError(
      'LedgerForked',
      `ledger record ${key} follows ${record.previousHash}, not our ${after.hash} at ${after.seq}`,
    );
  }
  return record;
}

const headOf = (record: LedgerRecord): LedgerHead => ({ seq: record.seq, hash: record.hash });

function withoutHash({ hash: _hash, ...rest }: LedgerRecord): Omit<LedgerRecord, 'hash'> {
  return rest;
}

/** What was recorded, without its place in the chain. */
function contentOf({ hash: _hash, previousHash: _previous, seq: _seq, ...content }: LedgerRecord): string {
  return canonicalJson(content);
}

export function parseRecord(key: string, body: string): LedgerRecord {
  try {
    const record = JSON.parse(body) as LedgerRecord;
    if (typeof record.seq === 'number' && typeof record.hash === 'string') return record;
  } catch (cause) {
    throw new MigrationError('LedgerBroken', `ledger record ${key} is not JSON`, { cause });
  }
  throw new MigrationError('LedgerBroken', `ledger record ${key} has no seq or hash`);
}

/** Whoever knows no head, such as an emergency rollback, begins at the newest record: a long ledger is not walked. */
export async function newestHead(store: LedgerStore, workload: string, run: string): Promise<LedgerHead> {
  const key = (await store.list(`${workload}/${run}/`)).at(-1);
  const body = key === undefined ? undefined : await store.get(key);
  return key === undefined || body === undefined ? EMPTY_LEDGER : headOf(parseRecord(key, body));
}

/** Migrations of a workload that left records, newest last (by the time of their first record). */
export async function listRuns(store: LedgerStore, workload: string): Promise<string[]> {
  const keys = await store.list(`${workload}/`);
  const runs = [...new Set(keys.map((key) => key.split('/')[1]))].filter((run) => run !== undefined);
  const started = await readAll(
    store,
    runs.map((run) => keys.find((key) => key.startsWith(`${workload}/${run}/`)) as string),
  );
  return started.sort((a, b) => a.record.at - b.record.at).map(({ key }) => key.split('/')[1] as string);
}

/** Read backwards, so that a long ledger costs a few reads. */
const WEIGHTS_LOOKED_FOR = 200;

/** The weights of the newest migration's newest record that has any; undefined: nobody decided about them. */
export async function newestWeights(store: LedgerStore, workload: string): Promise<Weights | undefined> {
  const run = (await listRuns(store, workload)).at(-1);
  if (run === undefined) return undefined;
  const keys = (await store.list(`${workload}/${run}/`)).slice(-WEIGHTS_LOOKED_FOR);
  for (const key of keys.reverse()) {
    const body = await store.get(key);
    const weights = body === undefined ? undefined : parseRecord(key, body).weights;
    if (weights !== undefined) return weights;
  }
  return undefined;
}

/** @param run undefined for the newest. @returns in order of the keys; empty when there is nothing. */
export async function readLedger(store: LedgerStore, workload: string, run?: string): Promise<LedgerRecord[]> {
  const wanted = run ?? (await listRuns(store, workload)).at(-1);
  if (wanted === undefined) return [];
  const keys = await store.list(`${workload}/${wanted}/`);
  return (await readAll(store, keys)).map(({ record }) => record);
}

export interface LeftLedger {
  readonly records: LedgerRecord[];
  /** One sentence for each object that is no record. */
  readonly unreadable: readonly string[];
}

/** As `readLedger`, of a ledger that may be half-written: what is no record is told, and everything else is given. */
export async function readWhatIsLeft(store: LedgerStore, workload: string, run?: string): Promise<LeftLedger> {
  const wanted = run ?? (await newestRun(store, workload));
  if (wanted === undefined) return { records: [], unreadable: [] };
  const keys = await store.list(`${workload}/${wanted}/`);
  const records: LedgerRecord[] = [];
  const unreadable: string[] = [];
  for (const { key, body } of await readBodies(store, keys)) {
    try {
      records.push(wholeRecord(key, body));
    } catch (error) {
      if (!(error instanceof MigrationError)) throw error;
      unreadable.push(error.message);
    }
  }
  return { records, unreadable };
}

/** Of a workload whose first records may be unreadable; then the last by name. */
async function newestRun(store: LedgerStore, workload: string): Promise<string | undefined> {
  try {
    return (await listRuns(store, workload)).at(-1);
  } catch (error) {
    if (!(error instanceof MigrationError) || error.code !== 'LedgerBroken') throw error;
    return (await store.list(`${workload}/`)).at(-1)?.split('/')[1];
  }
}

/** With every member that a reader looks at. */
function wholeRecord(key: string, body: string): LedgerRecord {
  const record = parseRecord(key, body);
  const { kind, at, phase, text, workload, run, policyHash, actor, windows } = record as Partial<LedgerRecord>;
  const words = [kind, phase, text, workload, run, policyHash, actor?.requestedBy, actor?.reason];
  const isWhole = words.every((word) => typeof word === 'string') && Number.isFinite(at);
  if (isWhole && (windows === undefined || (Array.isArray(windows) && windows.every(isWindow)))) return record;
  throw new MigrationError('LedgerBroken', `ledger record ${key} lacks members that every record has`);
}

function isWindow(window: Partial<EvidenceWindow> | null): boolean {
  const isSide = (side: SideWindow | undefined): boolean =>
    Number.isFinite(side?.requestCount) && Number.isFinite(side?.errorCount) && typeof side?.quantilesMs === 'object';
  const { startMs, endMs, source, target } = window ?? {};
  return Number.isFinite(startMs) && Number.isFinite(endMs) && isSide(source) && isSide(target);
}

async function readAll(store: LedgerStore, keys: readonly string[]): Promise<{ key: string; record: LedgerRecord }[]> {
  return (await readBodies(store, keys)).map(({ key, body }) => ({ key, record: parseRecord(key, body) }));
}

async function readBodies(store: LedgerStore, keys: readonly string[]): Promise<{ key: string; body: string }[]> {
  const found: { key: string; body: string }[] = [];
  for (let from = 0; from < keys.length; from += READS_AT_ONCE) {
    const chunk = keys.slice(from, from + READS_AT_ONCE);
    const bodies = await Promise.all(chunk.map((key) => store.get(key)));
    bodies.forEach((body, index) => {
      const key = chunk[index] as string;
      if (body !== undefined) found.push({ key, body });
    });
  }
  return found;
}

interface ExpectedChain {
  readonly workload?: string;
  readonly run?: string;
  /** Known from elsewhere, such as the migration's status: shows records that are missing at the end, too. */
  readonly head?: LedgerHead;
  /** What the first record follows; not there: nothing. */
  readonly after?: LedgerHead;
}

/**
 * Checks one run's records, in the order of their keys.
 * @param expected whose records they should be; by default whose the first one says it is.
 * @returns one sentence per problem; empty when the chain is whole.
 */
export function verifyChain(records: readonly LedgerRecord[], expected: ExpectedChain = {}): string[] {
  const problems: string[] = [];
  const workload = expected.workload ?? records[0]?.workload;
  const run = expected.run ?? records[0]?.run;
  let before = expected.after ?? EMPTY_LEDGER;
  for (const record of records) {
    const name = `record ${record.seq}`;
    if (record.seq !== before.seq + 1) problems.push(`${name}: gap, ${before.seq + 1} was expected here`);
    if (hashOf(withoutHash(record)) !== record.hash) problems.push(`${name}: bad hash, its content was changed`);
    if (record.previousHash !== before.hash)
      problems.push(`${name}: wrong previous hash, it does not follow record ${before.seq}`);
    if (record.workload !== workload) problems.push(`${name}: wrong workload ${record.workload}, expected ${workload}`);
    if (record.run !== run) problems.push(`${name}: wrong run ${record.run}, expected ${run}`);
    before = headOf(record);
  }
  const { head } = expected;
  if (head !== undefined && head.seq > before.seq)
    problems.push(`records ${before.seq + 1} to ${head.seq} are missing at the end`);
  return problems;
}
