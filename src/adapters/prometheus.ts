/** Prometheus, and whatever speaks its HTTP API (Grafana Mimir, Grafana Cloud, Thanos), as a MetricSource. */
import { MigrationError } from '../domain/errors';
import type { Baseline, Evidence } from '../domain/evidence';
import type { EpochMs } from '../domain/quantity';
import { epochMs, fractionOf } from '../domain/quantity';
import type { PrometheusMetricsSpec, PrometheusSideSpec } from '../domain/spec';
import type { MetricScope } from '../ports/metric-source';
import type { Series, TimeRange } from './cloudwatch-series';
import { alignRange } from './cloudwatch-series';
import type { SideSeries } from './cloudwatch-windows';
import { baselineQuantiles, toBaseline, toWindows } from './cloudwatch-windows';
import { fetchReason } from './fetch-reason';

export interface PrometheusAccess {
  /** Origin to which the credentials may go: a spec that names another server gets none. */
  readonly origin: string;
  /** Value of the header `authorization`. */
  readonly authorization: string;
}

const TIMEOUT_MS = 20_000;
/** Prometheus answers at most 11,000 points a series. */
const WINDOWS_PER_REQUEST_MAX = 10_000;
const REASON_LENGTH_MAX = 300;
const NO_DATA: Series = new Map();

export class PrometheusMetrics {
  constructor(private readonly access?: PrometheusAccess) {}

  /** Whatever keeps it from a whole answer is itself the answer: the judge calls it `blind` and says why. */
  async readWindows(
    metrics: PrometheusMetricsSpec,
    scope: Pick<MetricScope, 'targetTargetGroupArn'>,
    fromMs: EpochMs,
    toMs: EpochMs,
  ): Promise<Evidence> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    try {
      const source = await this.readSide(metrics, metrics.source, range);
      const hasTarget = scope.targetTargetGroupArn !== undefined;
      const target = hasTarget ? await this.readSide(metrics, metrics.target, range) : undefined;
      return { complete: true, windows: toWindows(source, target, range) };
    } catch (error) {
      if (error instanceof Error && error.name === 'AbortError') throw error;
      return { complete: false, cause: error instanceof Error ? error.message : String(error) };
    }
  }

  async readBaseline(
    metrics: PrometheusMetricsSpec,
    fromMs: EpochMs,
    toMs: EpochMs,
    onProgress: () => void,
  ): Promise<Baseline> {
    const range = alignRange(fromMs, toMs, metrics.periodSeconds);
    const quantiles = baselineQuantiles(metrics.quantiles);
    const side = await this.readSide({ ...metrics, quantiles }, metrics.source, range, onProgress);
    return toBaseline({ side, own: [] }, metrics.quantiles, range);
  }

  private async readSide(
    metrics: PrometheusMetricsSpec,
    side: PrometheusSideSpec,
    range: TimeRange,
    onProgress: () => void = () => undefined,
  ): Promise<SideSeries> {
    const read = async (query: string): Promise<Series> => {
      const series = await this.readSeries(metrics.url, query, range);
      onProgress();
      return series;
    };
    const windowed = (query: string): string => query.replaceAll('$window', `${metrics.periodSeconds}s`);
    const latency: [string, Series][] = [];
    for (const quantile of metrics.quantiles) {
      latency.push([
        quantile,
        withoutNaN(await read(`histogram_quantile(${fractionOf(quantile)}, ${windowed(side.latency)})`)),
      ]);
    }
    return {
      requests: wholeNumbers(await read(windowed(side.requests)), side.requests),
      targetErrors: wholeNumbers(await read(windowed(side.errors)), side.errors),
      connectionErrors: NO_DATA,
      latency: Object.fromEntries(latency),
    };
  }

  /** What an expression says at the end of a window is about that window. */
  private async readSeries(url: string, query: string, range: TimeRange): Promise<Series> {
    const series = new Map<EpochMs, number>();
    const spanMs = WINDOWS_PER_REQUEST_MAX * range.periodMs;
    for (let fromMs: number = range.fromMs; fromMs < range.toMs; fromMs += spanMs) {
      const toMs = Math.min(range.toMs, fromMs + spanMs);
      const values = await this.queryRange(url, query, fromMs + range.periodMs, toMs, range.periodMs);
      for (const [seconds, text] of values)
        series.set(epochMs(Math.round(seconds * 1_000) - range.periodMs), Number(text));
    }
    return series;
  }

  private async queryRange(
    url: string,
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
  ): Promise<readonly (readonly [number, string])[]> {
    const address = new URL(`${url.replace(/\/+$/, '')}/api/v1/query_range`);
    const form = new URLSearchParams({
      query,
      start: String(startMs / 1_000),
      end: String(endMs / 1_000),
      step: String(stepMs / 1_000),
    });
    const { status, text } = await this.post(address, form);
    const answer = parseAnswer(text);
    if (answer?.status !== 'success')
      throw new MigrationError(
        'MetricsUnavailable',
        `${address.href} answered ${status}: ${answer?.error ?? text.slice(0, REASON_LENGTH_MAX)}`,
      );
    const { warnings = [], data } = answer;
    // A part of the answer is missing: Thanos and Mimir say so here.
    if (warnings.length > 0)
      throw new MigrationError(
        'MetricsUnavailable',
        `${address.href} warns: ${warnings.join('; ').slice(0, REASON_LENGTH_MAX)}`,
      );
    const result = data?.resultType === 'matrix' ? data.result : undefined;
    if (result === undefined)
      throw new MigrationError('MetricsUnavailable', `${address.href}: the answer is no matrix`);
    if (result.length > 1)
      throw new MigrationError(
        'MetricsUnavailable',
        `${query} gives ${result.length} series, one is needed: aggregate it with sum()`,
      );
    return result[0]?.values ?? [];
  }

  /** By POST: expressions may be longer than an address may. */
  private async post(address: URL, form: URLSearchParams): Promise<{ status: number; text: string }> {
    const { access } = this;
    const authorization: Record<string, string> =
      access !== undefined && access.origin === address.origin ? { authorization: access.authorization } : {};
    try {
      const response = await fetch(address, {
        method: 'POST',
        body: form,
        headers: authorization,
        // A redirect would carry the query, and nobody knows where to.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new MigrationError('MetricsUnavailable', `${address.href}: ${fetchReason(error)}`, { cause: error });
    }
  }
}

interface Answer {
  readonly status?: unknown;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data?: {
    readonly resultType?: string;
    readonly result?: readonly { readonly values?: readonly (readonly [number, string])[] }[];
  };
}

function parseAnswer(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `increase` extrapolates to the edges of the window, so it gives fractions of requests. */
function wholeNumbers(series: Series, query: string): Series {
  const whole = new Map<EpochMs, number>();
  for (const [startMs, value] of series) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
      throw new MigrationError(
        'MetricsUnavailable',
        `${query} is ${value} at ${new Date(startMs).toISOString()}, a count is needed`,
      );
    whole.set(startMs, Math.round(value));
  }
  return whole;
}

/** The quantile of a window without requests. */
function withoutNaN(series: Series): Series {
  return new Map([...series].filter(([, value]) => !Number.isNaN(value)));
}
