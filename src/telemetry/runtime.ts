/** What Temporal's runtime does with logs and metrics; set once a process. */
import type { MetricsExporterConfig, RuntimeOptions } from '@temporalio/worker';
import { DefaultLogger, makeTelemetryFilterString } from '@temporalio/worker';
import type { LogLine } from './log-lines';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Unit: seconds. */
const LONG = [1, 10, MINUTE, 5 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY];
const ROLLBACK = [0.25, 0.5, 1, 2, 5, 10, 30, MINUTE, 5 * MINUTE, 30 * MINUTE];

/** @param metricsAddress `host:port` of the page for Prometheus; undefined: there is none. */
export function runtimeOptions(
  metricsAddress: string | undefined,
  line: LogLine,
  write: (line: string) => void = (text) => void process.stderr.write(text),
): RuntimeOptions {
  return {
    logger: new DefaultLogger('INFO', (entry) => {
      write(`${line(entry.level, entry.message, entry.meta ?? {})}\n`);
    }),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
      ...(metricsAddress === undefined ? {} : { metrics: prometheusPage(metricsAddress) }),
    },
    shutdownSignals: ['SIGINT', 'SIGTERM'],
  };
}

function prometheusPage(bindAddress: string): MetricsExporterConfig {
  return {
    prometheus: {
      bindAddress,
      // As Prometheus wants names and units.
      countersTotalSuffix: true,
      useSecondsForDurations: true,
      unitSuffix: true,
      histogramBucketOverrides: {
        crossfade_gate_wait_seconds: LONG,
        crossfade_phase_seconds: LONG,
        crossfade_rollback_seconds: ROLLBACK,
      },
    },
  };
}
