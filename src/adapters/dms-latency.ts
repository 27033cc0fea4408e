/** How far the change capture lags, by CloudWatch. */
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { CaptureLatency } from '../domain/database-level';
import type { EpochMs, Milliseconds } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import { readSeries } from './cloudwatch-series';

/** DMS publishes once a minute, some minutes late. */
const PERIOD_MS = 60_000;
const LOOK_BACK_MS = 15 * PERIOD_MS;

/** @returns the newest minute of which both are known; undefined: there is none. */
export async function readLatency(
  client: CloudWatchClient,
  instanceName: string,
  taskArn: string,
  now: EpochMs,
): Promise<CaptureLatency | undefined> {
  const dimensions = {
    ReplicationInstanceIdentifier: instanceName,
    // The task's name in metrics is not ours, but the last part of its ARN.
    ReplicationTaskIdentifier: taskArn.split(':').at(-1) ?? '',
  };
  const queries = ['CDCLatencySource', 'CDCLatencyTarget'].map((metricName) => ({
    namespace: 'AWS/DMS',
    metricName,
    dimensions,
    stat: 'Maximum',
  }));
  const toMs = epochMs(Math.floor(now / PERIOD_MS) * PERIOD_MS + PERIOD_MS);
  const range = { fromMs: epochMs(toMs - LOOK_BACK_MS), toMs, periodMs: PERIOD_MS as Milliseconds };
  const [source, target] = await readSeries(client, queries, range);
  const both = [...(source ?? [])].filter(([atMs]) => target?.has(atMs));
  const newest = both.sort(([a], [b]) => a - b).at(-1);
  if (newest === undefined) return undefined;
  const [atMs, sourceSeconds] = newest;
  const targetSeconds = target?.get(atMs) ?? NaN;
  return { atMs, sourceMs: ms(sourceSeconds), targetMs: ms(targetSeconds) };
}

/** CloudWatch counts both in seconds. */
function ms(seconds: number): Milliseconds {
  return (seconds * 1_000) as Milliseconds;
}
