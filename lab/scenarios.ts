/** What the demo can show, and what each scenario promises. The same scenarios are the end-to-end tests. */
import { setTimeout as delay } from 'node:timers/promises';
import type { StatusView } from '../src/contracts/messages';
import type { Drive, Sample } from './drive';
import type { Road } from './spec';
import { SMALL_TENANT } from './traffic/generator';

export interface ScenarioEnd {
  readonly sample: Sample;
  readonly outcome: string;
}

export interface Scenario {
  /** One sentence for people. */
  readonly promise: string;
  /** Where it makes sense; everywhere when left out. */
  readonly roads?: readonly Road[];
  /** What this scenario needs of the spec. */
  readonly shape?: (spec: LabSpec) => LabSpec;
  /** Breaks or asks something, and waits for the end. */
  readonly act: (drive: Drive) => Promise<ScenarioEnd>;
  /** Promises that did not come true, each one sentence; empty: all did. */
  readonly broken: (end: ScenarioEnd, drive: Drive) => string[];
}

/** As wide as scenarios shape it. */
export type LabSpec = Readonly<Record<'shadow' | 'guardrails' | 'cutover', object>>;

/** One step of copies. */
function withShadow(spec: LabSpec, percent: number, hold: string): LabSpec {
  return { ...spec, shadow: { ...spec.shadow, startPercent: percent, maxPercent: percent, firstHold: hold, hold } };
}

const atWeight = (percent: number) => (status: StatusView) =>
  status.phase === 'cutover' && status.wanted.target >= percent && status.verdict !== null;
const completed = (status: StatusView): boolean => status.outcome === 'completed';
const rolledBack = (status: StatusView): boolean => status.phase === 'rolled_back';

function unless(holds: boolean, sentence: string): string[] {
  return holds ? [] : [sentence];
}

async function toCompletion(drive: Drive): Promise<ScenarioEnd> {
  return { sample: await drive.until('completion', completed), outcome: 'completed' };
}

async function toRollback(drive: Drive): Promise<ScenarioEnd> {
  const before = await drive.until('the rollback', rolledBack);
  // The load balancer takes the new weights within a second, or who asked DNS before stays until the slowest resolver
  // asks again; from then on the users' own view counts.
  await delay(1_000 + drive.overstayMs);
  await drive.sample();
  await delay(2_000);
  const sample = (await drive.sample()) ?? before;
  return { sample, outcome: 'rolled_back' };
}

function completesUnharmed({ sample }: ScenarioEnd): string[] {
  const { status, totals } = sample;
  return [
    ...unless(totals.failed === 0, `${totals.failed} user requests failed: ${totals.lastFailures.join(', ')}`),
    ...unless(
      status.phases.length === 5 && status.phases.every(({ verdict }) => verdict === 'pass'),
      'not every phase passed',
    ),
    ...unless(status.shadow.mirrored > 0, 'no request was mirrored'),
    ...unless(status.shadow.unaccounted === 0, `${status.shadow.unaccounted} shadow requests are unaccounted for`),
  ];
}

/** After a rollback the newest users are served by the source alone. */
function backOnSource({ sample }: ScenarioEnd, drive: Drive): string[] {
  const last = [...drive.weights].reverse().find(({ observed }) => observed !== null);
  return [
    ...unless(sample.status.wanted.target === 0, 'the weights are not back on the source'),
    ...unless(last?.observed === 0, `the target still serves ${last?.observed ?? 'an unknown share'} % of the users`),
  ];
}

/** Caught before anybody was answered by the target. */
function unseen(end: ScenarioEnd, drive: Drive): string[] {
  const { toTarget, failed } = end.sample.totals;
  return [
    ...backOnSource(end, drive),
    ...unless(toTarget === 0, `${toTarget} users were answered by the target`),
    ...unless(failed === 0, `${failed} user requests failed`),
  ];
}

const highestWeight = (drive: Drive): number => Math.max(0, ...drive.weights.map(({ wanted }) => wanted));

export const SCENARIOS = {
  healthy: {
    promise: 'completes all five phases; not one user request fails',
    act: toCompletion,
    broken: completesUnharmed,
  },
  'slow-target': {
    promise: 'the target becomes slow at 25 %: traffic is back on the source without a person',
    act: async (drive) => {
      await drive.lab.setModelFault(drive.workload, 'target', { extraLatencyMs: 400, fromWeightPercent: 25 });
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...backOnSource(end, drive),
      ...unless(
        highestWeight(drive) === 25,
        `the weight went to ${highestWeight(drive)} %, the target is slow from 25 %`,
      ),
      ...unless(
        /P50 of the target/.test(end.sample.status.rollback?.reason ?? ''),
        'the reason of the rollback is not the latency',
      ),
    ],
  },
  'failing-target': {
    promise: 'the target fails from 50 %: traffic is back on the source without a person',
    act: async (drive) => {
      await drive.lab.setModelFault(drive.workload, 'target', { errorRate: 0.5, fromWeightPercent: 50 });
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...backOnSource(end, drive),
      ...unless(
        highestWeight(drive) === 50,
        `the weight went to ${highestWeight(drive)} %, the target fails from 50 %`,
      ),
      ...unless(
        /error rate/.test(end.sample.status.rollback?.reason ?? ''),
        'the reason of the rollback is not the error rate',
      ),
    ],
  },
  'slow-burn': {
    promise:
      'the target becomes 0.5 % slower every hour, four hours a second: back on the source before it is the only one',
    shape: (spec) => ({
      ...withShadow(spec, 50, '3s'),
      guardrails: { ...spec.guardrails, latency: [{ quantile: 'p50', ratioMax: 1.3, ratioDetect: 6 }] },
      // Ten days at half of the traffic: a step has evidence of its own.
      cutover: { ...spec.cutover, weights: [50, 100], stabilization: '60s' },
    }),
    act: async (drive) => {
      await drive.lab.setModelFault(drive.workload, 'target', { driftPerSecond: 0.02, fromWeightPercent: 50 });
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...backOnSource(end, drive),
      ...unless(end.sample.totals.failed === 0, `${end.sample.totals.failed} user requests failed`),
      ...unless(highestWeight(drive) === 50, `the weight went to ${highestWeight(drive)} %, it was slow at 50 %`),
      ...unless(
        /^P50 of the target/.test(end.sample.status.rollback?.reason ?? ''),
        'the reason of the rollback is not the latency',
      ),
    ],
  },
  'bad-segment': {
    promise: 'the target fails for one tenant, 5 % of the traffic: caught in shadow, though the mean is fine',
    // The header that names the tenant does not reach a container of SageMaker.
    roads: ['alb'],
    shape: (spec) => withShadow(spec, 50, '20s'),
    act: async (drive) => {
      await drive.lab.setModelFault(drive.workload, 'target', { errorRate: 1, tenant: SMALL_TENANT });
      await drive.until('shadow traffic', (status) => status.phase === 'shadow');
      await drive.lab.setTraffic(drive.workload, { ratePerSecond: 100 });
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...unseen(end, drive),
      ...unless(
        (end.sample.status.rollback?.reason ?? '').startsWith(`${SMALL_TENANT}: `),
        'the reason of the rollback is not the tenant alone',
      ),
    ],
  },
  'wrong-answers': {
    promise: 'the target answers wrongly: caught in shadow, no user ever sees it',
    act: async (drive) => {
      await drive.until('shadow traffic', (status) => status.phase === 'shadow');
      await drive.lab.setModelFault(drive.workload, 'target', { wrong: true });
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...unseen(end, drive),
      ...unless(
        /outputs differ/.test(end.sample.status.rollback?.reason ?? ''),
        'the reason of the rollback is not the outputs',
      ),
    ],
  },
  'sparse-traffic': {
    promise: 'too few requests to judge: the step is extended, then a person is asked',
    act: async (drive) => {
      await drive.until('the first weight', atWeight(10));
      await drive.lab.setTraffic(drive.workload, { ratePerSecond: 2 });
      const sample = await drive.until('the question', (status) => status.gate?.name.startsWith('evidence-') === true);
      return { sample, outcome: 'asked' };
    },
    broken: ({ sample }, drive) => [
      ...unless(
        sample.status.decisions.filter((line) => line.includes('extended by')).length >= 2,
        'the step was not extended twice',
      ),
      ...unless(
        sample.status.verdict?.kind === 'insufficient',
        `the verdict is ${sample.status.verdict?.kind ?? 'missing'}`,
      ),
      ...unless(highestWeight(drive) === 10, `the weight went to ${highestWeight(drive)} % without evidence`),
    ],
  },
  'metrics-outage': {
    promise: 'metrics stop: the step holds, and goes on when they return',
    act: async (drive) => {
      await drive.until('25 %', atWeight(25));
      await drive.lab.setGatewayFault({
        service: 'monitoring',
        operation: 'GetMetricData',
        // Other workloads of the lab keep their metrics.
        contains: drive.sourceMetric,
        effect: { kind: 'outage', as: 'error' },
      });
      const blind = await drive.until('blindness', (status) => status.verdict?.kind === 'blind');
      await delay(4_000);
      const held = await drive.until('a look at the hold', () => true);
      await drive.lab.clearGatewayFaults();
      if (held.status.wanted.target !== blind.status.wanted.target)
        throw new Error('the weight moved while nobody could see');
      return toCompletion(drive);
    },
    broken: completesUnharmed,
  },
  'operator-pause': {
    promise: 'a pause freezes the time left; after resume the migration completes',
    act: async (drive) => {
      await drive.until('25 %', atWeight(25));
      await drive.send('pause', 'lunch');
      const paused = await drive.until('the pause', ({ paused }) => paused);
      await delay(4_000);
      const later = await drive.until('a look at the pause', () => true);
      if (
        later.status.remainingMs !== paused.status.remainingMs ||
        later.status.wanted.target !== paused.status.wanted.target
      ) {
        throw new Error(
          `the step moved during the pause: ${paused.status.remainingMs} ms left, then ${later.status.remainingMs} ms`,
        );
      }
      await drive.send('resume', 'back from lunch');
      return toCompletion(drive);
    },
    broken: completesUnharmed,
  },
  'operator-rollback': {
    promise: 'an operator asks for it: all traffic is back on the source',
    act: async (drive) => {
      await drive.until('50 %', atWeight(50));
      await drive.send('rollback', 'the demo asks for it');
      return toRollback(drive);
    },
    broken: (end, drive) => [
      ...backOnSource(end, drive),
      ...unless(end.sample.totals.failed === 0, `${end.sample.totals.failed} user requests failed`),
      ...unless(end.sample.status.rollback?.by === 'demo', 'the rollback does not say who asked for it'),
    ],
  },
  'worker-killed': {
    promise: 'the worker is killed during cutover and another one starts: it finishes as if nothing had happened',
    act: async (drive) => {
      await drive.until('50 %', atWeight(50));
      await drive.lab.killWorker('SIGKILL');
      await drive.lab.startWorker();
      return toCompletion(drive);
    },
    broken: completesUnharmed,
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
