/** Range queries of Prometheus's HTTP API, whole or not at all. */
import { MigrationError } from '../domain/errors';
import type { EpochMs } from '../domain/quantity';
import { epochMs } from '../domain/quantity';
import { fetchReason } from './fetch-reason';
import type { Series, TimeRange } from './metric-series';

export interface PrometheusAccess {
  /** Origin to which the credentials may go: a spec that names another server gets none. */
  readonly origin: string;
  /** Value of the header `authorization`. */
  readonly authorization: string;
}

/** Value of the label → series. What does not have the label stands under the empty value, as in PromQL. */
export type LabelledSeries = ReadonlyMap<string, Series>;

const TIMEOUT_MS = 20_000;
/** Prometheus answers at most 11,000 points a series. */
const WINDOWS_PER_REQUEST_MAX = 10_000;
/** More than a person wants to look at; and every one costs points in every answer. */
const LABEL_VALUES_MAX = 100;
const REASON_LENGTH_MAX = 300;
/** Of a name that is unusual for a counter, or of buckets mended by rounding. Prometheus 2.48 to 2.53 sends it as a warning. */
const REMARK = 'PromQL info:';

/** All that is missing of an answer is thrown as MetricsUnavailable. */
export class PrometheusClient {
  constructor(private readonly access?: PrometheusAccess) {}

  /**
   * What an expression says at the end of a window is about that window.
   * @param label by whose values the series are told apart; undefined: the expression gives one series, under ''.
   */
  async readRange(url: string, query: string, range: TimeRange, label?: string): Promise<LabelledSeries> {
    const byValue = new Map<string, Map<EpochMs, number>>();
    const spanMs = WINDOWS_PER_REQUEST_MAX * range.periodMs;
    for (let fromMs: number = range.fromMs; fromMs < range.toMs; fromMs += spanMs) {
      const toMs = Math.min(range.toMs, fromMs + spanMs);
      const found = await this.queryRange(url, query, fromMs + range.periodMs, toMs, range.periodMs);
      for (const [value, samples] of distinct(found, query, label)) {
        const series = byValue.get(value) ?? new Map<EpochMs, number>();
        for (const [seconds, text] of samples)
          series.set(epochMs(Math.round(seconds * 1_000) - range.periodMs), Number(text));
        byValue.set(value, series);
      }
    }
    if (byValue.size > LABEL_VALUES_MAX)
      throw unavailable(`${query} gives ${byValue.size} values of ${label}, at most ${LABEL_VALUES_MAX} are read`);
    return byValue;
  }

  private async queryRange(
    url: string,
    query: string,
    startMs: number,
    endMs: number,
    stepMs: number,
  ): Promise<readonly FoundSeries[]> {
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
      throw unavailable(`${address.href} answered ${status}: ${answer?.error ?? text.slice(0, REASON_LENGTH_MAX)}`);
    const { data } = answer;
    // A part of the answer is missing, or the expression means something else: so say Thanos, Mimir and Prometheus itself.
    const warnings = (answer.warnings ?? []).filter((warning) => !warning.startsWith(REMARK));
    if (warnings.length > 0)
      throw unavailable(`${address.href} warns: ${warnings.join('; ').slice(0, REASON_LENGTH_MAX)}`);
    if (data?.resultType !== 'matrix' || data.result === undefined)
      throw unavailable(`${address.href}: the answer is no matrix`);
    return data.result;
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

interface FoundSeries {
  readonly metric?: Readonly<Record<string, string>>;
  readonly values?: readonly (readonly [seconds: number, value: string])[];
  /** Native histograms themselves: an expression that lacks what makes numbers of them. */
  readonly histograms?: readonly unknown[];
}

interface Answer {
  readonly status?: unknown;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly data?: {
    readonly resultType?: string;
    readonly result?: readonly FoundSeries[];
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

/** Two series under one value would have to be added, averaged or told apart: only who wrote the expression knows. */
function distinct(
  found: readonly FoundSeries[],
  query: string,
  label: string | undefined,
): Map<string, NonNullable<FoundSeries['values']>> {
  const byValue = new Map<string, NonNullable<FoundSeries['values']>>();
  for (const { metric, values = [], histograms } of found) {
    if (histograms !== undefined) throw unavailable(`${query} gives histograms, numbers are needed`);
    const value = label === undefined ? '' : (metric?.[label] ?? '');
    if (byValue.has(value))
      throw unavailable(
        label === undefined
          ? `${query} gives ${found.length} series, one is needed: aggregate it with sum()`
          : `${query} gives several series with ${label}="${value}", one is needed: aggregate it with sum by (${label})`,
      );
    byValue.set(value, values);
  }
  return byValue;
}

function unavailable(message: string): MigrationError {
  return new MigrationError('MetricsUnavailable', message);
}
