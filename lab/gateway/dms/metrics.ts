/** What DMS publishes of a task that follows. Nothing is stored: what a second had follows from the clock. */
import { addValue, emptyStats } from '../../metrics/histogram';
import type { SecondStats } from '../../metrics/histogram';
import type { MetricIdentity, PublishedMetrics } from '../cloudwatch';
import type { DmsAccount, TaskRecord } from './account';
import type { DmsFaults } from './faults';

export const DMS_NAMESPACE = 'AWS/DMS';
const LATENCIES = ['CDCLatencySource', 'CDCLatencyTarget'];

export class DmsMetrics implements PublishedMetrics {
  constructor(
    private readonly account: DmsAccount,
    private readonly faults: DmsFaults,
  ) {}

  window(metric: MetricIdentity, from: number, to: number): SecondStats[] | undefined {
    if (metric.Namespace !== DMS_NAMESPACE) return undefined;
    const task = LATENCIES.includes(metric.MetricName) && !this.faults.isSilent ? this.taskOf(metric) : undefined;
    if (task === undefined) return [];
    const found: SecondStats[] = [];
    for (let second = from; second < to; second += 1) {
      const lag = lagAt(task, second * 1_000);
      if (lag === undefined) continue;
      const stats = emptyStats(second);
      addValue(stats, this.faults.lagSeconds ?? lag);
      found.push(stats);
    }
    return found;
  }

  identities(): MetricIdentity[] {
    return this.account
      .tasks()
      .flatMap((task) =>
        LATENCIES.map((MetricName) => ({ Namespace: DMS_NAMESPACE, MetricName, Dimensions: this.dimensionsOf(task) })),
      );
  }

  private taskOf({ Dimensions }: MetricIdentity): TaskRecord | undefined {
    const key = (dimensions: MetricIdentity['Dimensions']): string =>
      dimensions
        .map(({ Name, Value }) => `${Name}=${Value}`)
        .sort()
        .join(' ');
    return this.account.tasks().find((task) => key(this.dimensionsOf(task)) === key(Dimensions));
  }

  private dimensionsOf({ arn, input }: TaskRecord): { Name: string; Value: string }[] {
    const instance = this.account.instances().find((one) => one.arn === input.ReplicationInstanceArn);
    return [
      { Name: 'ReplicationInstanceIdentifier', Value: instance?.input.ReplicationInstanceIdentifier ?? '' },
      { Name: 'ReplicationTaskIdentifier', Value: arn.split(':').at(-1) ?? '' },
    ];
  }
}

function lagAt({ runs }: TaskRecord, atMs: number): number | undefined {
  return [...runs]
    .reverse()
    .find(({ startedAtMs }) => startedAtMs <= atMs)
    ?.lag(atMs);
}
