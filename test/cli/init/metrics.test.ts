import { Answers } from '../../../src/cli/init/answers';
import { documentOf } from '../../../src/cli/init/draft';
import type { Given } from '../../../src/cli/init/flags';
import { metricsFields } from '../../../src/cli/init/metrics';

const answersFrom = (given: Given): Answers => new Answers(given, undefined, () => undefined);
const PROMETHEUS = {
  prometheus: 'http://prometheus:9090',
  sourceSelector: 'job="ranker"',
  targetSelector: 'job="ranker-target"',
};

test('metrics: CloudWatch unless a Prometheus is named', async () => {
  const fields = await metricsFields(answersFrom({}), [{ path: ['source', 'metrics', 'x'], value: 1 }]);
  expect(documentOf(fields)).toEqual({ source: { metrics: { kind: 'cloudwatch', x: 1 } } });
});

test('metrics: asks Prometheus for what the expressions of the source read', async () => {
  const asked: string[] = [];
  const fields = await metricsFields(answersFrom(PROMETHEUS), [], async (_url, series) => asked.push(series) > 0);
  expect(asked).toEqual(['http_requests_total{job="ranker"}', 'http_request_duration_seconds_bucket{job="ranker"}']);
  expect(documentOf(fields)).toMatchObject({
    source: {
      metrics: {
        kind: 'prometheus',
        source: { errors: 'sum(increase(http_requests_total{job="ranker", code=~"5.."}[$window])) or vector(0)' },
        target: { requests: 'sum(increase(http_requests_total{job="ranker-target"}[$window]))' },
      },
    },
  });
});

test('metrics: a source without series is an error that names them', async () => {
  await expect(metricsFields(answersFrom(PROMETHEUS), [], async () => false)).rejects.toThrow(
    '--source-selector job="ranker": http://prometheus:9090 has no series http_requests_total{job="ranker"}',
  );
});

test('metrics: a Prometheus that does not answer is an error that names it', async () => {
  const given = { ...PROMETHEUS, prometheus: 'http://127.0.0.1:1' };
  await expect(metricsFields(answersFrom(given))).rejects.toThrow('http://127.0.0.1:1/api/v1/query_range');
});
