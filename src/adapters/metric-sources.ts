/** Every kind of metrics that a spec can name, as one MetricSource. */
import { assertNever } from '../domain/errors';
import type { MetricSource } from '../ports/metric-source';
import type { CloudWatchMetrics } from './cloudwatch';
import type { PrometheusMetrics } from './prometheus';

export function metricSources(cloudwatch: CloudWatchMetrics, prometheus: PrometheusMetrics): MetricSource {
  return {
    readWindows(metrics, scope, fromMs, toMs) {
      switch (metrics.kind) {
        case 'cloudwatch':
          return cloudwatch.readWindows(metrics, scope, fromMs, toMs);
        case 'prometheus':
          return prometheus.readWindows(metrics, scope, fromMs, toMs);
        default:
          return assertNever(metrics);
      }
    },
    readBaseline(metrics, scope, fromMs, toMs, onProgress) {
      switch (metrics.kind) {
        case 'cloudwatch':
          return cloudwatch.readBaseline(metrics, scope, fromMs, toMs, onProgress);
        case 'prometheus':
          return prometheus.readBaseline(metrics, fromMs, toMs, onProgress);
        default:
          return assertNever(metrics);
      }
    },
  };
}
