/**
 * Claims as workflows: one lock is one execution whose ID comes from the ARN, so the server itself lets only one in.
 * The holder stands in the memo, which can be read without a worker.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { MigrationError } from '../domain/errors';
import type { ClaimHolder, Claims } from '../ports/claims';
import { temporalError, undefinedIfMissing } from './temporal-errors';

const WORKFLOW_TYPE = 'holdClaim';
const RELEASE_SIGNAL = 'release';
const ACQUIRE_TRIES = 5;
const RELEASE_WAIT_MS = 10_000;
const RELEASE_POLL_MS = 100;

/** An ARN may be longer than an ID should be, and holds characters that make a URL hard to read. */
export function claimId(arn: string): string {
  return `claim/${createHash('sha256').update(arn).digest('hex').slice(0, 32)}`;
}

export class TemporalClaims implements Claims {
  /** @param taskQueue where a worker runs `holdClaim`. */
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  async acquire(arn: string, holder: ClaimHolder): Promise<ClaimHolder> {
    for (let attempt = 0; attempt < ACQUIRE_TRIES; attempt += 1) {
      if (await this.start(arn, holder)) return holder;
      const current = await this.holderOf(arn);
      if (current !== undefined) return current;
      // It was released between the two questions: ask again.
    }
    throw new MigrationError('TemporalUnreachable', `claim on ${arn}: taken and free in turn, ${ACQUIRE_TRIES} times`);
  }

  async release(arn: string, workload: string): Promise<void> {
    const holder = await this.holderOf(arn);
    if (holder?.workload !== workload) return;
    const handle = this.client.workflow.getHandle(claimId(arn));
    await undefinedIfMissing(`releasing the claim on ${arn}`, () => handle.signal(RELEASE_SIGNAL, { workload }));
    // Until the lock has ended, the same workload's next acquire would find it, take it for its own, and then lose it.
    for (let waitedMs = 0; waitedMs < RELEASE_WAIT_MS; waitedMs += RELEASE_POLL_MS) {
      if ((await this.holderOf(arn)) === undefined) return;
      await delay(RELEASE_POLL_MS);
    }
    throw new MigrationError(
      'TemporalUnreachable',
      `the claim on ${arn} was told to end and still runs: is a worker on task queue ${this.taskQueue}?`,
    );
  }

  /** @returns false when somebody holds it. */
  private async start(arn: string, holder: ClaimHolder): Promise<boolean> {
    const { workload, workflowId } = holder;
    try {
      await this.client.workflow.start(WORKFLOW_TYPE, {
        workflowId: claimId(arn),
        taskQueue: this.taskQueue,
        args: [{ arn, workload, workflowId }],
        memo: { arn, workload, workflowId },
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        staticSummary: `${workload} holds ${arn.split('/').slice(-3).join('/')}`.slice(0, 200),
      });
      return true;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
      throw temporalError(error, `claiming ${arn}`);
    }
  }

  /** @returns undefined: nobody. */
  private async holderOf(arn: string): Promise<ClaimHolder | undefined> {
    const handle = this.client.workflow.getHandle(claimId(arn));
    const description = await undefinedIfMissing(`reading the claim on ${arn}`, () => handle.describe());
    if (description?.status.name !== 'RUNNING') return undefined;
    const { workload, workflowId } = description.memo ?? {};
    // Without a readable name it is still a lock, and somebody else's.
    return { workload: textOr(workload, 'unknown'), workflowId: textOr(workflowId, description.workflowId) };
  }
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
