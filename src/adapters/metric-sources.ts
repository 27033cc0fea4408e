/** Every kind of metrics that a spec can name, as one MetricSource; the stand-in gives windows for the first. */
import { assertNever, MigrationError } from '../domain/errors';
import type { Evidence } from '../domain/evidence';
import type { CloudWatchMetricsSpec, MetricKindSpec, MetricsSpec, PrometheusMetricsSpec } from '../domain/spec';
import type { MetricReader, MetricSource } from '../ports/metric-source';

export interface MetricReaders {
  readonly cloudwatch: MetricReader<CloudWatchMetricsSpec>;
  readonly prometheus: MetricReader<PrometheusMetricsSpec>;
}

export function metricSources(readers: MetricReaders): MetricSource {
  const byKind = readByKind(readers);
  return {
    readWindows(metrics, scope, fromMs, toMs) {
      return withStandIn(metrics, async (one) => {
        const answer = await byKind.readWindows(one, scope, fromMs, toMs);
        if (!answer.complete) throw new MigrationError('MetricsUnavailable', answer.cause);
        return answer;
      });
    },
    // Never stood in for: what another source counts at another place would be held against the target for weeks.
    readBaseline: (metrics, ...rest) => byKind.readBaseline(metrics, ...rest),
    async findMissingSeries({ standIn, ...first }, toMs) {
      const ofFirst = await byKind.findMissingSeries(first, toMs);
      const ofStandIn = standIn === undefined ? [] : await byKind.findMissingSeries(standIn, toMs);
      return [...ofFirst, ...ofStandIn.map((sentence) => `standIn.${sentence}`)];
    },
  };
}

function readByKind({ cloudwatch, prometheus }: MetricReaders): MetricReader<MetricKindSpec> {
  return {
    readWindows(metrics, ...rest) {
      switch (metrics.kind) {
        case 'cloudwatch':
          return cloudwatch.readWindows(metrics, ...rest);
        case 'prometheus':
          return prometheus.readWindows(metrics, ...rest);
        default:
          return assertNever(metrics);
      }
    },
    readBaseline(metrics, ...rest) {
      switch (metrics.kind) {
        case 'cloudwatch':
          return cloudwatch.readBaseline(metrics, ...rest);
        case 'prometheus':
          return prometheus.readBaseline(metrics, ...rest);
        default:
          return assertNever(metrics);
      }
    },
    findMissingSeries(metrics, toMs) {
      switch (metrics.kind) {
        case 'cloudwatch':
          return cloudwatch.findMissingSeries(metrics, toMs);
        case 'prometheus':
          return prometheus.findMissingSeries(metrics, toMs);
        default:
          return assertNever(metrics);
      }
    },
  };
}

type WholeEvidence = Extract<Evidence, { complete: true }>;

/**
 * One source answers for the whole time that was asked for: the two count at different places, and windows of both in one
 * answer would be a change that nobody made.
 * @throws what the first threw where there is no stand-in; MetricsUnavailable with both causes where neither answers.
 */
async function withStandIn(
  { standIn, ...first }: MetricsSpec,
  read: (metrics: MetricKindSpec) => Promise<WholeEvidence>,
): Promise<WholeEvidence> {
  if (standIn === undefined) return read(first);
  let cause: string;
  try {
    return await read(first);
  } catch (error) {
    if (isCancellation(error)) throw error;
    cause = causeOf(first, error);
  }
  try {
    const evidence = await read(standIn);
    const by = standIn.kind;
    const windows = evidence.windows.map((window) => ({ ...window, standIn: by }));
    return { ...evidence, windows, standIn: { by, cause } };
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw new MigrationError('MetricsUnavailable', `${cause}; stand-in ${causeOf(standIn, error)}`, { cause: error });
  }
}

/** Nobody waits for the answer any more. */
function isCancellation(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'CancelledFailure');
}

function causeOf({ kind }: MetricKindSpec, error: unknown): string {
  return `${kind}: ${error instanceof Error ? error.message : String(error)}`;
}
