import { Context, log } from '@temporalio/activity';
import type { DataActivities, DataInput } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { parseS3Url } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import { migrationInTheWay, targetInUse } from './data-in-use';
import { memoryOf, orderOf, tellNotices } from './data-order';
import { createRangeActivities } from './data-ranges';
import { removeOwned, requireOurs } from './ownership';
import type { Ports } from './ports';
import { proveByReports } from './transfer-proof';
import { beating, beatingWith } from './waiting';

type DataPorts = Pick<Ports, 'data' | 'buckets' | 'transfer' | 'history' | 'openLedger'>;

export function createDataActivities({ data, buckets, transfer, history, openLedger }: DataPorts): DataActivities {
  return {
    async createBucket({ dataSet, region, owner, adopt }) {
      const bucket = bucketOf(dataSet);
      const found = await buckets.findBucket(bucket);
      if (found !== undefined) requireOurs({ what: `bucket ${bucket}`, owner, adopt }, found.owner);
      // Also for one that is there: an earlier attempt may have left it half made.
      await buckets.createBucket(dataSet, region, owner);
    },

    removeBucket: (input) =>
      removeOwned(
        `bucket ${bucketOf(input.dataSet)}`,
        input.owner,
        () => buckets.findBucket(bucketOf(input.dataSet)),
        () => beating(removeCopies({ data, buckets }, input)),
      ),

    async copyData(input) {
      const { dataSet } = input;
      const done = await beatingWith((onProgress) => data.copy(dataSet, orderOf(input, onProgress)));
      tellNotices(dataSet, done);
      const { copiedCount, copiedBytes, unchangedCount, deletedCount, durationMs, manifestHash, proofs } = done;
      return {
        objectCount: copiedCount + unchangedCount,
        byteCount: copiedBytes,
        copiedCount,
        unchangedCount,
        deletedCount,
        durationMs,
        manifestHash,
        ...(proofs === undefined ? {} : { proofs }),
      };
    },

    ...createRangeActivities({ data }),

    async verifyData(input) {
      const { dataSet, transfer: name } = input;
      const signal = Context.current().cancellationSignal;
      const proof = await beatingWith((onProgress) =>
        name === undefined
          ? data.verify(dataSet, orderOf(input, onProgress))
          : proveByReports(transfer, name, dataSet, (checkedCount) => onProgress({ checkedCount }), signal),
      );
      tellNotices(dataSet, proof);
      if (proof.mismatchCount > 0) {
        const named = proof.mismatches.join('; ');
        throw new MigrationError(
          'DataMismatch',
          `${dataSet.name}: ${proof.mismatchCount} of ${proof.objectCount} objects differ or are missing: ${named}`,
        );
      }
      // Nothing compared is nothing proven; most often a prefix that is misspelt.
      if (proof.objectCount === 0)
        throw new MigrationError('DataMismatch', `${dataSet.name}: there are no objects under ${dataSet.from}`);
      const { objectCount, byteCount, manifestHash, proofs } = proof;
      return { objectCount, byteCount, manifestHash, ...(proofs === undefined ? {} : { proofs }) };
    },

    whyNotSync: async ({ workload, ledger }) => ({
      reason: (await migrationInTheWay(history, workload)) ?? (await targetInUse(openLedger(ledger), workload)),
    }),
  };
}

async function removeCopies({ data, buckets }: Pick<Ports, 'data' | 'buckets'>, input: DataInput): Promise<void> {
  const { dataSet } = input;
  const bucket = bucketOf(dataSet);
  await buckets.stopReplication(dataSet);
  const left = [...(await data.removeCopies(dataSet, memoryOf(input), Context.current().cancellationSignal))];
  if (!(await buckets.removeEmptyBucket(bucket))) left.push(`s3://${bucket}`);
  if (left.length > 0) log.warn('not everything under the copies could be removed', { dataSet: dataSet.name, left });
}

function bucketOf(dataSet: DataSetSpec): string {
  const place = parseS3Url(dataSet.to);
  if (place === undefined)
    throw new MigrationError('SpecInvalid', `data set ${dataSet.name}: ${dataSet.to} is not an s3:// address`);
  return place.bucket;
}
