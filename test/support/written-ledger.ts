/** A ledger as a migration of the playbook leaves it, chained with the product's own code. */
import { chainRecord } from '../../src/activities/ledger-chain';
import type { Baseline, EvidenceWindow, ShadowAccount } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import { EMPTY_LEDGER } from '../../src/domain/record';
import type { Actor, LedgerEntry, LedgerHead, LedgerRecord } from '../../src/domain/record';
import type { Verdict } from '../../src/domain/verdict';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import type { Weights } from '../../src/domain/weights';

export const OWNER = {
  workload: 'ranker',
  run: '6f1d2c34-0000-4000-8000-00000000abcd',
  policyHash: 'c0ffee'.padEnd(64, '0'),
};
export const START_MS = Date.UTC(2026, 0, 5, 6, 0, 0);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const BY_POLICY: Actor = { requestedBy: 'crossfade', reason: 'the spec says so' };
const ADA: Actor = { requestedBy: 'ada', reason: 'the move to AWS, ticket 4711' };
const GRACE: Actor = { requestedBy: 'grace', reason: 'looked at the numbers of the step before' };

export interface Course {
  /** Hours of each hold; the waits at gates come in between. */
  readonly holdHours: number;
  readonly gateHours: number;
  readonly shadowHours: number;
  readonly standbyHours: number;
}

/** 45 days that are watched, a window a minute: 6 of shadow traffic, 13 of cutover with its gates, 26 until the source leaves. */
export const PLAYBOOK: Course = { holdHours: 24, gateHours: 96, shadowHours: 24, standbyHours: 22 * 24 };
/** The same in little. */
export const BRIEF: Course = { holdHours: 2, gateHours: 1, shadowHours: 2, standbyHours: 4 };

/** Deterministic noise. Range: 0 to 1. */
function noiseOf(index: number): number {
  const value = Math.sin(index * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

export class LedgerWriter {
  readonly records: LedgerRecord[] = [];
  private head: LedgerHead = EMPTY_LEDGER;
  nowMs = START_MS;
  private phase = 'starting';
  private minute = 0;

  write(entry: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind' | 'text'>): this {
    const whole = { at: this.nowMs as EpochMs, phase: this.phase, actor: BY_POLICY, ...entry };
    const record = chainRecord(OWNER, this.head, whole);
    this.head = { seq: record.seq, hash: record.hash };
    this.records.push(record);
    return this;
  }

  begin(phase: string): this {
    this.phase = phase;
    return this.write({ kind: 'phase_started', text: `phase ${phase} begins` });
  }

  finish(): this {
    return this.write({ kind: 'phase_finished', text: `phase ${this.phase} is finished` });
  }

  pass(hours: number): this {
    this.nowMs += hours * HOUR_MS;
    return this;
  }

  /** An hour a record, a window a minute. @param slow by how much the target is slower than the source. */
  watch(hours: number, weights: Weights, { copies = 0, slow = 1, errors = 1 } = {}): this {
    for (let hour = 0; hour < hours; hour += 1) {
      const windows = Array.from({ length: 60 }, (_, index) =>
        this.window(this.nowMs + index * MINUTE_MS, weights, { copies, slow, errors }),
      );
      this.nowMs += HOUR_MS;
      const verdict = verdictOf('pass', windows);
      const values = { fromMs: windows[0]?.startMs, toMs: this.nowMs, windowCount: 60, slice: 1 };
      const actor = { requestedBy: 'crossfade', reason: 'hourly evidence' };
      this.write({
        kind: 'evidence',
        text: `60 windows, verdict pass: ${verdict.reason}`,
        weights,
        verdict,
        windows,
        values,
        actor,
      });
    }
    return this;
  }

  gate(name: string, hours: number, weights: Weights, actor: Actor = GRACE): this {
    this.write({ kind: 'gate_opened', text: `gate ${name}: move on to ${name}?` });
    if (weights.target > 0) this.watch(hours, weights);
    else this.pass(hours);
    return this.write({ kind: 'gate_answered', text: `gate ${name} approved`, actor });
  }

  shift(weights: Weights): this {
    this.write({
      kind: 'shift_intended',
      text: `weights to ${weights.source}/${weights.target}, generation 2`,
      weights,
    });
    this.nowMs += 2_000;
    return this.write({
      kind: 'shift_confirmed',
      text: `weights ${weights.source}/${weights.target} read back`,
      weights,
    });
  }

  rollBack(reason: string, actor: Actor = BY_POLICY): this {
    this.write({ kind: 'rollback', text: `rollback from ${this.phase}: ${reason}`, actor, weights: ALL_ON_SOURCE });
    this.nowMs += 800;
    this.phase = 'rolled_back';
    return this.write({
      kind: 'rolled_back',
      text: 'traffic is on the source (generation 4); the target is kept',
      actor,
      weights: ALL_ON_SOURCE,
    });
  }

  private window(
    startMs: number,
    weights: Weights,
    { copies, slow, errors }: { copies: number; slow: number; errors: number },
  ): EvidenceWindow {
    const minute = (this.minute += 1);
    const day = 1 + 0.45 * Math.sin((startMs / (24 * HOUR_MS)) * 2 * Math.PI);
    const all = Math.round(1_800 * day * (0.94 + 0.12 * noiseOf(minute)));
    const share = (copies > 0 ? copies : weights.target) / 100;
    const target = Math.round(all * share);
    const source = copies > 0 ? target : all - target;
    const side = (count: number, salt: number, factor: number, rate: number): EvidenceWindow['source'] => {
      const tail = factor * (1 + 0.12 * noiseOf(minute * 3 + salt)) * (noiseOf(minute * 7 + salt) > 0.997 ? 1.7 : 1);
      const errorCount = Math.floor(count * rate + noiseOf(minute + salt));
      const quantilesMs = {
        p50: 18.4 * factor * (1 + 0.04 * noiseOf(minute * 5 + salt)),
        p95: 54 * tail * day ** 0.3,
        p99: 88 * tail * day ** 0.4,
      };
      return {
        requestCount: count,
        errorCount: Math.min(count, errorCount),
        quantilesMs: count === 0 ? {} : quantilesMs,
      };
    };
    return {
      startMs: startMs as EpochMs,
      endMs: (startMs + MINUTE_MS) as EpochMs,
      source: side(source, 1, 1, 0.0006),
      target: side(target, 2, 0.93 * slow, 0.0005 * errors),
      ...(copies > 0 ? { shadow: accountOf(all, target, minute) } : {}),
    };
  }
}

function accountOf(received: number, mirrored: number, minute: number): ShadowAccount {
  const mismatched = noiseOf(minute * 11) > 0.9 ? 1 : 0;
  return { received, mirrored, dropped: 0, timedOut: 0, skipped: received - mirrored, compared: mirrored, mismatched };
}

export function verdictOf(kind: Verdict['kind'], windows: readonly EvidenceWindow[]): Verdict {
  const requests = windows.reduce((sum, { target }) => sum + target.requestCount, 0);
  const cost = 0.000_41 + 0.000_02 * noiseOf(requests);
  return {
    kind,
    reason: kind === 'pass' ? 'every guardrail holds' : 'P99 of the target is 1.62 × the source now, 1.1 × is allowed',
    results: [
      {
        guardrail: 'errorSla',
        kind,
        reason: 'error rate of the target is 0.05 %, the SLA is 1 %',
        values: { errorRateMax: 0.01 },
      },
      {
        guardrail: 'latency',
        kind,
        reason: 'P99 of the target is 0.93 × the source now, 1.1 × is allowed',
        values: { quantile: 'p99', ratio: 0.93 },
      },
      {
        guardrail: 'cost',
        kind: 'pass',
        reason: 'cheaper',
        values: { sourceCost: 0.000_52, targetCost: cost, ratio: cost / 0.000_52, ratioMax: 1.2 },
      },
    ],
    evaluatedCount: 3,
    guardrailCount: 3,
  };
}

const PLAN = {
  workload: 'ranker',
  environment: [
    {
      kind: 'bucket',
      name: 's3://ranker-data',
      dataSet: { name: 'features', from: 's3://old', to: 's3://ranker-data', kmsKeyId: 'alias/ranker' },
    },
  ],
  shadow: [],
  cutover: [],
  gates: ['cutover-10', 'cutover-50', 'cutover-100', 'decommission'],
};

function baselineOf(toMs: number): Baseline {
  return {
    fromMs: (toMs - 7 * 24 * HOUR_MS) as EpochMs,
    toMs: toMs as EpochMs,
    windowsExpected: 10_080,
    windowsWithData: 10_071,
    gaps: [{ fromMs: (toMs - 9 * MINUTE_MS) as EpochMs, toMs: toMs as EpochMs }],
    requestCount: 18_127_800,
    requestsPerSecondAverage: 30,
    requestsPerSecondPeak: 47.2,
    errorRate: 0.000_61,
    latencyP50Ms: 18.7,
    latencyP95Ms: 57.1,
    latencyP99Ms: 93.4,
    quantilesMs: { p99: 93.4 },
    metrics: [],
  };
}

export function beginMigration(): LedgerWriter {
  const writer = new LedgerWriter();
  writer.write({
    kind: 'started',
    text: 'migration of ranker starts',
    actor: ADA,
    values: { plan: PLAN, policyHash: OWNER.policyHash },
  });
  writer.begin('baseline').pass(1);
  writer
    .write({
      kind: 'baseline',
      text: 'baseline: 18127800 requests, 30.0 a second',
      values: { baseline: baselineOf(writer.nowMs) },
    })
    .finish();
  return writer;
}

/** All of it, to the end. */
export function writeMigration({ holdHours, gateHours, shadowHours, standbyHours }: Course): LedgerWriter {
  const writer = beginMigration();
  writer.begin('environment').pass(0.5);
  writer.write({
    kind: 'data_verified',
    text: 'features: 48210 objects, 61203283968 bytes equal on both sides',
    values: { objectCount: 48_210, byteCount: 61_203_283_968, manifestHash: '9d5e'.padEnd(64, 'a') },
  });
  writer.write({ kind: 'smoke_compared', text: '3 of 3 smoke requests compared, outputs equivalent' }).finish();
  writer.begin('shadow');
  for (const copies of [5, 15, 25, 35, 45, 50]) {
    writer.write({ kind: 'step_started', text: `copying ${copies} % of the requests to the target` });
    writer.watch(shadowHours, ALL_ON_SOURCE, { copies });
    writer.write({ kind: 'step_finished', text: `shadow ${copies} %: passed`, verdict: verdictOf('pass', []) });
  }
  writer.finish().begin('cutover');
  for (const [index, percent] of [10, 25, 50, 75, 100].entries()) {
    const [before, after] = [writer.records.at(-1)?.weights ?? ALL_ON_SOURCE, targetWeight(percent)];
    if (percent % 50 === 0 || percent === 10)
      writer.gate(`cutover-${percent}`, gateHours, percent === 10 ? ALL_ON_SOURCE : before);
    writer.write({ kind: 'step_started', text: `cutover step ${index + 1}: ${after.source}/${after.target}` });
    writer.shift(after).watch(holdHours, after);
    writer.write({
      kind: 'step_finished',
      text: `${after.source}/${after.target}: passed`,
      weights: after,
      verdict: verdictOf('pass', []),
    });
  }
  const all = targetWeight(100);
  writer.finish().begin('decommission').watch(standbyHours, all).gate('decommission', gateHours, all);
  writer.write({ kind: 'point_of_no_return', text: 'the source leaves now; from here on there is no rollback' });
  writer
    .pass(0.1)
    .write({ kind: 'terminated', text: 'terminated: asg/ranker-old', values: { terminated: ['asg/ranker-old'] } })
    .finish();
  return writer.write({
    kind: 'completed',
    text: 'migration/ranker is complete: all traffic is on the target',
    weights: all,
  });
}
