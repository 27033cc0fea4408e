import { listRuns, readLedger, readWhatIsLeft, verifyChain } from '../activities/ledger-chain';
import type { LeftLedger } from '../activities/ledger-chain';
import { createS3Client } from '../adapters/s3-client';
import { createOpenLedger } from '../adapters/s3-ledger';
import { loadConfig } from '../config';
import type { LedgerRecord } from '../domain/record';

export interface LedgerReader {
  /** Oldest first. */
  runs(workload: string): Promise<string[]>;
  /** @param run undefined: the newest. */
  read(workload: string, run: string | undefined): Promise<LedgerRecord[]>;
  /** As `read`, of a ledger that may be half-written. */
  readLeft(workload: string, run: string | undefined): Promise<LeftLedger>;
  /** @param recordCount how many there should be, when that is known from elsewhere. @returns one sentence per problem. */
  verify(records: readonly LedgerRecord[], workload: string, recordCount: number | undefined): string[];
}

/** @param region where the environment names none. */
export function openLedgerReader(url: string, region: string | undefined): LedgerReader {
  const config = loadConfig();
  const store = createOpenLedger(createS3Client({ ...(region === undefined ? {} : { awsRegion: region }), ...config }))(
    url,
  );
  return {
    runs: (workload) => listRuns(store, workload),
    read: (workload, run) => readLedger(store, workload, run),
    readLeft: (workload, run) => readWhatIsLeft(store, workload, run),
    verify: (records, workload, recordCount) =>
      verifyChain(records, {
        workload,
        ...(recordCount === undefined ? {} : { head: { seq: recordCount, hash: '' } }),
      }),
  };
}
