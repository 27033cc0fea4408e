/** What the load balancer publishes: one series per metric and dimension set, at one second. */
import { Series } from '../metrics/series';
import type { SecondStats } from '../metrics/histogram';
import type { TargetTable } from './targets';

export interface SeriesKey {
  readonly metric: string;
  /** `targetgroup/name/id`; undefined means the whole load balancer. */
  readonly targetGroup: string | undefined;
}

const keyText = (key: SeriesKey): string => `${key.metric}|${key.targetGroup ?? ''}`;

export class LoadBalancerMetrics {
  private readonly series = new Map<string, { key: SeriesKey; series: Series }>();
  private readonly totals = new Map<string, number>();

  /** A request for which a target was chosen. `status` is undefined when the connection to it failed. */
  recordRequest(targetGroup: string, status: number | undefined, seconds: number, nowMs: number): void {
    this.add('RequestCount', targetGroup, 1, nowMs);
    if (status === undefined) {
      this.add('TargetConnectionErrorCount', targetGroup, 1, nowMs);
      return;
    }
    // Nothing is published for classes that did not occur: like AWS, absent means zero, or broken.
    this.add(`HTTPCode_Target_${Math.floor(status / 100)}XX_Count`, targetGroup, 1, nowMs);
    this.add('TargetResponseTime', targetGroup, seconds, nowMs);
  }

  /** An answer made by the load balancer itself (502, 503, a fixed response). */
  recordOwnAnswer(status: number, nowMs: number): void {
    this.put('RequestCount', undefined, 1, nowMs);
    if (status < 500) return;
    this.put('HTTPCode_ELB_5XX_Count', undefined, 1, nowMs);
    this.put(`HTTPCode_ELB_${status}_Count`, undefined, 1, nowMs);
  }

  /** Once a second: the dense metrics, for every group on a rule of this load balancer. */
  recordHosts(targets: TargetTable, groupArns: ReadonlySet<string>, nowMs: number): void {
    for (const config of targets.configs().filter(({ arn }) => groupArns.has(arn))) {
      const listed = (targets.targetsOf(config.arn) ?? []).filter((target) => target.state !== 'draining');
      if (listed.length === 0) continue;
      const healthy = listed.filter((target) => target.state === 'healthy').length;
      this.put('HealthyHostCount', config.dimension, healthy, nowMs);
      this.put('UnHealthyHostCount', config.dimension, listed.length - healthy, nowMs);
      // AWS reports RequestCount whenever there are registered targets, so zero is a value here; it is no sample of its own.
      this.put('RequestCount', config.dimension, 0, nowMs, 0);
    }
  }

  window(key: SeriesKey, fromSecond: number, toSecond: number): SecondStats[] {
    return this.series.get(keyText(key))?.series.window(fromSecond, toSecond) ?? [];
  }

  keys(): SeriesKey[] {
    return [...this.series.values()].map(({ key }) => key);
  }

  /** Counters since the start, in Prometheus's text format. */
  prometheus(targets: TargetTable, groupArns: ReadonlySet<string>): string {
    const lines: string[] = [];
    for (const [key, total] of this.totals) {
      const [metric = '', group = ''] = key.split('|');
      lines.push(`crossfade_lab_${metric.toLowerCase()}_total{target_group="${group}"} ${total}`);
    }
    for (const config of targets.configs().filter(({ arn }) => groupArns.has(arn))) {
      const healthy = (targets.targetsOf(config.arn) ?? []).filter((target) => target.state === 'healthy').length;
      lines.push(`crossfade_lab_healthy_hosts{target_group="${config.dimension}"} ${healthy}`);
    }
    return `${lines.join('\n')}\n`;
  }

  private add(metric: string, targetGroup: string, value: number, nowMs: number): void {
    this.put(metric, targetGroup, value, nowMs);
    this.put(metric, undefined, value, nowMs);
  }

  private put(metric: string, targetGroup: string | undefined, value: number, nowMs: number, samples = 1): void {
    const key = { metric, targetGroup };
    const text = keyText(key);
    let entry = this.series.get(text);
    if (entry === undefined) {
      entry = { key, series: new Series() };
      this.series.set(text, entry);
    }
    entry.series.record(nowMs, value, samples);
    if (!metric.endsWith('HostCount')) this.totals.set(text, (this.totals.get(text) ?? 0) + value);
  }
}
