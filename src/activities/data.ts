import { Context, heartbeat, log } from '@temporalio/activity';
import type { DataActivities } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import { parseS3Url } from '../domain/resources';
import type { DataSetSpec } from '../domain/spec';
import { migrationInTheWay, targetInUse } from './data-in-use';
import { removeOwned, requireOurs } from './ownership';
import type { Ports } from './ports';
import { proveByReports } from './transfer-proof';
import { beating } from './waiting';

type DataPorts = Pick<Ports, 'data' | 'transfer' | 'history' | 'openLedger'>;

export function createDataActivities({ data, transfer, history, openLedger }: DataPorts): DataActivities {
  return {
    async createBucket({ dataSet, region, owner, adopt }) {
      const bucket = bucketOf(dataSet);
      const found = await data.findBucket(bucket);
      if (found !== undefined) requireOurs({ what: `bucket ${bucket}`, owner, adopt }, found.owner);
      // Also for one that is there: an earlier attempt may have left it half made.
      await data.createBucket(dataSet, region, owner);
    },

    removeBucket: ({ dataSet, owner }) =>
      removeOwned(
        `bucket ${bucketOf(dataSet)}`,
        owner,
        () => data.findBucket(bucketOf(dataSet)),
        async () => {
          const left = await beating(data.removeCopies(dataSet));
          if (left.length > 0)
            log.warn('not everything under the copies could be removed', { dataSet: dataSet.name, left });
        },
      ),

    async copyData({ dataSet }) {
      const done = await data.copy(dataSet, (progress) => heartbeat(progress), Context.current().cancellationSignal);
      const { copiedCount, copiedBytes, unchangedCount, deletedCount, durationMs } = done;
      const objectCount = copiedCount + unchangedCount;
      return { objectCount, byteCount: copiedBytes, copiedCount, unchangedCount, deletedCount, durationMs };
    },

    async verifyData({ dataSet, transfer: name }) {
      const onProgress = (checkedCount: number): void => heartbeat({ checkedCount });
      const signal = Context.current().cancellationSignal;
      const proof =
        name === undefined
          ? await data.verify(dataSet, onProgress, signal)
          : await proveByReports(transfer, name, dataSet, onProgress, signal);
      if (proof.mismatchCount > 0) {
        const named = proof.mismatches.join(', ');
        throw new MigrationError(
          'DataMismatch',
          `${dataSet.name}: ${proof.mismatchCount} of ${proof.objectCount} objects differ or are missing: ${named}`,
        );
      }
      // Nothing compared is nothing proven; most often a prefix that is misspelt.
      if (proof.objectCount === 0)
        throw new MigrationError('DataMismatch', `${dataSet.name}: there are no objects under ${dataSet.from}`);
      const { objectCount, byteCount, manifestHash } = proof;
      return { objectCount, byteCount, manifestHash };
    },

    whyNotSync: async ({ workload, ledger }) => ({
      reason: (await migrationInTheWay(history, workload)) ?? (await targetInUse(openLedger(ledger), workload)),
    }),
  };
}

function bucketOf(dataSet: DataSetSpec): string {
  const place = parseS3Url(dataSet.to);
  if (place === undefined)
    throw new MigrationError('SpecInvalid', `data set ${dataSet.name}: ${dataSet.to} is not an s3:// address`);
  return place.bucket;
}
