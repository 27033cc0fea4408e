import { bucketOf } from '../../../src/analysis/histogram';
import type { EvidenceWindow, Histogram, Sides, SideWindow } from '../../../src/domain/evidence';
import { MigrationError } from '../../../src/domain/errors';
import type { Shadow } from '../../../src/ports/shadow';
import { Timeline, arrivals, portion, side, valueOf, windowsBetween } from './traffic-model';
import type { Arrivals, Traffic } from './traffic-model';
import type { World } from './world';

type FakeTap = World['taps'] extends Map<string, infer T> ? T : never;

function tapAt(world: World, url: string): FakeTap {
  const tap = world.taps.get(url);
  if (tap === undefined) throw new MigrationError('TapUnreachable', `no tap answers at ${url}`);
  return tap;
}

export function addTap(world: World, url: string, workload: string): void {
  world.taps.set(url, { workload, orders: new Timeline(undefined) });
}

/** The tap stands in front of the source: what it receives is the source's share of the traffic. */
export function fakeShadow(world: World): Shadow {
  return {
    async setOrder(url, order) {
      const tap = tapAt(world, url);
      if (order.fraction > 0 && order.target === undefined)
        throw new MigrationError('TapRefused', 'an order to copy names no target');
      tap.orders.set(world.now(), structuredClone(order));
    },
    async readWindows(url, fromMs, toMs) {
      const tap = tapAt(world, url);
      if (world.metricsOutage) return { complete: false, cause: 'the tap answered in part' };
      return {
        complete: true,
        windows: windowsBetween(fromMs, toMs, world.tapPeriodMs, (startMs, endMs) =>
          copied(world, tap, startMs, endMs),
        ),
      };
    },
  };
}

function copied(
  world: World,
  tap: FakeTap,
  startMs: number,
  endMs: number,
): Omit<EvidenceWindow, 'startMs' | 'endMs'> | undefined {
  const timeline = world.trafficOf(tap.workload);
  const arrived = arrivals(timeline, startMs, endMs);
  if (arrived.count === 0) return undefined;
  const traffic = timeline.at(startMs);
  const fraction = tap.orders.average(startMs, endMs, (order) => order?.fraction ?? 0);
  const chosen = portion(arrived, fraction, 5);
  const dropped = portion({ from: arrived.from, count: chosen }, traffic.dropRate, 7);
  const mirrored = chosen - dropped;
  const copies = { from: arrived.from, count: mirrored };
  const order = tap.orders.at(startMs);
  const names = order?.segmentBy === undefined ? [] : (order.segments ?? []);
  return {
    ...sidesOf(traffic, arrived, copies),
    ...(names.length === 0 ? {} : { segments: segmentsOf(names, traffic, arrived, copies) }),
    shadow: {
      received: arrived.count,
      mirrored,
      dropped,
      timedOut: 0,
      skipped: arrived.count - chosen,
      compared: mirrored,
      mismatched: portion(copies, traffic.mismatchRate, 11),
    },
  };
}

function sidesOf(traffic: Traffic, arrived: Arrivals, copies: Arrivals): Sides {
  const { sourceErrorRate, sourceP99Ms, targetErrorRate, targetP99Ms } = traffic;
  return {
    source: withLatencies(side(arrived, arrived.count, valueOf(sourceErrorRate, 0), valueOf(sourceP99Ms, 0))),
    target: withLatencies(side(copies, copies.count, valueOf(targetErrorRate, 0), valueOf(targetP99Ms, 0))),
  };
}

/** The requests in as many runs of equal length as there are names: together they are all. */
function segmentsOf(
  names: readonly string[],
  traffic: Traffic,
  arrived: Arrivals,
  copies: Arrivals,
): Record<string, Sides> {
  const run = ({ from, count }: Arrivals, index: number): Arrivals => {
    const start = Math.floor((count * index) / names.length);
    return { from: from + start, count: Math.floor((count * (index + 1)) / names.length) - start };
  };
  return Object.fromEntries(
    names.map((name, index) => [name, sidesOf(traffic, run(arrived, index), run(copies, index))]),
  );
}

/** A tap sees every request: most take half as long as the slowest. */
function withLatencies(seen: SideWindow): SideWindow {
  const p99Ms = seen.quantilesMs['p99'];
  if (p99Ms === undefined) return seen;
  const slow = Math.ceil(seen.requestCount * 0.02);
  const latencies: Histogram = [
    [bucketOf(p99Ms / 2), seen.requestCount - slow],
    [bucketOf(p99Ms), slow],
  ];
  return { ...seen, quantilesMs: {}, latencies: latencies.filter(([, count]) => count > 0) };
}
