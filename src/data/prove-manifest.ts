/** Proves a place against a manifest, at any later time: the source is not asked, and may be gone. */
import type { Checksum, ObjectEntry, ObjectSource } from '../ports/object-store';
import type { Attempting } from './attempts';
import { withAttempts } from './attempts';
import { agree, showChecksum, summing } from './checksum';
import type { ManifestReader } from './manifest';
import type { ManifestLine } from './manifest-line';
import { contentOf } from './manifest-line';
import { MerkleTree } from './merkle';

export interface Difference {
  readonly key: string;
  readonly recorded: string;
  readonly found: string;
  /** Of the source, when it was recorded. */
  readonly sourceVersion: string;
}

export interface ManifestProof {
  /** Of all lines, also of those that were not looked at. RFC 6962, hex. */
  readonly root: string;
  readonly objects: number;
  /** Looked at: all, or the sample. */
  readonly checked: number;
  readonly checkedBytes: number;
  /** The place states the recorded checksum; it was read for it. */
  readonly stored: number;
  readonly read: number;
  /** In the order of their keys. */
  readonly differences: readonly Difference[];
}

export interface ManifestProofJob extends Attempting {
  readonly lines: ManifestReader;
  readonly place: ObjectSource;
  /** Objects under way at once. */
  readonly objectsMax: number;
  isChosen(key: string): boolean;
  onChecked(): void;
}

interface Checked {
  readonly how: 'stored' | 'read';
  readonly difference?: Difference;
}

/** @throws what keeps the place from being read: nothing is proven then. */
export async function proveManifest(job: ManifestProofJob): Promise<ManifestProof> {
  const tree = new MerkleTree();
  const counts = { checked: 0, checkedBytes: 0, stored: 0, read: 0 };
  const differences: Difference[] = [];
  for await (const page of job.lines({})) {
    for (const line of page) tree.add(contentOf(line));
    const chosen = page.filter(({ key }) => job.isChosen(key));
    for (let at = 0; at < chosen.length; at += job.objectsMax) {
      const lines = chosen.slice(at, at + job.objectsMax);
      const results = await Promise.all(lines.map((line) => check(job, line)));
      for (const { how, difference } of results) {
        if (difference === undefined) counts[how] += 1;
        else differences.push(difference);
        job.onChecked();
      }
      counts.checked += lines.length;
      for (const { sizeBytes } of lines) counts.checkedBytes += sizeBytes;
    }
  }
  return { root: tree.root(), objects: tree.leafCount, ...counts, differences };
}

async function check(job: ManifestProofJob, line: ManifestLine): Promise<Checked> {
  const { key, sizeBytes, checksum, sourceVersion } = line;
  const recorded = `${sizeBytes} bytes, ${checksum === undefined ? 'no checksum' : showChecksum(checksum)}`;
  const found = await withAttempts(key, () => job.place.find(key, job.signal), job);
  if (found === undefined) return { how: 'stored', difference: { key, recorded, found: 'nothing', sourceVersion } };
  const stated = agree(checksum, found.checksum) === undefined ? undefined : found.checksum;
  const how = stated === undefined ? 'read' : 'stored';
  const now = stated ?? (checksum && (await withAttempts(key, () => sumOf(job, found, checksum.kind), job)));
  if (found.sizeBytes === sizeBytes && agree(checksum, now) === true) return { how };
  const holds = `${found.sizeBytes} bytes, ${now === undefined ? 'no checksum' : showChecksum(now)}`;
  return { how, difference: { key, recorded, found: holds, sourceVersion } };
}

async function sumOf(
  { place, signal }: ManifestProofJob,
  entry: ObjectEntry,
  kind: Checksum['kind'],
): Promise<Checksum> {
  const sum = summing(kind);
  const { bytes } = await place.read(entry, undefined, signal);
  for await (const chunk of bytes) sum.add(chunk);
  return sum.done();
}
