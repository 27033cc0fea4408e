import { startJudging } from '../../src/analysis/judge';
import { readLedger } from '../../src/activities/ledger-chain';
import type { ObserveHeartbeat } from '../../src/activities/observe';
import type { ObserveInput, ObserveResult, RouteSides } from '../../src/contracts/activities';
import type { LedgerRecord } from '../../src/domain/record';
import { EMPTY_LEDGER } from '../../src/domain/record';
import { targetWeight } from '../../src/domain/weights';
import type { Traffic } from '../support/fakes';
import { fakeLedger } from '../support/fakes';
import { Stage } from './support';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A route at 50 %, both sides well, and an observer that looks every 10 s at windows of 10 s, 3 s after their end. */
export class Watched extends Stage {
  startMs = this.clock.now();
  sides!: RouteSides;

  static async begin(): Promise<Watched> {
    const stage = new Watched();
    stage.sides = await stage.buildTarget();
    stage.standing(stage.sides, 1, targetWeight(50));
    stage.startMs = stage.clock.now();
    return stage;
  }

  input(changes: Partial<ObserveInput> = {}): ObserveInput {
    const spec = this.spec();
    return {
      slice: 4,
      scope: { kind: 'router', metrics: { ...spec.source.metrics, periodSeconds: 10 }, sides: this.sides },
      policy: {
        mode: 'cutover',
        guardrails: { ...spec.guardrails, blindHoldMs: (5 * MINUTE) as never },
        healthyCountMin: 2,
        wanted: targetWeight(50),
        alpha: 1e-3,
        baselineBlock: 1,
        periodMs: 10_000,
        lateMsMax: 5 * MINUTE,
      },
      judge: startJudging(this.startMs as never),
      lagMs: 3_000,
      untilMs: (this.startMs + 10 * MINUTE) as never,
      checkEveryMs: 10_000,
      reportEveryMs: HOUR,
      phase: 'cutover',
      ledger: { url: this.place.ledger, workload: 'ranker', run: 'run-1', policyHash: 'p' },
      ledgerHead: EMPTY_LEDGER,
      ...changes,
    };
  }

  observe(changes: Partial<ObserveInput> = {}, heartbeatDetails?: unknown): Promise<ObserveResult> {
    const activities = this.activitiesHere();
    return this.inside(() => activities.observe(this.input(changes)), heartbeatDetails);
  }

  after(durationMs: number, act: () => void): void {
    this.clock.at(this.startMs + durationMs, act);
  }

  trafficAfter(durationMs: number, change: Partial<Traffic>): void {
    this.after(durationMs, () => this.world.setTraffic('ranker', change));
  }

  elapsedMs(): number {
    return this.clock.now() - this.startMs;
  }

  beats(): ObserveHeartbeat[] {
    return this.heartbeats as ObserveHeartbeat[];
  }

  kindsTold(): string[] {
    return this.world.signals.map(({ report }) => report.verdict.kind);
  }

  records(): Promise<LedgerRecord[]> {
    return readLedger(fakeLedger(this.world, this.place.ledger), 'ranker', 'run-1');
  }
}

/** First and last instant of a record's windows. */
export const spanOf = (record: LedgerRecord | undefined): [number | undefined, number | undefined] => [
  record?.windows?.[0]?.startMs,
  record?.windows?.at(-1)?.endMs,
];
