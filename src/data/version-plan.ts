/**
 * What is to be done about one key of which all versions are copied, from three lists and from nothing else. A bucket only
 * takes new versions on top, so the target's history can be gone on with and never mended below.
 */
import type { VersionEntry } from '../ports/object-versions';
import type { ManifestLine } from './manifest-line';

export interface VersionPlan {
  /** Proven before, and both sides still have it. In the source's order, as all that follows. */
  readonly kept: readonly KeptVersion[];
  /** Missing at the target below a version that is kept. */
  readonly buried: readonly VersionEntry[];
  /** Of the source, above the last one that is kept. */
  readonly open: readonly VersionEntry[];
  /** Of the target, above the last one that is kept: a run that was stopped may have left them, or somebody else. */
  readonly theirs: readonly VersionEntry[];
  /** Of the target alone, below. */
  readonly extra: readonly VersionEntry[];
}

export interface KeptVersion {
  readonly line: ManifestLine;
  readonly source: VersionEntry;
  readonly target: VersionEntry;
}

/** What a manifest calls a version: an ID that is `null` may be written over. */
export function versionName({ versionId, version, isMarker }: VersionEntry): string {
  return `${versionId} ${isMarker ? 'deleted' : version}`;
}

/** @param source @param target oldest first. @param proven in the same order. */
export function planVersions(
  source: readonly VersionEntry[],
  target: readonly VersionEntry[],
  proven: readonly ManifestLine[],
): VersionPlan {
  const lineOf = new Map(proven.map((line) => [line.sourceVersion, line]));
  const placeOf = new Map(target.map((entry, index) => [versionName(entry), index]));
  const kept: KeptVersion[] = [];
  let [keptSource, keptTarget] = [-1, -1];
  for (const [index, entry] of source.entries()) {
    const line = lineOf.get(versionName(entry));
    const place = line === undefined ? undefined : placeOf.get(line.targetVersion);
    // Not in the source's order is as good as not there.
    if (line === undefined || place === undefined || place <= keptTarget) continue;
    kept.push({ line, source: entry, target: target[place] as VersionEntry });
    [keptSource, keptTarget] = [index, place];
  }
  const isKept = new Set(kept.flatMap(({ source: ours, target: theirs }) => [ours, theirs]));
  return {
    kept,
    buried: source.slice(0, keptSource + 1).filter((entry) => !isKept.has(entry)),
    open: source.slice(keptSource + 1),
    theirs: target.slice(keptTarget + 1),
    extra: target.slice(0, keptTarget + 1).filter((entry) => !isKept.has(entry)),
  };
}
