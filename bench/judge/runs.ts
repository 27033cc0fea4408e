/** One batch of simulated cutovers, in a thread of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { alphaPerTest, blockOf } from '../../src/analysis/budget';
import { quantileOf } from '../../src/analysis/histogram';
import type { JudgePolicy } from '../../src/domain/judge-state';
import { planMigration } from '../../src/domain/plan';
import type { MigrationSpec } from '../../src/domain/spec';
import type { BenchCase } from './cases';
import type { RuleName } from './rules';
import { createRule, RULES } from './rules';
import { Traffic } from './traffic';

export interface Batch {
  readonly spec: MigrationSpec;
  readonly scenario: BenchCase;
  readonly seeds: readonly number[];
}

/** By rule: the minute of the rollback of each run; null: none. */
export interface BatchResult {
  readonly rolledBackAt: Readonly<Record<RuleName, readonly (number | null)[]>>;
  /** CPU time of Crossfade's looks. Unit: milliseconds. */
  readonly lookMs: number;
  readonly lookCount: number;
}

const BASELINE_MINUTES = 2 * 1_440;
const BASELINE_SEED = 77;

export function run({ spec, scenario, seeds }: Batch): BatchResult {
  const limits = limitsOf(spec, scenario);
  const rolledBackAt: Record<RuleName, (number | null)[]> = {
    crossfade: [],
    argo: [],
    flagger: [],
    kayenta: [],
    peeking: [],
  };
  let [lookMs, lookCount] = [0, 0];
  for (const seed of seeds) {
    const traffic = new Traffic(scenario, seed);
    const open = new Map(RULES.map((name) => [name, createRule(name, limits)]));
    const ended = new Map<RuleName, number>();
    for (let minute = 0; minute < scenario.minutes && open.size > 0; minute += 1) {
      const window = traffic.minute(minute);
      for (const [name, rule] of open) {
        const began = name === 'crossfade' ? process.hrtime.bigint() : 0n;
        const isOver = rule.look(window, traffic.weightAt(minute));
        if (name === 'crossfade') {
          lookMs += Number(process.hrtime.bigint() - began) / 1e6;
          lookCount += 1;
        }
        if (!isOver) continue;
        ended.set(name, minute + 1);
        open.delete(name);
      }
    }
    for (const name of RULES) rolledBackAt[name].push(ended.get(name) ?? null);
  }
  return { rolledBackAt, lookMs, lookCount };
}

/** The source alone, before anything moves. */
function limitsOf(spec: MigrationSpec, scenario: BenchCase): Parameters<typeof createRule>[1] {
  const traffic = new Traffic(scenario, BASELINE_SEED);
  const p99s: number[] = [];
  let [errors, requests] = [0, 0];
  for (let minute = 0; minute < BASELINE_MINUTES; minute += 1) {
    const { source } = traffic.minute(minute, 0);
    p99s.push(quantileOf(source.latencies ?? [], 0.99));
    errors += source.errorCount;
    requests += source.requestCount;
  }
  const baselineP99Ms = p99s.sort((a, b) => a - b)[p99s.length >> 1] ?? Number.NaN;
  const policy: JudgePolicy = {
    mode: 'cutover',
    guardrails: spec.guardrails,
    healthyCountMin: 1,
    alpha: alphaPerTest(planMigration(spec), spec.guardrails),
    baselineQuantilesMs: { p99: baselineP99Ms },
    baselineErrorRate: errors / requests,
    baselineBlock: blockOf(spec),
    periodMs: 60_000,
    lateMsMax: 300_000,
  };
  return { policy, baselineP99Ms };
}

if (parentPort !== null) parentPort.postMessage(run(workerData as Batch));
