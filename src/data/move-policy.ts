/** What a data set's spec means for the engine. */
import type { DataSetSpec } from '../domain/spec';
import type { Timetable } from '../domain/timetable';
import { hashOf } from './copy-state';
import type { CopyPolicy, Verify } from './decide';

export function copyPolicy(dataSet: DataSetSpec): CopyPolicy {
  return {
    ...policyOf('copy', { kind: 'changed' }, dataSet),
    overwrite: dataSet.overwrite === true,
    mirror: dataSet.sync?.deletes === 'mirror',
  };
}

export function verifyPolicy(dataSet: DataSetSpec, orderId: string): CopyPolicy {
  return policyOf('verify', verifyOf(dataSet, orderId), dataSet);
}

function policyOf(mode: CopyPolicy['mode'], verify: Verify, { compress }: DataSetSpec): CopyPolicy {
  const compressed = compress === undefined ? {} : { compress };
  return {
    mode,
    verify,
    ...compressed,
    readBack: false,
    repair: false,
    overwrite: false,
    mirror: false,
    keepsForeign: true,
  };
}

/** Each order takes a sample of its own, and all of its attempts the same. */
function verifyOf({ verify }: DataSetSpec, orderId: string): Verify {
  if (verify?.kind !== 'sample') return verify ?? { kind: 'full' };
  return { ...verify, seed: Number.parseInt(hashOf(orderId).slice(0, 8), 16) };
}

/** So many at once are together as fast as the spec allows for one. */
export function bandwidthOf({ bandwidth = [] }: DataSetSpec, shareCount: number): Timetable {
  return bandwidth.map((entry) => ({ ...entry, rate: entry.rate === undefined ? undefined : entry.rate / shareCount }));
}
