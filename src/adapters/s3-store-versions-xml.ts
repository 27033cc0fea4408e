/** Reads pages of ListObjectVersions. The SDK would put versions and delete markers into two lists and lose their order. */
import { compareKeys } from '../domain/key-order';
import type { EpochMs } from '../domain/quantity';
import type { VersionEntry } from '../ports/object-versions';
import { decodeListed, rawTextOf, textOf, unescapeXml } from './s3-store-xml';

export interface ListedVersion extends VersionEntry {
  /** As KeyHistory's, of it and its neighbour. */
  readonly isOrderUnknown: boolean;
}

export interface VersionsPage {
  /** By key, and of one key the newest first. */
  readonly versions: readonly ListedVersion[];
  /** Where the next page begins; undefined: this was the last one. */
  readonly next: { readonly key: string; readonly versionId?: string } | undefined;
}

interface Parsed extends VersionEntry {
  readonly isLatest: boolean;
}

const ENTRY = /<(Version|DeleteMarker)>([\s\S]*?)<\/\1>/g;

/**
 * @param isOrdered the server writes versions and markers in one order, as S3 does; others write all versions first.
 * @throws Error of a page that is no listing, or not whole.
 */
export function parseVersions(xml: string, isOrdered: boolean): VersionsPage {
  if (!/<\/ListVersionsResult>\s*$/.test(xml)) throw new SyntaxError(`no whole listing: ${xml.slice(0, 100)}`);
  const keyOf = textOf(xml, 'EncodingType') === 'url' ? decodeListed : unescapeXml;
  const entries = [...xml.matchAll(ENTRY)].map(([, kind, block = '']) => entryOf(block, kind !== 'Version', keyOf));
  const known = isOrdered || isMixed(entries) || entries.every(({ isMarker }) => isMarker === entries[0]?.isMarker);
  const versions = known ? entries.map((entry) => listed(entry, false)) : merged(entries);
  if (textOf(xml, 'IsTruncated') !== 'true') return { versions, next: undefined };
  const key = rawTextOf(xml, 'NextKeyMarker');
  if (key === undefined || key === '') throw new SyntaxError('the listing goes on, but does not say where');
  const versionId = textOf(xml, 'NextVersionIdMarker');
  return { versions, next: { key: keyOf(key), ...(versionId ? { versionId } : {}) } };
}

function entryOf(block: string, isMarker: boolean, keyOf: (text: string) => string): Parsed {
  const [key, versionId, etag] = [rawTextOf(block, 'Key'), textOf(block, 'VersionId'), textOf(block, 'ETag')];
  if (key === undefined || versionId === undefined || (etag === undefined && !isMarker))
    throw new SyntaxError(`a listed version without key, ID or ETag: ${block.slice(0, 200)}`);
  const storageClass = textOf(block, 'StorageClass');
  return {
    key: keyOf(key),
    versionId,
    isMarker,
    version: isMarker ? '' : (etag ?? ''),
    sizeBytes: isMarker ? 0 : Number(rawTextOf(block, 'Size')),
    modifiedAtMs: Date.parse(rawTextOf(block, 'LastModified') ?? '') as EpochMs,
    isLatest: textOf(block, 'IsLatest') === 'true',
    ...(storageClass === undefined || isMarker ? {} : { storageClass }),
  };
}

/** Versions and markers by turns: they are not kept apart. */
function isMixed(entries: readonly Parsed[]): boolean {
  return entries.filter(({ isMarker }, at) => at > 0 && isMarker !== entries[at - 1]?.isMarker).length > 1;
}

/** Both lists have one key's newest first; between them the time decides, as far as it is told. */
function merged(entries: readonly Parsed[]): ListedVersion[] {
  const isWhole = (isMarker: boolean): boolean =>
    entries.filter((entry) => entry.isMarker === isMarker).every(({ modifiedAtMs }) => modifiedAtMs % 1_000 === 0);
  const unitMs = isWhole(true) || isWhole(false) ? 1_000 : 1;
  const timeOf = ({ modifiedAtMs }: Parsed): number => Math.floor(modifiedAtMs / unitMs);
  const byKey = new Map<string, Parsed[]>();
  for (const entry of entries) byKey.set(entry.key, [...(byKey.get(entry.key) ?? []), entry]);
  return [...byKey].sort(([a], [b]) => compareKeys(a, b)).flatMap(([, ofKey]) => mergedKey(ofKey, timeOf));
}

function mergedKey(entries: readonly Parsed[], timeOf: (entry: Parsed) => number): ListedVersion[] {
  const [versions, markers] = [entries.filter(({ isMarker }) => !isMarker), entries.filter(({ isMarker }) => isMarker)];
  const all: ListedVersion[] = [];
  for (
    let [version, marker] = [versions[0], markers[0]];
    version ?? marker;
    [version, marker] = [versions[0], markers[0]]
  ) {
    if (version === undefined || marker === undefined) {
      all.push(...[...versions.splice(0), ...markers.splice(0)].map((entry) => listed(entry, false)));
      break;
    }
    const isTie = timeOf(version) === timeOf(marker) && !version.isLatest && !marker.isLatest;
    const takesMarker = marker.isLatest || (!version.isLatest && timeOf(marker) > timeOf(version));
    all.push(listed(takesMarker ? marker : version, isTie));
    (takesMarker ? markers : versions).shift();
  }
  return all;
}

function listed({ isLatest: _, ...entry }: Parsed, isOrderUnknown: boolean): ListedVersion {
  return { ...entry, isOrderUnknown };
}
