/** A theatre on a server that skips time: days pass in seconds, and every activity knows what time it is there. */
import { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Activities, ObserveInput } from '../../../src/contracts/activities';
import { World } from '../fakes';
import { Theatre } from './theatre';
import { startSkippingServer } from './time-skipping';
import type { SkippingServer } from './time-skipping';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * What a spec must say here: the heartbeat timeout hangs on it, and skipped time runs over that of an observer which
 * sleeps by the hour. The observers themselves look every minute all the same.
 */
export const CHECK_EVERY = '10h';
const LOOK_EVERY_MS = MINUTE_MS;

export class SkippedTime {
  private nowMs = 0;
  /** Slept in activities, but not yet on the server. */
  private owedMs = 0;
  private environment: TestWorkflowEnvironment | undefined;

  /** Unit: milliseconds since 1970, on the server's clock. */
  readonly now = (): number => this.nowMs;

  private readonly sawServerTime = (serverTimeMs: number): void => {
    this.nowMs = Math.max(this.nowMs, serverTimeMs);
  };

  /** Minutes are added up; the server sleeps by the hour. */
  private readonly sleep = async (durationMs: number): Promise<void> => {
    this.nowMs += durationMs;
    this.owedMs += durationMs;
    if (this.owedMs < HOUR_MS) return;
    const hours = this.owedMs;
    this.owedMs = 0;
    // The activity that sleeps holds the time as well.
    const clock = this.environment?.connection.testService;
    await clock?.unlockTimeSkipping({});
    await this.pass(hours);
    await clock?.lockTimeSkipping({});
    if (Context.current().cancellationSignal.aborted) throw new CancelledFailure('cut');
  };

  /** For a test to let time go by where no observer does it. */
  async pass(durationMs: number): Promise<void> {
    await this.environment?.sleep(durationMs);
  }

  async open(server: SkippingServer, queues?: readonly string[]): Promise<Theatre> {
    this.environment = await startSkippingServer(server);
    this.sawServerTime(await this.environment.currentTimeMs());
    const byTheMinute = ({ observe }: Activities): Partial<Activities> => ({
      observe: (input: ObserveInput) => observe({ ...input, checkEveryMs: LOOK_EVERY_MS }),
    });
    return Theatre.open({
      environment: this.environment,
      sleep: this.sleep,
      onTime: this.sawServerTime,
      replace: byTheMinute,
      ...(queues === undefined ? {} : { queues }),
    });
  }

  world(): World {
    return new World(this.now);
  }
}

/** Nothing about time: the playbook's numbers are the defaults. */
export function playbookDocument(document: Readonly<Record<string, unknown>>, tap: string): Record<string, unknown> {
  const {
    baseline: _baseline,
    cutover: _cutover,
    decommission: _decommission,
    guardrails: _guardrails,
    ...rest
  } = document;
  const source = { ...(rest['source'] as object), metrics: { kind: 'cloudwatch' } };
  return { ...rest, source, shadow: { tap }, checkEvery: CHECK_EVERY };
}
