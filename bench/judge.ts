/**
 * `npm run bench:judge`: simulated cutovers of five days, without and with a difference, judged every minute by Crossfade
 * and by the rules of others. Seeded: the same numbers every time.
 */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageRoot } from '../lab/tools';
import { alphaPerTest } from '../src/analysis/budget';
import { planMigration } from '../src/domain/plan';
import type { MigrationSpec } from '../src/domain/spec';
import { parseSpec, readSpecFile } from '../src/spec';
import { boundMinutes } from './judge/bound';
import type { BenchCase } from './judge/cases';
import { CASES } from './judge/cases';
import type { RuleName } from './judge/rules';
import { RULES } from './judge/rules';
import type { Batch, BatchResult } from './judge/runs';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = {
  falseShare: 0.01,
  allowedShare: 0.01,
  missedShare: 0.01,
  minutesErrors: 15,
  minutesP99Modest: 15,
  minutesP99Usual: 15,
  wideToBound: 2.5,
  heavyToBound: 2.5,
  wrongToBestPeer: 1,
  lookMs: 0.1,
};

const THREADS = 2;
const BATCH = 10;
/** Shrinks every case, for a try. */
const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);

interface CaseResult {
  readonly scenario: BenchCase;
  readonly rolledBackAt: Record<RuleName, (number | null)[]>;
}

async function measure(): Promise<Measured> {
  const spec = parseSpec(readSpecFile(path.join(packageRoot(), 'examples', 'minimal.yaml')));
  const results: CaseResult[] = [];
  let [lookMs, lookCount] = [0, 0];
  for (const scenario of CASES) {
    const batches = await runBatches(spec, scenario);
    lookMs += batches.reduce((sum, batch) => sum + batch.lookMs, 0);
    lookCount += batches.reduce((sum, batch) => sum + batch.lookCount, 0);
    const rolledBackAt = Object.fromEntries(
      RULES.map((rule) => [rule, batches.flatMap((batch) => batch.rolledBackAt[rule])]),
    ) as Record<RuleName, (number | null)[]>;
    results.push({ scenario, rolledBackAt });
    say(lineOf({ scenario, rolledBackAt }));
  }
  return sumUp(spec, results, lookMs / lookCount);
}

async function runBatches(spec: MigrationSpec, scenario: BenchCase): Promise<BatchResult[]> {
  const runs = Math.max(1, Math.round(scenario.runs * SCALE));
  const queue: Batch[] = [];
  for (let seed = 0; seed < runs; seed += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, runs - seed) }, (_, index) => 1_000 + seed + index);
    queue.push({ spec, scenario, seeds });
  }
  const results: BatchResult[] = [];
  const drain = async (): Promise<void> => {
    for (let batch = queue.shift(); batch !== undefined; batch = queue.shift()) results.push(await inThread(batch));
  };
  await Promise.all(Array.from({ length: THREADS }, drain));
  return results;
}

function inThread(workerData: Batch): Promise<BatchResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(path.join(__dirname, 'judge', 'runs.js'), { workerData });
    thread.once('message', resolve);
    thread.once('error', reject);
  });
}

const shareOf = (list: readonly (number | null)[], rolledBack: boolean): number =>
  list.filter((at) => (at !== null) === rolledBack).length / list.length;
const medianOf = (list: readonly (number | null)[]): number => median(list.map((at) => at ?? Number.POSITIVE_INFINITY));

function lineOf({ scenario, rolledBackAt }: CaseResult): string {
  const cells = RULES.map((rule) => {
    const share = (shareOf(rolledBackAt[rule], true) * 100).toFixed(1);
    return `${rule} ${share.padStart(5)} % ${String(medianOf(rolledBackAt[rule])).padStart(8)} min`;
  });
  return `${scenario.name.padEnd(24)} ${scenario.isBad ? 'bad ' : 'good'} ${cells.join('  ')}`;
}

function sumUp(spec: MigrationSpec, results: readonly CaseResult[], lookMs: number): Measured {
  const alpha = alphaPerTest(planMigration(spec), spec.guardrails);
  const of = (name: string): CaseResult => results.find(({ scenario }) => scenario.name === name) as CaseResult;
  const minutes = (name: string): number => medianOf(of(name).rolledBackAt.crossfade);
  const shareIn = (rule: RuleName, pick: (scenario: BenchCase) => boolean, rolledBack: boolean): number =>
    shareOf(
      results.filter(({ scenario }) => pick(scenario)).flatMap(({ rolledBackAt }) => rolledBackAt[rule]),
      rolledBack,
    );
  const isSame = ({ isBad, targetRatio }: BenchCase): boolean => !isBad && targetRatio === 1;
  const isAllowed = ({ isBad, targetRatio }: BenchCase): boolean => !isBad && targetRatio !== 1;
  const falseOf = (rule: RuleName): number => shareIn(rule, isSame, true);
  const missedOf = (rule: RuleName): number => shareIn(rule, ({ isBad }) => isBad, false);
  const wrongOf = (rule: RuleName): number => falseOf(rule) + missedOf(rule);
  const peers = RULES.filter((rule) => rule !== 'crossfade');
  const boundOf = (name: string): number => {
    const { latency, targetRatio, requestsPerSecond, weights } = of(name).scenario;
    const perMinute = (requestsPerSecond * 60 * (weights[0] ?? 0)) / 100;
    return boundMinutes(latency, targetRatio, spec.guardrails.latency[0]?.ratioMax ?? 0, perMinute, alpha);
  };
  const named = (prefix: string, value: (rule: RuleName) => number): [string, number][] =>
    RULES.map((rule) => [`${prefix}_${rule}`, value(rule)]);
  const bounds = { wide: boundOf('P99 x 1.5, sigma 1.1'), heavy: boundOf('P99 x 1.5, heavy tail') };
  return {
    figures: {
      runs: results.reduce((sum, { rolledBackAt }) => sum + rolledBackAt.crossfade.length, 0),
      onePerTestIn: 1 / alpha,
      falseShare: falseOf('crossfade'),
      allowedShare: shareIn('crossfade', isAllowed, true),
      missedShare: missedOf('crossfade'),
      minutesErrors: minutes('errors 0.5 % to 2 %'),
      minutesP99Modest: minutes('P99 x 1.5, sigma 0.3'),
      minutesP99Usual: minutes('P99 x 1.5, sigma 0.6'),
      minutesP99Wide: minutes('P99 x 1.5, sigma 1.1'),
      minutesP99Heavy: minutes('P99 x 1.5, heavy tail'),
      boundMinutesWide: bounds.wide,
      boundMinutesHeavy: bounds.heavy,
      lookMs,
      ...Object.fromEntries([...named('false', falseOf), ...named('missed', missedOf)]),
    },
    ratios: {
      wideToBound: minutes('P99 x 1.5, sigma 1.1') / bounds.wide,
      heavyToBound: minutes('P99 x 1.5, heavy tail') / bounds.heavy,
      wrongToBestPeer: wrongOf('crossfade') / Math.min(...peers.map(wrongOf)),
    },
  };
}

if (require.main === module) void runBench('judge', LIMITS, measure);
