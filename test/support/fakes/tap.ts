import { bucketOf } from '../../../src/analysis/histogram';
import type { EvidenceWindow, Histogram, SideWindow } from '../../../src/domain/evidence';
import { MigrationError } from '../../../src/domain/errors';
import type { Shadow } from '../../../src/ports/shadow';
import { Timeline, arrivals, portion, side, valueOf, windowsBetween } from './traffic-model';
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
  return {
    source: withLatencies(
      side(arrived, arrived.count, valueOf(traffic.sourceErrorRate, 0), valueOf(traffic.sourceP99Ms, 0)),
    ),
    target: withLatencies(
      side(arrived, mirrored, valueOf(traffic.targetErrorRate, 0), valueOf(traffic.targetP99Ms, 0)),
    ),
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
