/** Proves the data of a migration again, against the roots that its ledger has. Loaded when it is first needed. */
import { createS3Client } from '../adapters/s3-client';
import { s3Places } from '../adapters/s3-places';
import { loadConfig } from '../config';
import { beginCopy, COPY_LIMITS, runCopy, UNWATCHED } from '../data/copy';
import { CopyState } from '../data/copy-state';
import type { Manifest } from '../data/manifest';
import { NO_MANIFEST } from '../data/manifest';
import { memoryUrl } from '../data/memory-url';
import { processClock } from '../data/process-clock';
import type { Difference, ManifestProof } from '../data/prove-manifest';
import { proveManifest } from '../data/prove-manifest';
import { isSampled } from '../data/sample';
import { SelectedSource } from '../data/selected';
import { Throttle } from '../data/throttle';
import type { LedgerRecord } from '../domain/record';
import type { DataPlaces } from '../ports/data-places';
import type { ObjectTarget } from '../ports/object-store';

/** What the ledger says of a data set: the newest of its verifications. */
export interface RecordedSet {
  readonly dataSet: string;
  /** Unit: milliseconds since 1970. */
  readonly at: number;
  /** RFC 6962, hex; of a data set that reports prove, no root that could be computed again. */
  readonly root: string;
}

export interface ProofRequest {
  /** `s3://` address. */
  readonly ledger: string;
  readonly workload: string;
  readonly recorded: RecordedSet;
  /** 100: everything. */
  readonly percent: number;
  readonly seed: number;
  /** Whether what differs is copied again from the source. */
  readonly repair: boolean;
}

export interface SetProof extends RecordedSet {
  readonly isProven: boolean;
  /** Why it is not; empty when it is. */
  readonly reasons: readonly string[];
  /** Missing: there is no manifest. */
  readonly from?: string;
  readonly to?: string;
  readonly proof?: ManifestProof;
  /** Copied again. */
  readonly repaired: number;
}

/** By the name of the data set, in the order in which they were first verified. */
export function recordedSets(records: readonly LedgerRecord[]): RecordedSet[] {
  const sets = new Map<string, RecordedSet>();
  for (const { kind, at, values } of records) {
    const { dataSet, manifestHash: root } = values ?? {};
    if (kind === 'data_verified' && typeof dataSet === 'string' && typeof root === 'string')
      sets.set(dataSet, { dataSet, at, root });
  }
  return [...sets.values()];
}

export function realPlaces(region: string | undefined): DataPlaces {
  const config = { ...(region === undefined ? {} : { awsRegion: region }), ...loadConfig() };
  return s3Places(createS3Client(config), config.awsRegion === undefined ? {} : { region: config.awsRegion });
}

export async function proveAgain(
  places: DataPlaces,
  request: ProofRequest,
  onNotice: (text: string) => void,
  signal: AbortSignal,
): Promise<SetProof> {
  const { recorded, repair } = request;
  const store = places.openManifests(memoryUrl(request, recorded.dataSet, 'proof'));
  const manifest = await new CopyState(store).lastManifest();
  if (manifest === undefined) {
    const why = 'the ledger has no manifest of it: the reports of a transfer proved it, or it was removed';
    return { ...recorded, isProven: false, reasons: [why], repaired: 0 };
  }
  const { from, to } = manifest;
  const place = await places.openStore(to, { onNotice }, signal);
  try {
    const isSample = (key: string): boolean => isSampled(key, request.percent, request.seed);
    let proof = await prove(manifest, new CopyState(store), place, isSample, signal);
    let repaired = 0;
    if (repair && proof.differences.length > 0) {
      repaired = await copyAgain(places, request, { manifest, place, differences: proof.differences }, signal);
      proof = await prove(manifest, new CopyState(store), place, isSample, signal);
    }
    const reasons = reasonsFor(recorded, manifest, proof);
    return { ...recorded, isProven: reasons.length === 0, reasons, from, to, proof, repaired };
  } finally {
    await place.close();
  }
}

function reasonsFor(recorded: RecordedSet, manifest: Manifest, proof: ManifestProof): string[] {
  return [
    ...(proof.root === manifest.root ? [] : [`the manifest was changed: its lines have root ${proof.root}`]),
    ...(manifest.root === recorded.root
      ? []
      : [`the ledger says root ${recorded.root}, the manifest of ${manifest.run} has ${manifest.root}`]),
    ...(proof.differences.length === 0 ? [] : [`${proof.differences.length} objects differ or are missing`]),
    ...(proof.checked > 0 ? [] : ['nothing was looked at']),
  ];
}

function prove(
  manifest: Manifest,
  state: CopyState,
  place: ObjectTarget,
  isChosen: (key: string) => boolean,
  signal: AbortSignal,
): Promise<ManifestProof> {
  const { objectsMax, attemptsMax } = COPY_LIMITS;
  return proveManifest({
    lines: state.readerOf(manifest),
    place,
    objectsMax,
    isChosen,
    onChecked: () => undefined,
    throttle: new Throttle(objectsMax),
    clock: processClock(),
    signal,
    attemptsMax,
  });
}

interface Damage {
  readonly manifest: Manifest;
  readonly place: ObjectTarget;
  readonly differences: readonly Difference[];
}

/** What the source has changed since it was recorded is not copied. @returns how many were. */
async function copyAgain(
  places: DataPlaces,
  request: ProofRequest,
  { manifest, place, differences }: Damage,
  signal: AbortSignal,
): Promise<number> {
  const source = await places.openStore(manifest.from, { onNotice: () => undefined }, signal);
  const store = places.openManifests(memoryUrl(request, request.recorded.dataSet, 'repair'));
  try {
    const from = new SelectedSource(source, new Map(differences.map(({ key, sourceVersion }) => [key, sourceVersion])));
    const clock = processClock();
    const begun = await beginCopy(from, 1, 'repair', 'repair', signal);
    const { result } = await runCopy(
      {
        from,
        to: place,
        policy: {
          mode: 'verify',
          verify: { kind: 'full' },
          readBack: true,
          repair: true,
          overwrite: true,
          mirror: false,
        },
        deletePercentMax: 0,
        proven: NO_MANIFEST,
        store,
        limits: COPY_LIMITS,
        bandwidth: [],
        clock,
        signal,
        ...UNWATCHED,
      },
      begun,
    );
    return result.tally.copied;
  } finally {
    await store.removeAll('');
    await source.close();
  }
}
