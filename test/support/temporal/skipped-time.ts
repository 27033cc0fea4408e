/** A theatre on a server that skips time: days pass in seconds, and only observers let them pass. */
import { Context } from '@temporalio/activity';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { ObserveInput, ObserveResult } from '../../../src/contracts/activities';
import { SEARCH_ATTRIBUTES } from '../../../src/worker';
import { World } from '../fakes';
import { quietRuntime } from './server';
import { Theatre } from './theatre';

const HOUR_MS = 3_600_000;
/** Numbers of Temporal's IndexedValueType. */
const INDEXED_VALUE_TYPES = { Keyword: 2, Int: 3 } as const;

/**
 * What a spec must say here: an observer's heartbeat timeout is three times this, and skipped time runs over that of an
 * observer which sleeps by the hour.
 */
export const CHECK_EVERY = '10h';

export class SkippedTime {
  private nowMs = 0;
  readonly world = new World(() => this.nowMs);

  private constructor(private readonly environment: TestWorkflowEnvironment) {}

  /** @param program of the server that skips time. */
  static async open(program: string): Promise<{ theatre: Theatre; time: SkippedTime }> {
    quietRuntime();
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: program } },
    });
    const { connection, namespace } = environment;
    // An upsert of an unknown attribute wedges a run, here as anywhere.
    const searchAttributes = Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, INDEXED_VALUE_TYPES[type]]),
    );
    await connection.operatorService.addSearchAttributes({ namespace: namespace ?? 'default', searchAttributes });
    const time = new SkippedTime(environment);
    const theatre = await Theatre.open({
      environment,
      onTime: (serverTimeMs) => time.reach(serverTimeMs),
      sleep: (durationMs) => Promise.resolve(time.reach(time.nowMs + durationMs)),
      replace: (activities) => ({ observe: (input) => time.observe(input, (slice) => activities.observe(slice)) }),
    });
    return { theatre, time };
  }

  private reach(timeMs: number): void {
    this.nowMs = Math.max(this.nowMs, timeMs);
  }

  /** Sleeps by the hour until the slice is over, then looks once, at all of it: the loop has tests of its own. */
  private async observe(
    input: ObserveInput,
    look: (input: ObserveInput) => Promise<ObserveResult>,
  ): Promise<ObserveResult> {
    const { environment } = this;
    for (
      let nowMs = await environment.currentTimeMs();
      nowMs < input.untilMs;
      nowMs = await environment.currentTimeMs()
    ) {
      await environment.sleep(Math.min(HOUR_MS, input.untilMs - nowMs));
      Context.current().heartbeat();
      if (Context.current().cancellationSignal.aborted) await Context.current().cancelled;
    }
    this.reach((await environment.currentTimeMs()) + input.lagMs + input.policy.periodMs);
    return look({ ...input, policy: { ...input.policy, watchedToMs: input.untilMs + input.policy.periodMs } });
  }
}
