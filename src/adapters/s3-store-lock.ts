/** Retention and legal holds: read from an object's headers, and written with a copy where its bucket can lock. */
import type http from 'node:http';
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import type { LockSupport, ObjectLock } from '../ports/object-store';
import { awsCodeOf } from './aws-errors';
import type { S3Listing } from './s3-store-listing';
import type { S3Wire } from './s3-store-wire';
import { textOf } from './s3-store-xml';

const MODE = 'x-amz-object-lock-mode';
const UNTIL = 'x-amz-object-lock-retain-until-date';
const HOLD = 'x-amz-object-lock-legal-hold';
/** What one gets who may not see a bucket's configuration, or from a server that knows none. */
const SAYS_NOTHING = new Set(['AccessDenied', 'Forbidden', 'MethodNotAllowed', 'NotImplemented', 'Http501']);

/** undefined: not locked, or not for us to see. */
export function lockFrom(headers: http.IncomingHttpHeaders): ObjectLock | undefined {
  const [mode, until] = [headers[MODE], Date.parse(String(headers[UNTIL]))];
  const isHeld = headers[HOLD] === 'ON';
  const isRetained = typeof mode === 'string' && !Number.isNaN(until);
  if (!isHeld && !isRetained) return undefined;
  return { isHeld, ...(isRetained ? { retention: { mode, until: until as EpochMs } } : {}) };
}

/** @param nowMs S3 refuses a retention that is over; it keeps nothing either. */
export function lockHeaders({ retention, isHeld }: ObjectLock, nowMs: number): Record<string, string> {
  const isRunning = retention !== undefined && retention.until > nowMs;
  return {
    ...(isRunning ? { [MODE]: retention.mode, [UNTIL]: new Date(retention.until).toISOString() } : {}),
    ...(isHeld ? { [HOLD]: 'ON' } : {}),
  };
}

export class S3Locks {
  private asked: Promise<LockSupport> | undefined;

  /** @param isDropped copies are written without locks. */
  constructor(
    private readonly wire: S3Wire,
    private readonly url: string,
    private readonly isDropped: boolean,
  ) {}

  /** Asked once. */
  async support(signal: AbortSignal): Promise<LockSupport> {
    this.asked ??= this.ask(signal);
    try {
      return await this.asked;
    } catch (error) {
      this.asked = undefined;
      throw error;
    }
  }

  /** Of a request that writes. @throws AwsRejected where the bucket cannot lock. */
  async headersFor(key: string, lock: ObjectLock | undefined, signal: AbortSignal): Promise<Record<string, string>> {
    const headers = lock === undefined || this.isDropped ? {} : lockHeaders(lock, Date.now());
    if (Object.keys(headers).length > 0 && (await this.support(signal)) === 'off')
      throw new MigrationError(
        'AwsRejected',
        `${key} is locked at the source (${describe(lock)}), and the bucket of ${this.url} has no object lock`,
      );
    return headers;
  }

  /** As ObjectSource.assertLocksReadable; asked of one object. */
  async assertReadable(listing: S3Listing, prefix: string, signal: AbortSignal): Promise<void> {
    const key = (await listing.page({ prefix, countMax: 1 }, signal)).objects[0]?.key;
    if (key === undefined) return;
    for (const [query, call] of [
      ['retention', 's3:GetObjectRetention'],
      ['legal-hold', 's3:GetObjectLegalHold'],
    ] as const) {
      try {
        await this.wire.send({ method: 'GET', key, query: [[query, '']], call, signal });
      } catch (error) {
        if ((error as { code?: unknown }).code === 'AwsDenied') throw error;
        // No such lock on that object, or a server that tells them with HEAD alone.
        signal.throwIfAborted();
      }
    }
  }

  private async ask(signal: AbortSignal): Promise<LockSupport> {
    const call = 's3:GetObjectLockConfiguration';
    try {
      const { text } = await this.wire.send({ method: 'GET', key: '', query: [['object-lock', '']], call, signal });
      return textOf(text, 'ObjectLockEnabled') === 'Enabled' ? 'on' : 'off';
    } catch (error) {
      const code = awsCodeOf(error) ?? '';
      if (code === 'ObjectLockConfigurationNotFoundError') return 'off';
      if (SAYS_NOTHING.has(code)) return 'unknown';
      throw error;
    }
  }
}

function describe(lock: ObjectLock | undefined): string {
  const retention = lock?.retention;
  const until = retention === undefined ? [] : [`${retention.mode} until ${new Date(retention.until).toISOString()}`];
  return [...until, ...(lock?.isHeld === true ? ['legal hold'] : [])].join(', ');
}
