/** What the reports of a transfer prove about its target, where we cannot read the source ourselves. */
import { createHash } from 'node:crypto';
import { MigrationError } from '../domain/errors';
import type { DataSetSpec } from '../domain/spec';
import type { DataProof } from '../ports/data-mover';
import { isOver } from '../ports/managed-transfer';
import type { ManagedTransfer, ReportLine, TransferExecution } from '../ports/managed-transfer';

const MISMATCHES_NAMED = 20;
/** Files between two heartbeats. */
const PROGRESS_EVERY = 1_000;

interface Proven {
  readonly sizeBytes: number | undefined;
  readonly hash: string | undefined;
}

/** What all reports say together; a later one counts more than an earlier one. */
interface Account {
  /** Verified, and not in doubt since. */
  readonly proven: Map<string, Proven>;
  /** Files of the newest report: what the source holds. */
  readonly expected: Set<string>;
}

/**
 * Every file of the newest execution must have been verified by it or an earlier one, and be in the target with the size
 * that was verified. Holds one entry for each file in memory.
 * @throws NotFound without task or finished execution, TransferFailed when the newest has no report.
 */
export async function proveByReports(
  transfer: ManagedTransfer,
  name: string,
  dataSet: DataSetSpec,
  onProgress: (checkedCount: number) => void,
  signal: AbortSignal,
): Promise<DataProof> {
  const executions = await finishedExecutions(transfer, name);
  const account: Account = { proven: new Map(), expected: new Set() };
  let lineCount = 0;
  for (const execution of executions) {
    // Their report is missing, so what they did is in doubt; what they wrote is verified by a later one, or not at all.
    if (execution.report !== 'written') continue;
    account.expected.clear();
    for await (const line of transfer.readReport(dataSet, execution.arn)) {
      signal.throwIfAborted();
      takeLine(account, line);
      lineCount += 1;
      if (lineCount % PROGRESS_EVERY === 0) onProgress(account.expected.size);
    }
  }
  return compareTarget(transfer, dataSet, account, onProgress, signal);
}

/** Oldest first. */
async function finishedExecutions(transfer: ManagedTransfer, name: string): Promise<TransferExecution[]> {
  const task = await transfer.findTask(name);
  if (task === undefined) throw new MigrationError('NotFound', `transfer ${name} is not there: somebody deleted it`);
  const listed = await transfer.listExecutions(task.value.arn);
  const executions: TransferExecution[] = [];
  for (const { arn, status } of listed) if (isOver(status)) executions.push(await transfer.readExecution(arn));
  executions.sort((a, b) => a.startedAtMs - b.startedAtMs);
  const newest = executions.at(-1);
  if (newest === undefined) throw new MigrationError('NotFound', `transfer ${name} has not run yet: nothing is proven`);
  if (newest.report !== 'written')
    throw new MigrationError(
      'TransferFailed',
      `${newest.arn} wrote no task report, so it proves nothing: run it again`,
    );
  return executions;
}

function takeLine({ proven, expected }: Account, { kind, section, path, sizeBytes, hash, failure }: ReportLine): void {
  if (kind === 'directory') return;
  if (section === 'deleted') {
    proven.delete(path);
    return;
  }
  expected.add(path);
  if (section === 'skipped' && failure === undefined) return;
  if (section === 'verified' && failure === undefined) proven.set(path, { sizeBytes, hash });
  // Written again, or in trouble: what was verified before says nothing of what is there now. Within a report, what was
  // transferred is told before what was verified; told the other way round it would be too little proof, never too much.
  else proven.delete(path);
}

async function compareTarget(
  transfer: ManagedTransfer,
  dataSet: DataSetSpec,
  { proven, expected }: Account,
  onProgress: (checkedCount: number) => void,
  signal: AbortSignal,
): Promise<DataProof> {
  const sizes = new Map<string, number>();
  let seenCount = 0;
  for await (const { key, sizeBytes } of transfer.listTarget(dataSet)) {
    signal.throwIfAborted();
    if (expected.has(key)) sizes.set(key, sizeBytes);
    seenCount += 1;
    if (seenCount % PROGRESS_EVERY === 0) onProgress(sizes.size);
  }
  const manifest = createHash('sha256');
  const mismatches: string[] = [];
  let [byteCount, mismatchCount] = [0, 0];
  const paths = [...expected].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const path of paths) {
    const [entry, sizeBytes] = [proven.get(path), sizes.get(path)];
    const isProven = entry !== undefined && sizeBytes !== undefined && (entry.sizeBytes ?? sizeBytes) === sizeBytes;
    manifest.update(`${JSON.stringify([path, sizeBytes ?? null, entry?.hash ?? null])}\n`);
    byteCount += sizeBytes ?? 0;
    if (isProven) continue;
    mismatchCount += 1;
    if (mismatches.length < MISMATCHES_NAMED) mismatches.push(path);
  }
  onProgress(paths.length);
  return { objectCount: paths.length, byteCount, mismatches, mismatchCount, manifestHash: manifest.digest('hex') };
}
