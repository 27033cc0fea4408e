/**
 * `npm run bench:tap [-- --trace FILE.csv]`: what a user notices of the tap, against nginx's mirror and against no copying
 * at all, in turn on the same machine in the same run: a model of 20 ms, 500 requests a second sent when they are due, all
 * of them copied, latencies counted from when a request was due.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { median, runBench, say } from './support/report';
import type { Measured } from './support/report';
import { processMb } from './support/memory';
import type { Lap } from './support/open-loop';
import { evenly, fromTrace } from './tap/arrivals';
import { PATHS, Stage } from './tap/stage';
import type { PathName } from './tap/stage';

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
const RATE_PER_SECOND = 500;
const LAP_SECONDS = 5;
const STALL_SECONDS = 60;
const TRACE_SECONDS = 20;
const TRACE_BYTES = 1_024;
const SIZES = { '1k': 1_024, '64k': 65_536 } as const;
const SAMPLE_EVERY_MS = 500;

type Size = keyof typeof SIZES;
type Figures = Record<string, number>;

const LIMITS = {
  tapToNginx1k: 1.2,
  tapToNginx64k: 1.2,
  tapToNginx1kStalled: 1.2,
  tapToNginx64kStalled: 1.2,
  addedMs1k: 2,
  addedMs64k: 2,
  unaccounted: 0,
  tapFailed: 0,
  stalledMbMax: 200,
};

async function measure(): Promise<Measured> {
  const { values } = parseArgs({ options: { trace: { type: 'string' } } });
  const trace = values.trace === undefined ? undefined : readFileSync(values.trace, 'utf8');
  return Stage.use(async (stage) => {
    const due = evenly(RATE_PER_SECOND, LAP_SECONDS);
    for (const size of ['1k', '64k'] as const) {
      say(`warming up, ${size}`);
      for (const name of PATHS) await stage.lap(name, due, SIZES[size]);
    }
    const laps = new Laps();
    for (const size of ['1k', '64k'] as const) await playRounds(stage, laps, size, due);
    for (const size of ['1k', '64k'] as const) await playStalled(stage, laps, size, due);
    const stalledMbMax = await playLongStall(stage, laps);
    if (trace !== undefined) await playTrace(stage, laps, fromTrace(trace, RATE_PER_SECOND, TRACE_SECONDS));
    const { account, unaccounted } = await stage.account();
    return laps.sumUp({
      stalledMbMax,
      // What the tap says of itself, and what it has never noticed.
      unaccounted: Math.abs(unaccounted) + Math.abs(stage.sentToTap - account.received),
      received: account.received,
      dropped: account.dropped,
      compared: account.compared,
      mismatched: account.mismatched,
    });
  });
}

async function playRounds(stage: Stage, laps: Laps, size: Size, due: readonly number[]): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of inTurn(round)) laps.add(name, size, await stage.lap(name, due, SIZES[size]));
    say(`${size}, round ${round + 1} of ${ROUNDS}: ${laps.lastOf(size)}`);
  }
}

/** Nothing is copied on the direct path, so nothing can stall there. */
async function playStalled(stage: Stage, laps: Laps, size: Size, due: readonly number[]): Promise<void> {
  for (let round = 0; round < Math.ceil(ROUNDS / 3); round += 1) {
    for (const name of ['nginx', 'tap'] as const) {
      stage.target.setStalled(true);
      laps.add(name, `${size}Stalled`, await stage.lap(name, due, SIZES[size]));
      stage.target.setStalled(false);
      await stage.account();
    }
    say(`${size}, stalled, round ${round + 1}: ${laps.lastOf(`${size}Stalled`)}`);
  }
}

/** @returns the most memory that the tap held. Unit: MB. */
async function playLongStall(stage: Stage, laps: Laps): Promise<number> {
  let mbMax = 0;
  const sampling = setInterval(() => {
    mbMax = Math.max(mbMax, processMb(stage.tap.pid).rss);
  }, SAMPLE_EVERY_MS);
  stage.target.setStalled(true);
  laps.add('tap', 'longStall', await stage.lap('tap', evenly(RATE_PER_SECOND, STALL_SECONDS), SIZES['64k']));
  clearInterval(sampling);
  stage.target.setStalled(false);
  say(`target stalled for ${STALL_SECONDS} s: ${laps.lastOf('longStall')}, ${mbMax.toFixed(0)} MB`);
  return mbMax;
}

async function playTrace(stage: Stage, laps: Laps, due: readonly number[]): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    for (const name of inTurn(round)) laps.add(name, 'trace', await stage.lap(name, due, TRACE_BYTES));
    say(`trace, round ${round + 1} of 3: ${laps.lastOf('trace')}`);
  }
}

/** Whoever comes second finds warmer caches. */
function inTurn(round: number): PathName[] {
  return PATHS.map((_name, index) => PATHS[(index + round) % PATHS.length] as PathName);
}

/** What was measured, by path and by what was played. */
class Laps {
  private readonly laps: { readonly name: PathName; readonly part: string; readonly lap: Lap }[] = [];

  add(name: PathName, part: string, lap: Lap): void {
    this.laps.push({ name, part, lap });
  }

  lastOf(part: string): string {
    return PATHS.flatMap((name) => {
      const last = this.of(name, part).at(-1);
      return last === undefined ? [] : [`${name} P99 ${last.p99Ms.toFixed(1)} ms`];
    }).join(', ');
  }

  sumUp(further: Figures): Measured {
    const parts = [...new Set(this.laps.map(({ part }) => part))];
    const figures: Figures = { tapFailed: this.failedOf('tap'), nginxFailed: this.failedOf('nginx'), ...further };
    const ratios: Figures = {};
    for (const part of parts) {
      for (const name of PATHS.filter((each) => this.of(each, part).length > 0)) {
        figures[`${name}P99Ms_${part}`] = this.p99Of(name, part);
        figures[`${name}P50Ms_${part}`] = median(this.of(name, part).map(({ p50Ms }) => p50Ms));
        if (name !== 'direct' && this.of('direct', part).length > 0) {
          figures[name === 'tap' ? `addedMs${part}` : `nginxAddedMs${part}`] = this.addedOf(name, part);
        }
      }
      if (this.of('nginx', part).length > 0)
        ratios[`tapToNginx${part}`] = this.p99Of('tap', part) / this.p99Of('nginx', part);
    }
    return { figures, ratios };
  }

  private of(name: PathName, part: string): Lap[] {
    return this.laps.filter((each) => each.name === name && each.part === part).map(({ lap }) => lap);
  }

  private p99Of(name: PathName, part: string): number {
    return median(this.of(name, part).map(({ p99Ms }) => p99Ms));
  }

  /** Of the same round, so that what else the machine does counts little. */
  private addedOf(name: PathName, part: string): number {
    const direct = this.of('direct', part);
    return median(this.of(name, part).map(({ p99Ms }, round) => p99Ms - (direct[round]?.p99Ms ?? Number.NaN)));
  }

  private failedOf(name: PathName): number {
    return this.laps.filter((each) => each.name === name).reduce((sum, { lap }) => sum + lap.failedCount, 0);
  }
}

if (require.main === module) void runBench('tap', LIMITS, measure);
