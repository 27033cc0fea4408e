/** Carries out what was decided about one key. Whatever belongs to that key alone is told, not thrown. */
import { assertNever, MigrationError } from '../domain/errors';
import type { ObjectEntry, ObjectSource } from '../ports/object-store';
import { ContentMismatch } from './copied';
import type { Action } from './decide';
import type { Finding } from './finding';
import { kindOfFailure } from './finding';
import type { ManifestLine } from './manifest-line';
import { attempt } from './moving';
import { compare } from './prove';
import type { Comparison } from './prove';
import { copyAndProve, lineOf } from './proven-copy';
import type { Settling } from './proven-copy';
import type { Outcome, Settled } from './settled';

type ActionOf<K extends Action['kind']> = Extract<Action, { kind: K }>;

/** An object that changes while it is copied is begun again so often; one whose bytes arrive wrong, too. */
const AGAIN_MAX = 3;

/** @throws what is no single key's fault: the place is gone, the disk is full, somebody stopped the copy. */
export async function settle(
  key: string,
  action: Action,
  before: ManifestLine | undefined,
  given: Settling,
): Promise<Settled> {
  const successes = given.health.successes;
  try {
    const settled = await carryOut(key, action, given);
    given.health.successes += 1;
    // What could not be done this time keeps its memory: who wrote last is known by it.
    const isKept = settled.line === undefined && before !== undefined && KEEPS_LINE.has(settled.outcome);
    return isKept ? { ...settled, line: before } : settled;
  } catch (error) {
    const finding = findingOf(error, key, successes, given);
    const isMismatch = finding.kind === 'mismatch';
    return {
      ...settledAs(isMismatch ? 'mismatched' : 'failed', key, action, [finding]),
      ...(before === undefined ? {} : { line: isMismatch ? { ...before, proof: 'none' } : before }),
    };
  }
}

/**
 * What a failure says of its key alone.
 * @param successes of all keys when the work on this one began. @throws the error that is no single key's fault.
 */
export function findingOf(error: unknown, key: string, successes: number, given: Settling): Finding {
  given.moving.signal.throwIfAborted();
  const kind = error instanceof MigrationError ? kindOfFailure(error.code) : undefined;
  if (kind === undefined || (kind === 'unavailable' && successes === given.health.successes)) throw error;
  const sides = error instanceof ContentMismatch ? { source: error.source, target: error.target } : {};
  return { kind, key, detail: (error as MigrationError).message, ...sides };
}

const KEEPS_LINE: ReadonlySet<Outcome> = new Set(['refused']);

function settledAs(outcome: Outcome, key: string, action: Action, findings: readonly Finding[] = []): Settled {
  const { source, target } = action as { source?: ObjectEntry; target?: ObjectEntry };
  const sizeBytes = source?.sizeBytes ?? target?.sizeBytes ?? 0;
  return { key, outcome, sizeBytes, isAtTarget: target !== undefined, findings };
}

async function carryOut(key: string, action: Action, given: Settling): Promise<Settled> {
  if (action.kind === 'compare') return settleComparison(key, action, given);
  if (action.kind === 'copy') return settleCopy(key, await withDirectory(action, given), given);
  return settleAtOnce(key, action) as Settled;
}

/** @returns undefined where a place has to be asked first. */
export function settleAtOnce(key: string, action: Action): Settled | undefined {
  switch (action.kind) {
    case 'unchanged': {
      const { line } = action;
      return { key, outcome: 'unchanged', sizeBytes: line.sizeBytes, isAtTarget: true, line, findings: [] };
    }
    case 'forget':
      return settledAs('forgotten', key, action);
    case 'extra':
      return settledAs('extra', key, action);
    case 'remove':
      return settledAs('toRemove', key, action);
    case 'refuse':
      return settledAs('refused', key, action, [newerOnTarget(key, action)]);
    case 'tell':
      return settledAs('mismatched', key, action, [sizesDiffer(key, action)]);
    case 'compare':
    case 'copy':
      return undefined;
    default:
      return assertNever(action);
  }
}

function newerOnTarget(key: string, { source, target }: { source: ObjectEntry; target: ObjectEntry }): Finding {
  const [ours, theirs] = [describe(source), describe(target)];
  const detail = 'the target holds something else that is newer, or was changed there since it was copied';
  return { kind: 'newer_on_target', key, detail, source: ours, target: theirs };
}

function sizesDiffer(key: string, { source, target }: Omit<ActionOf<'tell'>, 'kind'>): Finding {
  const detail = target === undefined ? 'the target does not have it' : 'the target holds another size';
  return { kind: 'mismatch', key, detail, source: describe(source), target: target ? describe(target) : 'nothing' };
}

function describe({ sizeBytes, modifiedAtMs, version }: ObjectEntry): string {
  return `${sizeBytes} bytes of ${new Date(modifiedAtMs).toISOString()}, version ${version}`;
}

/** A directory lists a "directory" key only while it is empty, so it is looked up. */
async function withDirectory(action: ActionOf<'copy'>, { moving }: Settling): Promise<ActionOf<'copy' | 'compare'>> {
  const { source, target } = action;
  if (!source.key.endsWith('/') || target !== undefined) return action;
  const found = await attempt(moving, source.key, () => moving.to.find(source.key, moving.signal));
  if (found?.sizeBytes !== source.sizeBytes) return action;
  return { kind: 'compare', source, target: found, proven: undefined, onDifference: 'copy' };
}

async function settleComparison(key: string, first: ActionOf<'compare'>, given: Settling): Promise<Settled> {
  const looked = await lookAgainWhileChanging(key, first, given);
  if ('outcome' in looked) return looked;
  const { action, comparison } = looked;
  const { source, target, proven, onDifference } = action;
  if (comparison.isSame) {
    const line = lineOf(given, source, { ...comparison, targetVersion: target.version });
    return { ...settledAs('same', key, action), line };
  }
  switch (onDifference) {
    case 'copy':
      return settleCopy(key, { kind: 'copy', source, target, reason: 'differs' }, given);
    case 'refuse':
      return settledAs('refused', key, action, [newerOnTarget(key, action)]);
    case 'tell': {
      const line = proven === undefined ? {} : { line: { ...proven, proof: 'none' as const } };
      return { ...settledAs('mismatched', key, action, [contentDiffers(key, comparison)]), ...line };
    }
    default:
      return assertNever(onDifference);
  }
}

interface Looked {
  readonly action: ActionOf<'compare'>;
  readonly comparison: Comparison;
}

/** Either side may change between its listing and the look. */
async function lookAgainWhileChanging(
  key: string,
  first: ActionOf<'compare'>,
  { moving, policy }: Settling,
): Promise<Looked | Settled> {
  let action = first;
  for (let again = 0; ; again += 1) {
    try {
      return { action, comparison: await compare(moving, action, policy.readBack) };
    } catch (error) {
      if (!isWorthAnotherLook(error) || error.code === 'DataMismatch' || again >= AGAIN_MAX) throw error;
      const find = (place: ObjectSource): Promise<ObjectEntry | undefined> =>
        attempt(moving, key, () => place.find(key, moving.signal));
      const [source, target] = await Promise.all([find(moving.from), find(moving.to)]);
      if (source === undefined) return settledAs('gone', key, action, [goneMidCopy(key)]);
      if (target === undefined) return settledAs('mismatched', key, action, [sizesDiffer(key, { source, target })]);
      action = { ...action, source, target, proven: undefined };
    }
  }
}

function goneMidCopy(key: string): Finding {
  return { kind: 'gone_mid_copy', key, detail: 'gone from the source since it was listed' };
}

function contentDiffers(key: string, { source, target }: Comparison & { isSame: false }): Finding {
  const detail = 'source and target hold different bytes';
  return { kind: 'mismatch', key, detail, source, target };
}

async function settleCopy(key: string, action: ActionOf<'copy' | 'compare'>, given: Settling): Promise<Settled> {
  if (action.kind === 'compare') return settleComparison(key, action, given);
  const findings: Finding[] = [];
  let entry = action.source;
  for (let again = 0; ; again += 1) {
    try {
      const { line } = await copyAndProve(entry, given);
      return { ...settledAs('copied', key, { ...action, source: entry }, findings), line };
    } catch (error) {
      if (!isWorthAnotherLook(error)) throw error;
      const found = await attempt(given.moving, key, () => given.moving.from.find(key, given.moving.signal));
      if (found === undefined) return settledAs('gone', key, action, [goneMidCopy(key)]);
      // Nothing is there for another reason, such as a bucket that was removed.
      const hasMoved = found.version !== entry.version;
      if (again >= AGAIN_MAX || (error.code === 'NotFound' && !hasMoved)) throw error;
      if (hasMoved) findings.splice(0, 1, changedMidCopy(key));
      entry = found;
    }
  }
}

function isWorthAnotherLook(error: unknown): error is MigrationError {
  return error instanceof MigrationError && ['DataChanged', 'NotFound', 'DataMismatch'].includes(error.code);
}

function changedMidCopy(key: string): Finding {
  return { kind: 'changed_mid_copy', key, detail: 'changed while it was copied; the newest version was taken' };
}
