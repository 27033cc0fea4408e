/** Executions over time: each stays in every state for a while, one after the other within a task. */
import { setTimeout as delay } from 'node:timers/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { DataSyncAccount, ExecutionRecord } from './account';
import { phaseOver } from './counters';
import type { DataSyncFaults } from './faults';
import { parseManifest } from './filters';
import { writeReport } from './report';
import { openStore } from './stores';
import type { Places, Store } from './stores';
import { RunError, Transfer } from './transfer';

/** Shortest stay in each state. Unit: milliseconds. */
export interface Delays {
  readonly queuedMs: number;
  readonly launchingMs: number;
  readonly preparingMs: number;
  readonly transferringMs: number;
  readonly verifyingMs: number;
  readonly cancellingMs: number;
  /** From the end to the report. */
  readonly reportingMs: number;
}

const USUAL: Delays = {
  queuedMs: 200,
  launchingMs: 500,
  preparingMs: 300,
  transferringMs: 300,
  verifyingMs: 300,
  cancellingMs: 300,
  reportingMs: 300,
};

const MISMATCHES =
  'Transfer and verification completed. Verification detected mismatches. Files with mismatches are listed in ' +
  'Cloud Watch Logs';

export class Runs {
  delays: Delays;
  /** The last execution of each task that was queued, by the task's ARN. */
  private readonly chains = new Map<string, Promise<void>>();

  constructor(
    private readonly account: DataSyncAccount,
    private readonly faults: DataSyncFaults,
    private readonly places: Places,
    delays: Partial<Delays>,
  ) {
    this.delays = { ...USUAL, ...delays };
  }

  queue(execution: ExecutionRecord): void {
    const { arn } = execution.task;
    const before = this.chains.get(arn) ?? Promise.resolve();
    this.chains.set(
      arn,
      before.then(() => this.run(execution)),
    );
  }

  cancel(execution: ExecutionRecord): void {
    execution.status = 'CANCELLING';
    execution.cancel.abort();
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.chains.values());
  }

  private async run(execution: ExecutionRecord): Promise<void> {
    const uris = {
      source: this.uriOf(execution.task.input.SourceLocationArn),
      destination: this.uriOf(execution.task.input.DestinationLocationArn),
    };
    let transfer: Transfer | undefined;
    try {
      await this.stay(execution, 'QUEUED', this.delays.queuedMs);
      await this.stay(execution, 'LAUNCHING', this.delays.launchingMs);
      execution.launchedAt = new Date();
      transfer = await this.open(execution, uris);
      await this.work(execution, transfer);
      execution.status = 'SUCCESS';
    } catch (error) {
      await this.fail(execution, error);
    }
    execution.endedAt = new Date();
    execution.result.TotalDuration = execution.endedAt.getTime() - execution.startedAt.getTime();
    await this.report(execution, transfer, uris);
  }

  private async work(execution: ExecutionRecord, transfer: Transfer): Promise<void> {
    await this.phase(execution, 'Prepare', () => transfer.prepare());
    await this.phase(execution, 'Transfer', async () => {
      const error = this.faults.takeExecutionError();
      const failIfAsked = (): void => {
        if (error !== undefined) throw new RunError(error.errorCode, error.errorDetail);
      };
      await transfer.transfer(failIfAsked);
      failIfAsked();
    });
    if (execution.options.VerifyMode === 'NONE') phaseOver(execution.result, 'Verify', 'SUCCESS', 0);
    else
      await this.phase(execution, 'Verify', async () => {
        await transfer.verify();
        if (execution.counters.failedVerify > 0) throw new RunError('VerificationMismatch', MISMATCHES);
      });
    const { failedTransfer, failedPrepare } = execution.counters;
    if (failedTransfer + failedPrepare > 0) {
      execution.result.TransferStatus = 'ERROR';
      throw new RunError('FilesFailed', `${failedTransfer + failedPrepare} files could not be transferred.`);
    }
  }

  private async phase(
    execution: ExecutionRecord,
    name: 'Prepare' | 'Transfer' | 'Verify',
    act: () => Promise<void>,
  ): Promise<void> {
    const [status, stayMs] = {
      Prepare: ['PREPARING', this.delays.preparingMs] as const,
      Transfer: ['TRANSFERRING', this.delays.transferringMs] as const,
      Verify: ['VERIFYING', this.delays.verifyingMs] as const,
    }[name];
    const startedMs = performance.now();
    try {
      await this.stay(execution, status, stayMs);
      await act();
      phaseOver(execution.result, name, 'SUCCESS', performance.now() - startedMs);
    } catch (error) {
      phaseOver(execution.result, name, 'ERROR', performance.now() - startedMs);
      throw error;
    }
  }

  private async stay(execution: ExecutionRecord, status: ExecutionRecord['status'], ms: number): Promise<void> {
    execution.cancel.signal.throwIfAborted();
    execution.status = status;
    await delay(ms, undefined, { signal: execution.cancel.signal });
  }

  private async open(execution: ExecutionRecord, uris: { source: string; destination: string }): Promise<Transfer> {
    for (const uri of [uris.source, uris.destination])
      if (this.faults.isDenied(uri)) throw new RunError('PermissionDenied', `Access to ${uri} was denied.`);
    const [source, destination] = [openStore(this.places, uris.source), openStore(this.places, uris.destination)];
    await probe(source, uris.source);
    return new Transfer(execution, { source, destination, manifest: await this.manifestOf(execution) });
  }

  private async manifestOf({ manifest }: ExecutionRecord): Promise<Set<string> | undefined> {
    const place = manifest?.Source?.S3;
    if (place === undefined) return undefined;
    const Bucket = place.S3BucketArn?.split(':').at(-1);
    try {
      const reply = await this.places.s3.send(new GetObjectCommand({ Bucket, Key: place.ManifestObjectPath }));
      return parseManifest((await reply.Body?.transformToString()) ?? '');
    } catch (error) {
      throw new RunError('ManifestFileDoesNotExist', `The manifest ${place.ManifestObjectPath}: ${String(error)}`);
    }
  }

  private async fail(execution: ExecutionRecord, error: unknown): Promise<void> {
    if (execution.cancel.signal.aborted) {
      execution.status = 'CANCELLING';
      await delay(this.delays.cancellingMs);
    }
    const known = execution.cancel.signal.aborted
      ? new RunError('OperationCancelled', 'The task execution was cancelled.')
      : error instanceof RunError
        ? error
        : new RunError('InputOutputError', String(error));
    execution.result.ErrorCode = known.code;
    execution.result.ErrorDetail = known.detail;
    execution.status = 'ERROR';
  }

  private async report(
    execution: ExecutionRecord,
    transfer: Transfer | undefined,
    uris: { source: string; destination: string },
  ): Promise<void> {
    if (execution.report === undefined) return;
    await delay(this.delays.reportingMs);
    const rows = transfer?.rows ?? { transferred: [], verified: [], skipped: [], deleted: [] };
    execution.reportStatus = await writeReport(this.places.s3, execution, execution.report, rows, uris).then(
      () => 'SUCCESS' as const,
      () => 'ERROR' as const,
    );
  }

  private uriOf(locationArn: string | undefined): string {
    return this.account.locations.get(locationArn ?? '')?.uri ?? '';
  }
}

/** A server that is not there shows when its files are listed for the first time. */
async function probe(source: Store, uri: string): Promise<void> {
  const listing = source.list()[Symbol.asyncIterator]();
  await listing.next().catch((error: unknown) => {
    throw new RunError(source.kind === 's3' ? 'FsS3HeadBucketFailed' : 'InputOutputError', `${uri}: ${String(error)}`);
  });
  await listing.return?.(undefined);
}
