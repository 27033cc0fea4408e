import { parseTimetable } from '../domain/timetable';
import type { DataSetSpec, DataStorageSpec, DataVerify, FollowSpec, ExpectedData } from '../domain/spec';
import { msOf } from './scalars';
import type { SpecDocument } from './schema';
import { samplePercent, SYNC_DEFAULTS } from './schema-data';
import { normalUrl, toSource, withDataSync } from './to-datasync';

type Written = SpecDocument['data'][number];

/** What is left out stays left out, so that the plan of a spec that was written before stays what it was. */
export function toDataSet(written: Written): DataSetSpec {
  const { name, to, method, kmsKeyId, infrequentAccessAfterDays, kind, deadline, fileSystem } = written;
  const { verify, overwrite, bandwidth, storageClass, compress, fanOut } = written;
  const dataSet: DataSetSpec = {
    name,
    from: toSource(written),
    to: normalUrl(to),
    method,
    infrequentAccessAfterDays,
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
    ...(kind === undefined ? {} : { kind }),
    ...(written.snowball === undefined ? {} : { snowball: written.snowball }),
    ...(written.directConnect === undefined ? {} : { directConnect: written.directConnect }),
    ...(written.expected === undefined ? {} : { expected: toExpected(written.expected) }),
    ...(deadline === undefined ? {} : { deadlineMs: deadline }),
    ...toSync(written),
    ...(verify === undefined ? {} : { verify: toVerify(verify) }),
    ...(overwrite === undefined ? {} : { overwrite }),
    ...(bandwidth === undefined ? {} : { bandwidth: parseTimetable(bandwidth) }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(compress === undefined ? {} : { compress }),
    // One range is the copy as it is without.
    ...(fanOut === undefined || fanOut === 1 ? {} : { fanOut }),
    ...(written.storage === undefined ? {} : { storage: toStorage(written.storage) }),
    ...(fileSystem === undefined ? {} : { fileSystem }),
    ...(written.readCheck === undefined ? {} : { readCheck: written.readCheck }),
  };
  return withDataSync(dataSet, written);
}

function toVerify(written: string): DataVerify {
  const percent = samplePercent(written);
  if (percent !== undefined) return { kind: 'sample', percent };
  return { kind: written === 'changed' ? 'changed' : 'full' };
}

export function toExpected(expected: NonNullable<Written['expected']>): ExpectedData {
  const { bytes, objects, changePerDay, bandwidth, distance } = expected;
  return {
    ...(bytes === undefined ? {} : { bytes }),
    ...(objects === undefined ? {} : { objects }),
    ...(changePerDay === undefined ? {} : { changeBytesPerDay: changePerDay }),
    ...(bandwidth === undefined ? {} : { bandwidthBytesPerSecond: bandwidth }),
    ...(distance === undefined ? {} : { distance }),
  };
}

function toSync(written: Written): { sync?: FollowSpec } {
  if (written.syncEvery === undefined) return {};
  return {
    sync: {
      everyMs: written.syncEvery,
      freezeMaxMs: written.freezeMax ?? msOf(SYNC_DEFAULTS.freezeMax),
      freeze: written.freeze ?? SYNC_DEFAULTS.freeze,
      deletes: written.deletes ?? SYNC_DEFAULTS.deletes,
      maxDeletePercent: written.maxDeletePercent ?? SYNC_DEFAULTS.maxDeletePercent,
    },
  };
}

function toStorage(storage: NonNullable<Written['storage']>): DataStorageSpec {
  const { glacierAfterDays, intelligentTiering, inventory, replication } = storage;
  const { archiveAfterDays, deepArchiveAfterDays } = intelligentTiering ?? {};
  return {
    ...(glacierAfterDays === undefined ? {} : { glacierAfterDays }),
    ...(intelligentTiering === undefined
      ? {}
      : {
          intelligentTiering: {
            ...(archiveAfterDays === undefined ? {} : { archiveAfterDays }),
            ...(deepArchiveAfterDays === undefined ? {} : { deepArchiveAfterDays }),
          },
        }),
    ...(inventory === undefined ? {} : { inventory }),
    ...(replication === undefined ? {} : { replication }),
  };
}
