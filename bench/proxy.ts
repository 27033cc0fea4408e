/**
 * `npm run bench:proxy`: what a user notices of the invoke proxy, against plain HTTP to the same model and against the bare
 * SDK, which is the floor of whatever signs: in turn, on the same machine, in the same run. A model of 20 ms, 200 requests
 * a second sent when they are due, latencies counted from when a request was due.
 */
import { processMb } from './support/memory';
import type { Lap } from './support/open-loop';
import { processorMs } from './support/processor';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';
import { PATHS, Stage } from './proxy/stage';
import type { PathName } from './proxy/stage';
import { evenly } from './tap/arrivals';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);
const RATE_PER_SECOND = 200;
const LAP_SECONDS = 5;
const BODY_BYTES = 1_024;
const SAMPLE_EVERY_MS = 500;

const LIMITS = { addedMs: 2, failed: 0, mbMax: 150 };

async function measure(): Promise<Measured> {
  return Stage.use(async (stage) => {
    const due = evenly(RATE_PER_SECOND, LAP_SECONDS);
    say('warming up');
    for (const name of PATHS) await stage.lap(name, due, BODY_BYTES);
    let mbMax = 0;
    const processorStartMs = processorMs(stage.proxy.pid);
    const sampling = setInterval(() => (mbMax = Math.max(mbMax, processMb(stage.proxy.pid).rss)), SAMPLE_EVERY_MS);
    const laps: Record<PathName, Lap[]> = { direct: [], sdk: [], proxy: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      // Whoever comes second finds warmer caches.
      for (let turn = 0; turn < PATHS.length; turn += 1) {
        const name = PATHS[(round + turn) % PATHS.length] as PathName;
        laps[name].push(await stage.lap(name, due, BODY_BYTES));
      }
      const lasts = PATHS.map((name) => `${name} P99 ${laps[name].at(-1)?.p99Ms.toFixed(1)} ms`);
      say(`round ${round + 1} of ${ROUNDS}: ${lasts.join(', ')}`);
    }
    clearInterval(sampling);
    const processorMsPerRequest = (processorMs(stage.proxy.pid) - processorStartMs) / (ROUNDS * due.length);
    return sumUp(laps, { mbMax, processorMsPerRequest });
  });
}

function sumUp(laps: Readonly<Record<PathName, readonly Lap[]>>, further: Readonly<Record<string, number>>): Measured {
  const p99Of = (name: PathName): number => median(laps[name].map(({ p99Ms }) => p99Ms));
  // Of the same round, so that what else the machine does counts little.
  const addedOf = (name: PathName): number =>
    median(laps[name].map(({ p99Ms }, round) => p99Ms - (laps.direct[round]?.p99Ms ?? Number.NaN)));
  const figures: Record<string, number> = {
    addedMs: addedOf('proxy'),
    sdkAddedMs: addedOf('sdk'),
    failed: laps.proxy.reduce((sum, { failedCount }) => sum + failedCount, 0),
    ...further,
  };
  for (const name of PATHS) {
    figures[`${name}P50Ms`] = median(laps[name].map(({ p50Ms }) => p50Ms));
    figures[`${name}P99Ms`] = p99Of(name);
  }
  return { figures, ratios: { proxyToSdk: p99Of('proxy') / p99Of('sdk') } };
}

if (require.main === module) void runBench('proxy', LIMITS, measure);
