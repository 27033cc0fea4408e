/** Where the numbers come from. CloudWatch needs to be told nothing; Prometheus whose series are whose. */
import { PrometheusClient } from '../../adapters/prometheus-client';
import { loadConfig } from '../../config';
import { epochMs } from '../../domain/quantity';
import { UsageError } from '../failure';
import type { Answers, Field } from './answers';
import { flagText } from './flags';

/** Of the client libraries' own middleware; examples/prometheus.yaml has the same. */
const REQUESTS = 'http_requests_total';
const LATENCY = 'http_request_duration_seconds_bucket';
/** A series that was silent for longer is no traffic of today's. Unit: milliseconds. */
const LOOK_BACK_MS = 300_000;

/** @param has whether an expression has a value in Prometheus now. */
export type HasSeries = (url: string, expression: string) => Promise<boolean>;

/** @param beside what CloudWatch needs on this road. */
export async function metricsFields(
  answers: Answers,
  beside: readonly Field[] = [],
  has: HasSeries = hasSeries,
): Promise<Field[]> {
  if (!answers.has('prometheus')) return [{ path: ['source', 'metrics', 'kind'], value: 'cloudwatch' }, ...beside];
  const at = ['source', 'metrics'];
  const url = await answers.field({
    flag: 'prometheus',
    question: 'where is Prometheus? (URL)',
    path: [...at, 'url'],
  });
  const source = await selector(answers, 'sourceSelector', 'which labels have the series of the source?');
  const target = await selector(answers, 'targetSelector', 'which labels will the series of the target have?');
  for (const metric of [REQUESTS, LATENCY]) {
    const series = `${metric}{${source}}`;
    if (!(await has(String(url.value), series)))
      throw new UsageError(`${flagText('sourceSelector')} ${source}: ${String(url.value)} has no series ${series}`);
  }
  return [
    { path: [...at, 'kind'], value: 'prometheus' },
    url,
    { path: [...at, 'source'], value: expressionsOf(source), flag: 'sourceSelector' },
    { path: [...at, 'target'], value: expressionsOf(target), flag: 'targetSelector' },
  ];
}

/** One matcher after the other, with a comma between them. */
const SELECTOR = /^[a-zA-Z_]\w*\s*(=|!=|=~|!~)\s*"[^"\\{}]*"(\s*,\s*[a-zA-Z_]\w*\s*(=|!=|=~|!~)\s*"[^"\\{}]*")*$/;

async function selector(
  answers: Answers,
  flag: 'sourceSelector' | 'targetSelector',
  question: string,
): Promise<string> {
  const text = await answers.text({ flag, question: `${question} (such as job="ranker")` });
  if (!SELECTOR.test(text)) throw new UsageError(`${flagText(flag)} ${text}: must be labels such as job="ranker"`);
  return text;
}

function expressionsOf(labels: string): Record<'requests' | 'errors' | 'latency', string> {
  return {
    requests: `sum(increase(${REQUESTS}{${labels}}[$window]))`,
    // No error yet means no series, which is not the same as no errors.
    errors: `sum(increase(${REQUESTS}{${labels}, code=~"5.."}[$window])) or vector(0)`,
    latency: `sum by (le) (increase(${LATENCY}{${labels}}[$window]))`,
  };
}

async function hasSeries(url: string, series: string): Promise<boolean> {
  const client = new PrometheusClient(loadConfig().prometheus);
  const now = Date.now();
  const range = { fromMs: epochMs(now - LOOK_BACK_MS), toMs: epochMs(now), periodMs: LOOK_BACK_MS };
  const found = await client.readRange(url, `count(${series})`, range);
  return [...found.values()].some((samples) => samples.size > 0);
}
