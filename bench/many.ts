/**
 * `npm run bench:many`: 200 migrations at once on one worker process. What each costs in memory while it holds, whether
 * all finish, and how long a rollback takes among them against one that is alone.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { SignalName } from '../src/contracts/messages';
import { startServer } from '../test/support/temporal/server';
import { Crowd } from './many/crowd';
import { median, quantile, runBench, say } from './support/report';
import type { Measured } from './support/report';

const LIMITS = { memoryMbPerMigration: 0.5, unfinished: 0 };

const MIGRATIONS = Number(process.env['BENCH_MIGRATIONS'] ?? 200);
/** An idle worker: so few, waiting, that each rollback is alone. They warm the worker up, and stay. */
const FEW = 50;
const ROLLBACKS = 100;
/** After the rush of many starts: until the server has caught up and garbage is collected. */
const SETTLE_MS = 40_000;

interface Counted {
  readonly idle: readonly number[];
  readonly among: readonly number[];
  readonly emptyMb: number;
  readonly fewMb: number;
  readonly allMb: number;
  readonly outcomes: readonly string[];
}

async function measure(): Promise<Measured> {
  const server = await startServer();
  try {
    const crowd = await Crowd.open(server.client, server.address);
    try {
      return sumUp(await play(crowd));
    } finally {
      await crowd.close();
    }
  } finally {
    await server.teardown();
  }
}

const named = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(3, '0')}`);

async function play(crowd: Crowd): Promise<Counted> {
  const emptyMb = await crowd.memoryMb();
  const few = named('few', FEW);
  await crowd.start(few);
  await lift(crowd, few);
  const idle = await rollBackEach(crowd, few);
  await sendAll(crowd, few, 'retry');
  await lift(crowd, few);
  const fewMb = await crowd.memoryMb();
  idle.push(...(await rollBackEach(crowd, few)));
  say(`idle: median ${median(idle)} ms`);
  const many = named('many', MIGRATIONS);
  await crowd.start(many);
  await lift(crowd, many);
  const allMb = await crowd.memoryMb();
  say(
    `${fewMb.toFixed(0)} MB with ${FEW}, ${allMb.toFixed(0)} MB with ${MIGRATIONS} more, each at a weight and watched`,
  );
  const among = await rollBackEach(crowd, many.slice(0, ROLLBACKS));
  say(`among ${MIGRATIONS}: median ${median(among)} ms`);
  // Some go the way back, the others all the way.
  await sendAll(crowd, [...few, ...many.slice(0, ROLLBACKS)], 'abandon');
  await sendAll(crowd, many.slice(ROLLBACKS), 'approve');
  const outcomes = await Promise.all([...few, ...many].map((workload) => crowd.outcome(workload)));
  return { idle, among, emptyMb, fewMb, allMb, outcomes };
}

async function lift(crowd: Crowd, workloads: readonly string[]): Promise<void> {
  await crowd.lift(workloads);
  await delay(SETTLE_MS);
}

/** One after the other. Unit: milliseconds. */
async function rollBackEach(crowd: Crowd, workloads: readonly string[]): Promise<number[]> {
  const taken: number[] = [];
  for (const workload of workloads) taken.push(await crowd.rollBackMs(workload));
  return taken;
}

async function sendAll(crowd: Crowd, workloads: readonly string[], signal: SignalName): Promise<void> {
  await Promise.all(workloads.map((workload) => crowd.send(workload, signal)));
}

function sumUp({ idle, among, emptyMb, fewMb, allMb, outcomes }: Counted): Measured {
  const ended = (outcome: string): number => outcomes.filter((each) => each === outcome).length;
  return {
    figures: {
      migrations: outcomes.length,
      memoryMbEmpty: emptyMb,
      memoryMbOfFew: fewMb,
      memoryMbOfAll: allMb,
      memoryMbPerMigration: (allMb - fewMb) / MIGRATIONS,
      completed: ended('completed'),
      abandoned: ended('abandoned'),
      unfinished: outcomes.length - ended('completed') - ended('abandoned'),
      rollbackMsMedianIdle: median(idle),
      rollbackMsP99Idle: quantile(idle, 0.99),
      rollbackMsMedianAmong: median(among),
      rollbackMsP99Among: quantile(among, 0.99),
    },
    ratios: {
      rollbackP99ToIdle: quantile(among, 0.99) / quantile(idle, 0.99),
      rollbackMedianToIdle: median(among) / median(idle),
    },
  };
}

if (require.main === module) void runBench('many', LIMITS, measure);
