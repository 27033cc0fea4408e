import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusMetrics } from '../../src/adapters/prometheus';
import type { Evidence } from '../../src/domain/evidence';
import type { EpochMs, Milliseconds } from '../../src/domain/quantity';
import type { PrometheusMetricsSpec } from '../../src/domain/spec';

type Answer = { status?: number; body: unknown };
type Handler = (form: URLSearchParams, request: http.IncomingMessage) => Answer;

let handler: Handler;
let server: http.Server;
let origin: string;
const asked: { query: string; authorization: string | undefined }[] = [];

beforeAll(async () => {
  server = http.createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const form = new URLSearchParams(text);
      asked.push({ query: form.get('query') ?? '', authorization: request.headers.authorization });
      const { status = 200, body } = handler(form, request);
      response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => asked.splice(0));

const side = (name: string) => ({
  requests: `sum(increase(${name}_requests[$window]))`,
  errors: `sum(increase(${name}_errors[$window]))`,
  latency: `sum by (le) (increase(${name}_seconds_bucket[$window]))`,
});
const spec = (change: Partial<PrometheusMetricsSpec> = {}): PrometheusMetricsSpec => ({
  kind: 'prometheus',
  url: `${origin}/prom`,
  periodSeconds: 60,
  lagMs: 0 as Milliseconds,
  quantiles: ['p99'],
  source: side('source'),
  target: side('target'),
  queries: [],
  ...change,
});

const BOTH = { target: 'arn' };
const matrix = (...result: (readonly [number, string])[][]): Answer => ({
  body: { status: 'success', data: { resultType: 'matrix', result: result.map((values) => ({ metric: {}, values })) } },
});

/** Values by the beginning of the expression's metric, at the ends of the first windows. */
const answering = (values: Record<string, string[]>): Handler => {
  return (form) => {
    const query = form.get('query') ?? '';
    const [, found = []] = Object.entries(values).find(([name]) => query.includes(name)) ?? [];
    return matrix(found.map((value, index) => [(index + 1) * 60, value] as const));
  };
};

const read = (metrics = new PrometheusMetrics(), change: Partial<PrometheusMetricsSpec> = {}): Promise<Evidence> =>
  metrics.readWindows(spec(change), BOTH, 0 as EpochMs, 180_000 as EpochMs);

test('Prometheus: what an expression says at the end of a window is about that window', async () => {
  handler = answering({
    source_requests: ['900.4', '899.6', '0'],
    source_errors: ['1'],
    source_seconds: ['0.25', '0.3', 'NaN'],
    target_requests: ['100', '101', '0'],
    target_errors: ['2', '0', '0'],
    target_seconds: ['0.2', '0.21', 'NaN'],
  });
  expect(await read()).toEqual({
    complete: true,
    windows: [
      {
        startMs: 0,
        endMs: 60_000,
        source: { requestCount: 900, errorCount: 1, quantilesMs: { p99: 250 } },
        target: { requestCount: 100, errorCount: 2, quantilesMs: { p99: 200 } },
      },
      {
        startMs: 60_000,
        endMs: 120_000,
        source: { requestCount: 900, errorCount: 0, quantilesMs: { p99: 300 } },
        target: { requestCount: 101, errorCount: 0, quantilesMs: { p99: 210 } },
      },
    ],
  });
});

test('Prometheus: every quantile is asked for, with the length of a window in the expression', async () => {
  handler = answering({});
  await read(new PrometheusMetrics(), { quantiles: ['p50', 'p99.9'] });
  const ofSource = asked.map(({ query }) => query).filter((query) => query.includes('source'));
  expect(ofSource.sort()).toEqual([
    'histogram_quantile(0.5, sum by (le) (increase(source_seconds_bucket[60s]))) < histogram_quantile(1, sum by (le) (increase(source_seconds_bucket[60s])))',
    'histogram_quantile(0.999, sum by (le) (increase(source_seconds_bucket[60s]))) < histogram_quantile(1, sum by (le) (increase(source_seconds_bucket[60s])))',
    'sum(increase(source_errors[60s]))',
    'sum(increase(source_requests[60s]))',
  ]);
});

test('Prometheus: eight requests are under way at once, not one after the other', async () => {
  const held: http.ServerResponse[] = [];
  // Nobody is answered before eight wait; the number of all requests is a multiple of eight.
  const holding = http.createServer((request, response) => {
    request.resume();
    if (held.push(response) < 8) return;
    for (const each of held.splice(0)) each.end(JSON.stringify(matrix().body));
  });
  await new Promise<void>((resolve) => holding.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(holding.address() as AddressInfo).port}`;
  const queries = Array.from({ length: 21 }, (_, index) => ({ name: `q${index}`, source: 'x', target: 'y' }));

  expect(await read(new PrometheusMetrics(), { url, queries })).toEqual({ complete: true, windows: [] });
  expect(held).toEqual([]);
  await new Promise((resolve) => holding.close(resolve));
});

test('Prometheus: a long time is asked for in parts that it answers', async () => {
  const spans: number[] = [];
  handler = (form) => {
    if (form.get('query') === 'sum(increase(source_requests[1s]))')
      spans.push((Number(form.get('end')) - Number(form.get('start'))) / Number(form.get('step')) + 1);
    return matrix();
  };
  const metrics = new PrometheusMetrics();
  await metrics.readWindows(spec({ periodSeconds: 1 }), {}, 0 as EpochMs, 25_000_000 as EpochMs);
  expect(spans).toEqual([10_000, 10_000, 5_000]);
});

test.each<[string, Answer, RegExp]>([
  ['an error', { status: 422, body: { status: 'error', error: 'parse error' } }, /answered 422: parse error/],
  ['something that is not JSON', { status: 502, body: '<html>Bad Gateway' }, /answered 502: <html>Bad Gateway/],
  [
    'a warning that data is missing',
    { body: { ...(matrix().body as object), warnings: ['store down'] } },
    /warns: store down/,
  ],
  [
    'a warning about the expression',
    {
      body: {
        ...(matrix().body as object),
        warnings: ['PromQL info: a', 'PromQL warning: bucket label "le" is missing'],
      },
    },
    /warns: PromQL warning: bucket/,
  ],
  ['several series', matrix([[60, '1']], [[60, '2']]), /gives 2 series, one is needed: aggregate it with sum\(\)/],
  ['a count that is none', matrix([[60, 'NaN']]), /is NaN at 1970-01-01T00:00:00.000Z, a count is needed/],
  ['a negative count', matrix([[60, '-3']]), /is -3 at/],
  ['a vector', { body: { status: 'success', data: { resultType: 'vector', result: [] } } }, /is no matrix/],
])('Prometheus: %s is not a whole answer, and says why', async (_fact, answer, words) => {
  handler = (form) => ((form.get('query') ?? '').startsWith('histogram') ? matrix() : answer);
  await expect(read()).rejects.toMatchObject({ code: 'MetricsUnavailable', message: expect.stringMatching(words) });
});

test('Prometheus: a remark on an expression is no missing data', async () => {
  const warnings = ['PromQL info: metric might not be a counter, name does not end in _total: "source_requests"'];
  handler = () => ({ body: { ...(matrix([[60, '1']]).body as object), warnings, infos: warnings } });
  expect(await read()).toMatchObject({ complete: true, windows: [{ source: { requestCount: 1 } }] });
});

test('Prometheus: a server that cannot be reached is not a whole answer', async () => {
  await expect(read(new PrometheusMetrics(), { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'MetricsUnavailable',
    message: expect.stringMatching(/^http:\/\/127.0.0.1:1\/api\/v1\/query_range: (TypeError: )?fetch failed/),
  });
});

test('Prometheus: credentials go to their own server, and to no other that a spec names', async () => {
  handler = answering({});
  await read(new PrometheusMetrics({ origin, authorization: 'Bearer secret' }));
  await read(new PrometheusMetrics({ origin: 'https://prometheus.example.com', authorization: 'Bearer secret' }));
  const sent = asked.map(({ authorization }) => authorization);
  expect(new Set(sent.slice(0, sent.length / 2))).toEqual(new Set(['Bearer secret']));
  expect(new Set(sent.slice(sent.length / 2))).toEqual(new Set([undefined]));
});

test('Prometheus: own metrics of both sides stand in the windows where they have a finite value', async () => {
  handler = (form) => {
    const query = form.get('query') ?? '';
    const values = { old_gpu: ['60', 'NaN', '62'], new_gpu: ['40', '+Inf', '42'], 'old_cost[60s]': ['3', '3', '3'] };
    const own = Object.entries(values).find(([name]) => query.includes(name));
    return matrix((own?.[1] ?? ['100', '100', '100']).map((value, index) => [(index + 1) * 60, value] as const));
  };
  const evidence = await read(new PrometheusMetrics(), {
    queries: [
      { name: 'gpu', source: 'avg(old_gpu)', target: 'avg(new_gpu)' },
      { name: 'cost', source: 'sum(increase(old_cost[$window]))' },
    ],
  });
  expect(evidence).toMatchObject({
    windows: [
      { source: { metrics: { gpu: 60, cost: 3 } }, target: { metrics: { gpu: 40 } } },
      { source: { metrics: { cost: 3 } }, target: expect.not.objectContaining({ metrics: expect.anything() }) },
      { source: { metrics: { gpu: 62, cost: 3 } }, target: { metrics: { gpu: 42 } } },
    ],
  });
});

describe('Prometheus with segments', () => {
  const byModel = (name: string) => ({
    requests: `sum by (model) (increase(${name}_requests[$window]))`,
    errors: `sum by (model) (increase(${name}_errors[$window]))`,
    latency: `sum by (le, model) (increase(${name}_seconds_bucket[$window]))`,
  });
  const SPEC = { segmentBy: 'model', source: byModel('source'), target: byModel('target') };
  const labelled = (values: Record<string, string>): Answer => ({
    body: {
      status: 'success',
      data: {
        resultType: 'matrix',
        result: Object.entries(values).map(([model, value]) => ({
          metric: model === '' ? {} : { model },
          values: [[60, value]],
        })),
      },
    },
  });
  const answers: [string, Answer][] = [
    ['histogram_quantile(0.99, sum without (model) (sum by (le, model) (increase(source', labelled({ '': '0.5' })],
    ['histogram_quantile(0.99, sum without (model) (sum by (le, model) (increase(target', labelled({ '': '0.6' })],
    [
      'histogram_quantile(0.99, sum by (le, model) (increase(source',
      labelled({ large: '0.9', small: '0.1', '': '0.2' }),
    ],
    ['histogram_quantile(0.99, sum by (le, model) (increase(target', labelled({ large: '0.8', tiny: 'NaN' })],
    ['sum(sum by (model) (increase(source_requests', labelled({ '': '1000' })],
    ['sum(sum by (model) (increase(target_requests', labelled({ '': '100' })],
    ['sum(sum by (model) (increase(source_errors', labelled({ '': '7' })],
    ['sum by (model) (increase(source_requests', labelled({ large: '300.4', small: '690', '': '9.6' })],
    ['sum by (model) (increase(target_requests', labelled({ large: '99', tiny: '1' })],
    ['sum by (model) (increase(source_errors', labelled({ large: '7' })],
  ];
  const answerOf = (form: URLSearchParams): Answer =>
    answers.find(([beginning]) => (form.get('query') ?? '').startsWith(beginning))?.[1] ?? labelled({});

  test('Prometheus: totals hold every request, segments those with a label, on both sides', async () => {
    handler = answerOf;
    expect(await read(new PrometheusMetrics(), SPEC)).toMatchObject({
      windows: [
        {
          source: { requestCount: 1_000, errorCount: 7, quantilesMs: { p99: 500 } },
          target: { requestCount: 100, errorCount: 0, quantilesMs: { p99: 600 } },
          segments: {
            large: {
              source: { requestCount: 300, errorCount: 7, quantilesMs: { p99: 900 } },
              target: { requestCount: 99, errorCount: 0, quantilesMs: { p99: 800 } },
            },
            small: {
              source: { requestCount: 690, errorCount: 0, quantilesMs: { p99: 100 } },
              target: { requestCount: 0, errorCount: 0, quantilesMs: {} },
            },
            tiny: {
              source: { requestCount: 0, errorCount: 0, quantilesMs: {} },
              target: { requestCount: 1, errorCount: 0, quantilesMs: {} },
            },
          },
        },
      ],
    });
  });

  test('Prometheus: a baseline is of all requests, and asks for no segments', async () => {
    handler = answerOf;
    const metrics = new PrometheusMetrics();
    const baseline = await metrics.readBaseline(spec(SPEC), {}, 0 as EpochMs, 60_000 as EpochMs, () => undefined);
    expect(baseline).toMatchObject({ requestCount: 1_000, errorRate: 0.007, latencyP99Ms: 500 });
    expect(asked.every(({ query }) => /sum without \(model\)|^sum\(sum by/.test(query))).toBe(true);
  });

  test('Prometheus: two series of one segment are refused, with what to write', async () => {
    const twice = { metric: { model: 'large', pod: 'a' }, values: [[60, '1']] };
    handler = (form) =>
      (form.get('query') ?? '').startsWith('sum by')
        ? { body: { status: 'success', data: { resultType: 'matrix', result: [twice, twice] } } }
        : answerOf(form);
    await expect(read(new PrometheusMetrics(), SPEC)).rejects.toThrow(
      /gives several series with model="large", one is needed: aggregate it with sum by \(model\)/,
    );
  });

  test.each([
    [100, 'complete: true'],
    [101, 'gives 101 values of model, at most 100 are read'],
  ])('Prometheus: with %i segments the answer says: %s', async (count, words) => {
    const many = Object.fromEntries(Array.from({ length: count }, (_, index) => [`m${index}`, '1']));
    handler = (form) => ((form.get('query') ?? '').startsWith('sum by') ? labelled(many) : answerOf(form));
    const told = await read(new PrometheusMetrics(), SPEC).then(
      ({ complete }) => `complete: ${complete}`,
      (error: Error) => error.message,
    );
    expect(told).toContain(words);
  });
});

test('Prometheus: the baseline has the usual percentiles and those that guardrails name', async () => {
  handler = (form) => {
    const query = form.get('query') ?? '';
    const share = /^histogram_quantile\(([\d.]+)/.exec(query)?.[1];
    const value = share ?? (query.includes('errors') ? '3' : '600');
    return matrix([
      [60, value],
      [120, value],
    ]);
  };
  const metrics = new PrometheusMetrics();
  const baseline = await metrics.readBaseline(
    spec({ quantiles: ['p90'] }),
    {},
    0 as EpochMs,
    180_000 as EpochMs,
    () => undefined,
  );
  expect(baseline).toMatchObject({
    windowsExpected: 3,
    windowsWithData: 2,
    requestCount: 1_200,
    errorRate: 0.005,
    latencyP50Ms: 500,
    latencyP95Ms: 950,
    latencyP99Ms: 990,
    quantilesMs: { p90: 900 },
    gaps: [{ fromMs: 120_000, toMs: 180_000 }],
  });
});
