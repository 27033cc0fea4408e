/**
 * `npm run bench:rollback`: from the signal to weights restored and read back, against what Temporal and the load
 * balancer's API need for it at the least. Both in one lab, in turn, with the product's own worker process.
 * `-- --road sagemaker`: the same where a SageMaker endpoint divides the traffic, until its weights are in force.
 */
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { Lab } from '../lab';
import { Floor } from './rollback/floor';
import { Subject } from './rollback/subject';
import { balancerWay, endpointWay } from './rollback/ways';
import type { Way } from './rollback/ways';
import { withLab } from './support/own-lab';
import { median, quantile, runBench, say } from './support/report';
import type { Measured } from './support/report';

const RUNS = Number(process.env['BENCH_RUNS'] ?? 100);
/**
 * A migration that was rolled back waits 20 s for late writes before it may go up again, so several take turns. They are
 * measured one at a time, while the others hold.
 */
const WORKLOADS = ['ranker', 'second', 'third', 'fourth', 'fifth', 'sixth'];
const RATE_PER_SECOND = 5;
/** Each has proxies of its own, which take memory. */
const ENDPOINT_WORKLOADS = ['first', 'second', 'third', 'fourth'];
/** SageMaker's own minutes would hide ours. Unit: milliseconds. */
const ENDPOINT_UPDATING_MS = 20;
const { road } = parseArgs({ options: { road: { type: 'string', default: 'alb' } } }).values;
const CALM_MS = 1_000;
/** The first of each is slower everywhere: connections are opened, code is compiled. */
const WARM_UP_RUNS = road === 'sagemaker' ? ENDPOINT_WORKLOADS.length : WORKLOADS.length;

const LIMITS = { medianToFloor: 1.5 };

interface Samples {
  readonly ours: number[];
  readonly floorSignal: number[];
  readonly floorCalls: number[];
  readonly floor: number[];
}

async function measure(): Promise<Measured> {
  return withLab(async (lab) => {
    const connection = await Connection.connect({ address: lab.info.temporal });
    try {
      return sumUp(await collect(lab, new Client({ connection })));
    } finally {
      await connection.close();
    }
  });
}

async function collect(lab: Lab, client: Client): Promise<Samples> {
  const way = road === 'sagemaker' ? endpointWay(lab) : balancerWay(lab);
  const subjects = await startAll(lab, client, way);
  const floor = await Floor.begin(lab, client, way, 2 * RUNS + 2 * WARM_UP_RUNS);
  const samples: Samples = { ours: [], floorSignal: [], floorCalls: [], floor: [] };
  let done = -WARM_UP_RUNS;
  try {
    while (done < RUNS) {
      await Promise.all(subjects.map((subject) => subject.untilUp()));
      await delay(CALM_MS);
      for (const subject of subjects) {
        const lap = await runPair(subject, floor, done % 2 === 0);
        if (done >= 0 && done < RUNS) keep(samples, lap);
        done += 1;
      }
      say(
        `${Math.max(0, Math.min(done, RUNS))} of ${RUNS}: median ${median(samples.ours)} ms, floor ${median(samples.floor).toFixed(0)} ms`,
      );
      await Promise.all(subjects.map((subject) => subject.retry()));
    }
  } finally {
    await floor.end();
  }
  return samples;
}

async function startAll(lab: Lab, client: Client, way: Way): Promise<Subject[]> {
  await addWorkloads(lab);
  const subjects = lab.info.workloads
    .filter(({ endpoint }) => (endpoint !== undefined) === (road === 'sagemaker'))
    .map((workload) => new Subject(workload, client, way));
  for (const subject of subjects) await subject.start(lab);
  return subjects;
}

async function addWorkloads(lab: Lab): Promise<void> {
  if (road !== 'sagemaker') {
    await lab.setTraffic('ranker', { ratePerSecond: RATE_PER_SECOND });
    for (const name of WORKLOADS.slice(1)) await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND });
    return;
  }
  await lab.setTraffic('ranker', { ratePerSecond: 0 });
  await lab.setSageMakerDelays({ updatingMs: ENDPOINT_UPDATING_MS });
  for (const name of ENDPOINT_WORKLOADS)
    await lab.addWorkload({ name, ratePerSecond: RATE_PER_SECOND, endpoint: true });
}

interface Lap {
  readonly ours: number;
  readonly signal: number;
  readonly calls: number;
}

/** In turn, and in both orders: whoever comes second finds warmer caches. */
async function runPair(subject: Subject, floor: Floor, oursFirst: boolean): Promise<Lap> {
  const measureFloor = async (): Promise<{ signal: number; calls: number }> => ({
    signal: await floor.signalMs(),
    calls: await floor.callsMs(subject.workload),
  });
  if (oursFirst) return { ours: await subject.rollBackMs(), ...(await measureFloor()) };
  return { ...(await measureFloor()), ours: await subject.rollBackMs() };
}

function keep(samples: Samples, lap: Lap): void {
  samples.ours.push(lap.ours);
  samples.floorSignal.push(lap.signal);
  samples.floorCalls.push(lap.calls);
  samples.floor.push(lap.signal + lap.calls);
}

function sumUp({ ours, floor, floorSignal, floorCalls }: Samples): Measured {
  return {
    figures: {
      runs: ours.length,
      rollbackMsMedian: median(ours),
      rollbackMsP99: quantile(ours, 0.99),
      floorMsMedian: median(floor),
      floorMsP99: quantile(floor, 0.99),
      floorSignalMsMedian: median(floorSignal),
      floorCallsMsMedian: median(floorCalls),
    },
    ratios: { medianToFloor: median(ours) / median(floor), p99ToFloor: quantile(ours, 0.99) / quantile(floor, 0.99) },
  };
}

if (require.main === module) void runBench(road === 'sagemaker' ? 'rollback-sagemaker' : 'rollback', LIMITS, measure);
