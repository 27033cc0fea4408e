/**
 * The product's own observer with time of its own: an hour passes in HOUR_MS. It looks as often, reports as often and
 * cuts its slices as it would in 45 days; the workflow, whose holds are scaled by the same factor, lives in real time.
 *
 * 1. Scaled time goes on only while somebody watches, so that no gap between two slices looks like hours unwatched.
 * 2. The workflow sees the step's beginning in its own time; everything else of the judge's state is scaled time.
 * 3. A slice ends no earlier than the workflow's time for it is over.
 */
import { Context } from '@temporalio/activity';
import type { ObserveInput, ObserveResult } from '../../src/contracts/activities';
import { createObserveActivities } from '../../src/activities/observe';
import type { Ports } from '../../src/activities';
import type { Evidence, EvidenceWindow, ShadowAccount, SideWindow } from '../../src/domain/evidence';
import type { JudgeState } from '../../src/domain/judge-state';
import type { EpochMs } from '../../src/domain/quantity';

export const HOUR_MS = 100;
const HOUR = 3_600_000;
/** The playbook's: a check a minute, windows of a minute, three minutes late. */
const MINUTE = 60_000;
const LAG_MS = 3 * MINUTE;
const SLICE_MAX = 24 * HOUR;
const FACTOR = HOUR / HOUR_MS;

/** `24h` → what the spec says for it here. */
export const scaled = (hours: number): string => `${hours * HOUR_MS}ms`;

/** Of one slice. Unit: milliseconds. */
interface Clock {
  /** When the workflow asked for it, in real time. */
  readonly startedAt: number;
  /** The same moment in scaled time. */
  readonly beganAt: number;
  nowMs: number;
}

export interface Counts {
  looks: number;
  slices: number;
  reports: number;
}

export class ScaledObserver {
  readonly counts: Counts = { looks: 0, slices: 0, reports: 0 };
  private newest: Clock | undefined;
  private nowMs = Date.parse('2026-01-05T00:00:00Z');
  /** Where steps began in scaled time, by their beginning in the workflow's. */
  private readonly beginnings = new Map<EpochMs, EpochMs>();

  constructor(private readonly ports: Ports) {}

  async observe(input: ObserveInput): Promise<ObserveResult> {
    this.counts.slices += 1;
    const startedAt = Context.current().info.scheduledTimestampMs;
    const clock: Clock = { startedAt, beganAt: this.nowMs, nowMs: this.nowMs };
    this.newest = clock;
    const lengthMs = Math.min(SLICE_MAX, Math.ceil(((input.untilMs - startedAt) * FACTOR) / MINUTE) * MINUTE);
    const activities = createObserveActivities(this.scaledPorts(input, clock));
    const result = await activities.observe({
      ...input,
      judge: this.inward(input.judge),
      policy: { ...input.policy, periodMs: MINUTE, lateMsMax: LAG_MS + 5 * MINUTE, splitFromMs: 0 },
      lagMs: input.scope.kind === 'router' ? LAG_MS : input.lagMs,
      untilMs: (clock.beganAt + lengthMs) as EpochMs,
      checkEveryMs: MINUTE,
    });
    if (lengthMs < SLICE_MAX) await Context.current().sleep(Math.max(0, input.untilMs - Date.now()));
    return { ...result, judge: this.outward(result.judge, input) };
  }

  private async pass(clock: Clock, durationMs: number): Promise<void> {
    // Cut by the workflow: the cancellation is on its way, and hours would pass until it is here.
    if (this.newest !== clock) await Context.current().cancelled;
    clock.nowMs += durationMs;
    this.nowMs = clock.nowMs;
    const aheadMs = clock.startedAt + (clock.nowMs - clock.beganAt) / FACTOR - Date.now();
    if (aheadMs > 0) await Context.current().sleep(aheadMs);
    // Behind: no wait, but whoever else is there gets a turn.
    else await new Promise((resolve) => setImmediate(resolve));
  }

  private scaledPorts(input: ObserveInput, clock: Clock): Ports {
    const { ports, counts } = this;
    const read = (_a: unknown, _b: unknown, fromMs: EpochMs, toMs: EpochMs): Promise<Evidence> =>
      Promise.resolve({ complete: true, windows: windowsOf(input, fromMs, toMs) });
    return {
      ...ports,
      now: () => clock.nowMs,
      sleep: (durationMs) => this.pass(clock, durationMs),
      metrics: { ...ports.metrics, readWindows: read },
      shadow: { ...ports.shadow, readWindows: (tap, fromMs, toMs) => read(tap, undefined, fromMs, toMs) },
      router: {
        ...ports.router,
        readHealth: () => {
          counts.looks += 1;
          return Promise.resolve({ healthyCount: 4, registeredCount: 4 });
        },
      },
      signals: {
        observed: async (workflowId, report) => {
          counts.reports += 1;
          await ports.signals.observed(workflowId, { ...report, judge: this.outward(report.judge, input) });
        },
      },
    };
  }

  private inward(judge: JudgeState): JudgeState {
    const isFresh = judge.seenToMs === judge.fromMs;
    const nextMinute = (Math.ceil(this.nowMs / MINUTE) * MINUTE) as EpochMs;
    const fromMs = isFresh ? nextMinute : (this.beginnings.get(judge.fromMs) ?? nextMinute);
    this.beginnings.set(judge.fromMs, fromMs);
    return { ...judge, fromMs, seenToMs: isFresh ? fromMs : judge.seenToMs };
  }

  private outward(judge: JudgeState, input: ObserveInput): JudgeState {
    return { ...judge, fromMs: input.judge.fromMs };
  }
}

/** Steady traffic with numbers as long as real ones: what is carried around shall weigh what it weighs. */
function windowsOf(input: ObserveInput, fromMs: number, toMs: number): EvidenceWindow[] {
  const share = (input.policy.wanted?.target ?? 0) / 100;
  const perWindow = 12_345;
  const windows: EvidenceWindow[] = [];
  for (let startMs = fromMs; startMs + MINUTE <= toMs; startMs += MINUTE) {
    const latencyP99Ms = 38.123456 + ((startMs / MINUTE) % 97) / 71;
    const side = (requestCount: number): SideWindow => ({
      requestCount,
      errorCount: Math.floor(requestCount / 4_000),
      quantilesMs: { p99: latencyP99Ms },
    });
    const [startAt, endAt] = [startMs as EpochMs, (startMs + MINUTE) as EpochMs];
    const both =
      input.scope.kind === 'router'
        ? { source: side(Math.round(perWindow * (1 - share))), target: side(Math.round(perWindow * share)) }
        : {
            source: side(perWindow),
            target: side(Math.round(perWindow / 4)),
            shadow: accountOf(perWindow),
          };
    windows.push({ startMs: startAt, endMs: endAt, ...both });
  }
  return windows;
}

function accountOf(received: number): ShadowAccount {
  const mirrored = Math.round(received / 4);
  return {
    received,
    mirrored,
    dropped: 0,
    timedOut: 0,
    skipped: received - mirrored,
    compared: mirrored,
    mismatched: 0,
  };
}
