import type { Baseline, BaselineMetric, EvidenceWindow, SideWindow } from '../../../src/domain/evidence';
import { EMPTY_SIDE } from '../../../src/domain/evidence';
import { SHADOW_VARIANT } from '../../../src/domain/resources';
import type { EpochMs } from '../../../src/domain/quantity';
import type { MetricScope, MetricSource } from '../../../src/ports/metric-source';
import type { RouteShare } from '../../../src/ports/traffic-router';
import { NO_LOAD_BALANCER } from './records';
import { arrivals, portion, side, valueOf, windowsBetween } from './traffic-model';
import type { FakeRoute, World } from './world';

function fractionOf(shares: readonly RouteShare[], arn: string | undefined): number {
  const sum = shares.reduce((total, share) => total + share.weight, 0);
  const own = shares.find((share) => share.backend === arn)?.weight ?? 0;
  return sum === 0 ? 0 : own / sum;
}

function isAt({ arn, loadBalancerArn }: FakeRoute, scope: MetricScope): boolean {
  if (scope.kind === 'endpoint') return arn.endsWith(`:endpoint/${scope.endpointName}`);
  return loadBalancerArn === (scope.kind === 'record' ? NO_LOAD_BALANCER : scope.loadBalancerArn);
}

function readAll(world: World, scope: MetricScope, fromMs: number, toMs: number, periodMs: number): EvidenceWindow[] {
  const { source, target } = scope;
  const route = [...world.routes.values()].find((each) => isAt(each, scope));
  if (route === undefined) return [];
  const traffic = world.trafficOf(route.workload);
  return windowsBetween(fromMs, toMs, periodMs, (startMs, endMs) => {
    if (world.metricGaps.some((gap) => startMs < gap.toMs && endMs > gap.fromMs)) return undefined;
    const arrived = arrivals(traffic, startMs, endMs);
    if (arrived.count === 0) return undefined;
    const average = (arn: string | undefined): number =>
      route.shares.average(startMs, endMs, (shares) => fractionOf(shares, arn));
    const copied = target === SHADOW_VARIANT ? shadowShare(route, startMs, endMs) : undefined;
    const targetCount = portion(arrived, copied ?? average(target), 1);
    // A shadow takes nothing from the others.
    const left = copied === undefined ? arrived.count - targetCount : arrived.count;
    const sourceCount = Math.min(left, Math.round(arrived.count * Math.ceil(average(source))));
    const now = traffic.at(startMs);
    const percent = average(target) * 100;
    const [sourceErrors, targetErrors] = [valueOf(now.sourceErrorRate, percent), valueOf(now.targetErrorRate, percent)];
    return {
      source: withOwn(side(arrived, sourceCount, sourceErrors, valueOf(now.sourceP99Ms, percent)), now.sourceMetrics),
      target:
        target === undefined
          ? EMPTY_SIDE
          : withOwn(side(arrived, targetCount, targetErrors, valueOf(now.targetP99Ms, percent)), now.targetMetrics),
    };
  });
}

/** Share of the requests that an endpoint copies: the shadow's weight over that of the production variants. */
export function shadowShare({ shares, variants }: FakeRoute, startMs: number, endMs: number): number {
  const weightOf = (division: readonly RouteShare[]): number => division.reduce((sum, { weight }) => sum + weight, 0);
  const shadow = variants?.shadowWeight.average(startMs, endMs, (weight) => weight ?? 0) ?? 0;
  return Math.min(1, shadow / shares.average(startMs, endMs, weightOf));
}

function withOwn(window: SideWindow, metrics: SideWindow['metrics']): SideWindow {
  return metrics === undefined ? window : { ...window, metrics };
}

/** Windows for any span, past or present, from the world's traffic and the route's weights at that time. */
export function fakeMetrics(world: World): MetricSource {
  return {
    async findMissingSeries() {
      return world.missingSeries;
    },
    async readWindows(metrics, scope, fromMs, toMs) {
      if (world.metricsOutage) return { complete: false, cause: 'the metric source answered in part (InternalError)' };
      const windows = readAll(world, scope, fromMs, toMs, metrics.periodSeconds * 1_000);
      const isPublished = ({ endMs }: EvidenceWindow, lateMs: number): boolean => endMs <= world.now() - lateMs;
      return {
        complete: true,
        windows: windows.map((each) => ({
          ...each,
          source: isPublished(each, world.sourceMetricsLateMs) ? each.source : EMPTY_SIDE,
          target: isPublished(each, world.targetMetricsLateMs) ? each.target : EMPTY_SIDE,
        })),
      };
    },
    async readBaseline(metrics, scope, fromMs, toMs, onProgress) {
      const periodMs = metrics.periodSeconds * 1_000;
      const windows = readAll(world, scope, fromMs, toMs, periodMs);
      onProgress();
      return summarise(world, windows, fromMs, toMs, periodMs);
    },
  };
}

function summarise(
  world: World,
  windows: readonly EvidenceWindow[],
  fromMs: EpochMs,
  toMs: EpochMs,
  periodMs: number,
): Baseline {
  const counts = windows.map((window) => window.source.requestCount);
  const requestCount = counts.reduce((sum, count) => sum + count, 0);
  const errorCount = windows.reduce((sum, window) => sum + window.source.errorCount, 0);
  const latencyP99Ms = windows.at(-1)?.source.quantilesMs['p99'] ?? null;
  return {
    fromMs,
    toMs,
    windowsExpected: Math.floor((toMs - fromMs) / periodMs),
    windowsWithData: windows.length,
    gaps: world.metricGaps.map((gap) => ({ fromMs: gap.fromMs as EpochMs, toMs: gap.toMs as EpochMs })),
    requestCount,
    requestsPerSecondAverage: (requestCount * 1_000) / (toMs - fromMs),
    requestsPerSecondPeak: (Math.max(0, ...counts) * 1_000) / periodMs,
    errorRate: requestCount === 0 ? null : errorCount / requestCount,
    latencyP50Ms: latencyP99Ms === null ? null : latencyP99Ms / 2,
    latencyP95Ms: latencyP99Ms === null ? null : latencyP99Ms * 0.9,
    latencyP99Ms,
    quantilesMs: latencyP99Ms === null ? {} : { p50: latencyP99Ms / 2, p99: latencyP99Ms },
    metrics: ownMetrics(windows),
  };
}

function ownMetrics(windows: readonly EvidenceWindow[]): BaselineMetric[] {
  const names = new Set(windows.flatMap(({ source }) => Object.keys(source.metrics ?? {})));
  return [...names].map((name) => {
    const values = windows.flatMap(({ source }) => source.metrics?.[name] ?? []);
    const average = values.reduce((sum, value) => sum + value, 0) / values.length;
    return { name, stat: 'Average', average, peak: Math.max(...values), windowsWithData: values.length };
  });
}
