/**
 * Copies every version of a key, the oldest first, so that the target's history comes out in the source's order. Keys go
 * side by side; the versions of one key never do.
 *
 * Invariant: a version is written only on top of all that precede it, and after a reply that was lost the target is asked
 * what it has before anything is written again: a second try would be a version of its own.
 */
import { MigrationError } from '../domain/errors';
import { epochMs } from '../domain/quantity';
import type { KeyHistory, VersionedSource, VersionedTarget, VersionEntry } from '../ports/object-versions';
import type { CopyPolicy } from './decide';
import { mayBeSame, provesAgain } from './decide';
import type { Finding } from './finding';
import type { Joined } from './join';
import { joinLists } from './join';
import type { KeyWork } from './key-work';
import type { ManifestReader } from './manifest';
import type { ManifestLine } from './manifest-line';
import { attempt } from './moving';
import { compare } from './prove';
import type { Settling } from './proven-copy';
import { copyAndProve, lineOf } from './proven-copy';
import { findingOf } from './settle';
import type { Outcome, Settled } from './settled';
import type { KeptVersion, VersionPlan } from './version-plan';
import { planVersions, versionName } from './version-plan';

/** All that a manifest has of a key. */
export interface ProvenKey {
  readonly key: string;
  readonly lines: readonly ManifestLine[];
}

export interface VersionedPlaces {
  readonly from: VersionedSource;
  readonly to: VersionedTarget;
}

export function versionWork(
  places: VersionedPlaces,
  policy: CopyPolicy,
  proven: ManifestReader,
): KeyWork<Joined<KeyHistory, ProvenKey>> {
  return {
    join: (range, { signal }) =>
      joinLists({
        source: places.from.histories(range, signal),
        target: places.to.histories(range, signal),
        proven: byKey(proven(range)),
      }),
    begin: (joined, earlier) => {
      const { key, source, target } = joined;
      const lines = earlier === undefined ? (joined.proven?.lines ?? []) : linesOf(earlier);
      const plan = planVersions(source?.versions ?? [], target?.versions ?? [], lines);
      if (source === undefined) return settledKey(key, plan.theirs.map(extraOf));
      const isOver = plan.open.length + plan.theirs.length + plan.buried.length === 0;
      if (isOver && !plan.kept.some(({ line }) => provesAgain(line, policy.verify)))
        return settledKey(key, [...plan.kept.map(unchangedOf), ...plan.extra.map(extraOf)]);
      const isOrderUnknown = source.isOrderUnknown || target?.isOrderUnknown === true;
      return (given) => new KeyRun(places, key, given, isOrderUnknown).run(plan);
    },
  };
}

/** Lines of one key may lie in two pages. */
export async function* byKey(pages: AsyncIterable<readonly ManifestLine[]>): AsyncGenerator<readonly ProvenKey[]> {
  let open: ManifestLine[] = [];
  for await (const page of pages) {
    const done: ProvenKey[] = [];
    for (const line of page) {
      if (open[0] !== undefined && open[0].key !== line.key) {
        done.push({ key: open[0].key, lines: open });
        open = [];
      }
      open.push(line);
    }
    if (done.length > 0) yield done;
  }
  if (open[0] !== undefined) yield [{ key: open[0].key, lines: open }];
}

class KeyRun {
  private readonly done: Settled[] = [];

  constructor(
    private readonly places: VersionedPlaces,
    private readonly key: string,
    private readonly given: Settling,
    private readonly isOrderUnknown: boolean,
  ) {}

  async run(first: VersionPlan): Promise<Settled> {
    const successes = this.given.health.successes;
    try {
      await this.carryOut(first);
      this.given.health.successes += 1;
    } catch (error) {
      const finding = findingOf(error, this.key, successes, this.given);
      this.done.push(settledAs(finding.kind === 'mismatch' ? 'mismatched' : 'failed', first.open[0], finding));
    }
    return settledKey(this.key, this.done);
  }

  private async carryOut(plan: VersionPlan): Promise<void> {
    for (const kept of plan.kept) this.done.push(await this.prove(kept));
    this.done.push(...plan.extra.map(extraOf));
    for (const entry of plan.buried)
      this.done.push(settledAs('mismatched', entry, mismatch(entry, 'missing at the target below newer versions')));
    if (this.isOrderUnknown)
      throw new MigrationError(
        'AwsRejected',
        `${this.key}: the server does not tell in which order its versions and delete markers follow each other`,
      );
    let { open, theirs } = plan;
    for (let failures = 0; ;) {
      [open, theirs] = await this.foundAlike(open, theirs);
      try {
        return await this.writeRest(open, theirs);
      } catch (error) {
        failures += 1;
        const isLost = error instanceof MigrationError && error.code === 'AwsUnavailable';
        if (!isLost || failures >= this.given.moving.attemptsMax) throw error;
      }
      await this.given.moving.clock.sleep(PAUSE_MS * failures, this.given.moving.signal);
      [open, theirs] = await this.lookAgain(plan);
    }
  }

  /** @returns what is still to be done after all that was settled, with what the target has by now. */
  private async lookAgain(plan: VersionPlan): Promise<[readonly VersionEntry[], readonly VersionEntry[]]> {
    const lines = this.done.flatMap(({ line }) => line ?? []);
    const { moving } = this.given;
    const now = await attempt(moving, this.key, () => this.places.to.history(this.key, moving.signal));
    const ours = [...plan.kept.map(({ source }) => source), ...plan.open];
    const { open, theirs } = planVersions(ours, now?.versions ?? [], lines);
    return [open, theirs];
  }

  private async prove({ line, source, target }: KeptVersion): Promise<Settled> {
    const { policy, moving } = this.given;
    if (line.isMarker === true || !provesAgain(line, policy.verify)) return unchangedOf({ line, source, target });
    const comparison = await compare(moving, { source, target }, policy.readBack);
    const proven = comparison.isSame ? lineOf(this.given, source, { ...comparison, targetVersion: '' }) : undefined;
    return proven === undefined
      ? { ...settledAs('mismatched', source, differs(source)), line: { ...line, proof: 'none' } }
      : { ...settledAs('same', source), line: named(proven, source, line.targetVersion) };
  }

  /** What a run that was stopped had written: as long as both go on alike. */
  private async foundAlike(
    open: readonly VersionEntry[],
    theirs: readonly VersionEntry[],
  ): Promise<[readonly VersionEntry[], readonly VersionEntry[]]> {
    let at = 0;
    for (; at < Math.min(open.length, theirs.length); at += 1) {
      const line = await this.lineOfPair(open[at] as VersionEntry, theirs[at] as VersionEntry);
      if (line === undefined) break;
      this.done.push({ ...settledAs('same', open[at]), line });
    }
    return [open.slice(at), theirs.slice(at)];
  }

  private async lineOfPair(source: VersionEntry, target: VersionEntry): Promise<ManifestLine | undefined> {
    const { moving, policy } = this.given;
    if (source.isMarker !== target.isMarker || !mayBeSame(source, target, policy)) return undefined;
    if (source.isMarker) return this.markerLine(source, target.versionId);
    const comparison = await compare(moving, { source, target }, policy.readBack);
    if (!comparison.isSame) return undefined;
    return named(lineOf(this.given, source, { ...comparison, targetVersion: '' }), source, versionName(target));
  }

  private async writeRest(open: readonly VersionEntry[], theirs: readonly VersionEntry[]): Promise<void> {
    const { policy } = this.given;
    if (policy.mode === 'verify') {
      for (const entry of open)
        this.done.push(settledAs('mismatched', entry, mismatch(entry, 'missing at the target')));
      this.tellNewer(theirs);
      return;
    }
    // Without new versions of the source there is nothing to put on top, and the target's newest stays theirs.
    const isRefused = theirs.length > 0 && (!policy.overwrite || open.length === 0);
    if (isRefused) {
      this.done.push(...open.map((entry) => settledAs('refused', entry)));
      this.tellNewer(theirs);
      return;
    }
    for (const entry of open) this.done.push({ ...settledAs('copied', entry), line: await this.write(entry) });
    this.done.push(...theirs.map(extraOf));
  }

  private tellNewer(theirs: readonly VersionEntry[]): void {
    const detail = `the target has ${theirs.length} versions on top that are not the source's`;
    const finding: Finding = { kind: 'newer_on_target', key: this.key, detail };
    for (const [index, entry] of theirs.entries())
      this.done.push(settledAs('extra', entry, ...(index === 0 ? [finding] : [])));
  }

  private async write(entry: VersionEntry): Promise<ManifestLine> {
    const { moving } = this.given;
    if (entry.isMarker) return this.markerLine(entry, await this.places.to.putMarker(this.key, moving.signal));
    const once = { ...this.given, moving: { ...moving, writesOnce: true } };
    const { line, targetVersionId } = await copyAndProve(entry, once);
    if (targetVersionId === undefined)
      throw new MigrationError('AwsUnavailable', `${this.key}: written, but no version ID came`);
    return named(line, entry, `${targetVersionId} ${line.targetVersion}`);
  }

  private markerLine(source: VersionEntry, targetVersionId: string): ManifestLine {
    const provenAtMs = epochMs(this.given.moving.clock.now());
    const [sourceVersion, targetVersion] = [versionName(source), `${targetVersionId} deleted`];
    return { key: this.key, sizeBytes: 0, isMarker: true, sourceVersion, targetVersion, provenAtMs, proof: 'stored' };
  }
}

const PAUSE_MS = 500;

function named(line: ManifestLine, source: VersionEntry, targetVersion: string): ManifestLine {
  return { ...line, sourceVersion: versionName(source), targetVersion };
}

function settledAs(outcome: Outcome, entry: VersionEntry | undefined, ...findings: readonly Finding[]): Settled {
  const isAtTarget = outcome === 'same' || outcome === 'unchanged' || outcome === 'extra';
  return { key: entry?.key ?? '', outcome, sizeBytes: entry?.sizeBytes ?? 0, isAtTarget, findings };
}

function unchangedOf({ line, source }: KeptVersion): Settled {
  return { ...settledAs('unchanged', source), line };
}

function extraOf(entry: VersionEntry): Settled {
  return settledAs('extra', entry);
}

/** One key's versions as one: they stand and fall together. */
function settledKey(key: string, each: readonly Settled[]): Settled {
  return { key, outcome: 'unchanged', sizeBytes: 0, isAtTarget: false, findings: [], each };
}

function linesOf({ each = [] }: Settled): ManifestLine[] {
  return each.flatMap(({ line }) => line ?? []);
}

function mismatch(entry: VersionEntry, how: string): Finding {
  return { kind: 'mismatch', key: entry.key, detail: `version ${entry.versionId} is ${how}` };
}

function differs(entry: VersionEntry): Finding {
  return mismatch(entry, 'there, and holds other bytes than its copy');
}
