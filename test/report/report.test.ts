import { makeReport } from '../../src/report';
import type { Report } from '../../src/report';
import { errorFacts } from '../../src/report/rates';
import { BUCKETS_MAX, seriesOf } from '../../src/report/series';
import { summaryOf } from '../../src/report/summary';
import type { LedgerRecord } from '../../src/domain/record';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { beginMigration, BRIEF, LedgerWriter, OWNER, START_MS, writeMigration } from '../support/written-ledger';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function reportOf(records: readonly LedgerRecord[], trouble: readonly string[] = []): Report {
  return makeReport(records, { trouble, isCompliance: true });
}

const brief = reportOf(writeMigration(BRIEF).records);

test('report: whose it is, how it ended and how long it took come from the records', () => {
  expect(brief).toMatchObject({ ...OWNER, outcome: { kind: 'completed' }, fromMs: START_MS, trouble: [], missing: [] });
  expect(brief.phases.map(({ name, ending }) => [name, ending])).toEqual(
    ['baseline', 'environment', 'shadow', 'cutover', 'decommission'].map((name) => [name, 'finished']),
  );
});

test('report: the same records give the same report', () => {
  const { records } = writeMigration(BRIEF);
  expect(reportOf(records)).toEqual(reportOf(JSON.parse(JSON.stringify(records)) as LedgerRecord[]));
});

test('report: weights are those that were read back, in order', () => {
  expect(brief.weights.map(({ targetPercent }) => targetPercent)).toEqual([10, 25, 50, 75, 100]);
});

test('report: each gate has its question, its answer, who gave it and how long it took', () => {
  expect(brief.gates.map(({ name, answer }) => [name, answer])).toEqual(
    ['cutover-10', 'cutover-50', 'cutover-100', 'decommission'].map((name) => [name, 'approved']),
  );
  expect(brief.gates[0]).toMatchObject({ question: 'move on to cutover-10?', actor: { requestedBy: 'grace' } });
  expect((brief.gates[0]?.answeredMs ?? 0) - (brief.gates[0]?.openedMs ?? 0)).toBe(HOUR_MS);
});

test.each<[string, (writer: LedgerWriter) => LedgerWriter, string | null]>([
  ['nobody has answered', (writer) => writer, null],
  ['no', (writer) => writer.write({ kind: 'gate_answered', text: 'gate evidence-25 rejected' }), 'rejected'],
  ['more time', (writer) => writer.write({ kind: 'extended', text: 'extended by 6h' }), 'extended'],
  [
    'by itself',
    (writer) => writer.write({ kind: 'gate_answered', text: 'gate evidence-25 opened by itself: 3m' }),
    'opened_by_itself',
  ],
  ['a rollback', (writer) => writer.rollBack('errors'), 'overtaken'],
])('report: a gate that is answered with %s', (_fact, answer, expected) => {
  const writer = beginMigration().write({ kind: 'gate_opened', text: 'gate evidence-25: go on?' });
  expect(reportOf(answer(writer).records).gates).toMatchObject([{ name: 'evidence-25', answer: expected }]);
});

test('report: a rollback ends its phase, and a restart begins it again', () => {
  const writer = beginMigration().begin('shadow').rollBack('errors').begin('shadow');
  const { phases, outcome } = reportOf(writer.records);
  expect(phases.map(({ name, ending }) => `${name} ${ending}`)).toEqual([
    'baseline finished',
    'shadow rolled_back',
    'shadow open',
  ]);
  expect(outcome.kind).toBe('rolled_back');
  expect(reportOf(writer.write({ kind: 'restarted', text: 'again' }).records).outcome.kind).toBe('under_way');
});

test('report: a step is a stretch of evidence under one weight, with sums, medians and the verdict that ended it', () => {
  const step = brief.steps.find(({ label }) => label === 'cutover step 2: 75/25');
  expect(step).toMatchObject({ targetPercent: 25, windowCount: 120, verdict: { kind: 'pass' }, pairs: null });
  expect(step?.target.latencyMs.p99).toBeGreaterThan(60);
  expect(step?.target.requestCount).toBeLessThan(step?.source.requestCount ?? 0);
  expect(step?.cost?.target).toBeLessThan(step?.cost?.source ?? 0);
});

test('report: time at a gate is a stretch of its own', () => {
  expect(brief.steps.map(({ label }) => label)).toContain('cutover, held at 25 % on the target');
});

test('report: what comes every hour is counted, not listed', () => {
  expect(brief.decisions.map(({ kind }) => kind)).not.toContain('evidence');
  expect(brief.routine.evidence).toBe(29);
});

test('report: records that are missing are told, with the time that they are missing from', () => {
  const { records } = writeMigration(BRIEF);
  const { missing, steps } = reportOf(records.filter(({ seq }) => seq !== 12 && seq !== 13));
  expect(missing).toMatchObject([{ fromSeq: 12, toSeq: 13 }]);
  expect(missing[0]?.fromMs).toBeLessThanOrEqual(missing[0]?.toMs ?? 0);
  expect(steps.length).toBeGreaterThan(5);
});

test('summary: of a source that costs nothing there is no ratio', () => {
  const steps = brief.steps.map((step) => ({ ...step, cost: { source: 0, target: 0.1 } }));
  expect(summaryOf({ ...brief, steps })).toContainEqual({
    name: 'Cost of a request',
    value: '–',
    detail: "0.1 to the source's 0",
  });
});

test('report: one record is enough', () => {
  const { records } = new LedgerWriter().write({ kind: 'started', text: 'migration of ranker starts' });
  expect(reportOf(records)).toMatchObject({ outcome: { kind: 'under_way' }, steps: [], series: { buckets: [] } });
});

describe('series', () => {
  const writer = beginMigration()
    .begin('cutover')
    .watch(30, targetWeight(10))
    .pass(5)
    .watch(3, ALL_ON_SOURCE, { copies: 50 });
  const series = seriesOf(writer.records);

  test('series: at most a thousand points, with every request of every window in one of them', () => {
    const sum = (pick: (bucket: (typeof series.buckets)[number]) => number): number =>
      series.buckets.reduce((total, bucket) => total + pick(bucket), 0);
    const windows = writer.records.flatMap((record) => record.windows ?? []);
    expect(series.buckets.length).toBeLessThanOrEqual(BUCKETS_MAX);
    expect(series.bucketMs).toBe(3 * MINUTE_MS);
    expect(sum(({ windowCount }) => windowCount)).toBe(windows.length);
    expect(sum(({ target }) => target.requestCount)).toBe(
      windows.reduce((total, { target }) => total + target.requestCount, 0),
    );
  });

  test('series: a peak of one window is still in its point', () => {
    const { min, mean, max } = series.buckets[0]?.target.latencyMs.p99 ?? { min: 0, mean: 0, max: 0 };
    expect(min).toBeLessThan(mean);
    expect(mean).toBeLessThan(max);
  });

  test('series: where nobody watched there is no point', () => {
    const [before, after] = [series.buckets.at(-61), series.buckets.at(-60)];
    expect((after?.index ?? 0) - (before?.index ?? 0)).toBe(101);
  });

  test('series: copies are not traffic of users', () => {
    expect(series.buckets.at(-1)).toMatchObject({ observed: null, pairs: { compared: expect.any(Number) } });
    expect(series.buckets[0]?.observed?.mean).toBeCloseTo(10, 0);
  });

  test('series: the cost of a verdict is that of the windows before it', () => {
    expect(series.buckets.every(({ cost }) => cost !== null)).toBe(true);
  });
});

test.each([
  [1_000, 0, { rate: 0, low: 0, high: 0.0038 }],
  [1_000, 10, { rate: 0.01, low: 0.0054, high: 0.0183 }],
  [10, 10, { rate: 1, low: 0.7225, high: 1 }],
  [0, 0, { rate: null, low: null, high: null }],
])('errorFacts: %i requests with %i errors lie within their 95 %% interval', (requests, errors, expected) => {
  const { rate, low, high } = errorFacts(requests, errors);
  const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(4)));
  expect({ rate, low: rounded(low), high: rounded(high) }).toEqual(expected);
});

describe('controls', () => {
  const controlOf = (report: Report, words: string): unknown =>
    report.controls?.find(({ requirement }) => requirement.includes(words));

  test('controls: encryption, access, approvals, retention and integrity are shown, with record numbers', () => {
    const areas = new Set(brief.controls?.map(({ area }) => area));
    expect(areas).toEqual(new Set(['encryption', 'access', 'approvals', 'retention', 'integrity']));
    expect(brief.controls?.map(({ state }) => state)).toEqual(brief.controls?.map(() => 'shown'));
    expect(controlOf(brief, 'at rest')).toMatchObject({
      evidence: [1],
      finding: expect.stringContaining('alias/ranker'),
    });
  });

  test('controls: only the compliance edition has them', () => {
    expect(makeReport(writeMigration(BRIEF).records, { trouble: [], isCompliance: false }).controls).toBeUndefined();
  });

  test('controls: a broken chain, an act without a name and an approval of the own start are exceptions', () => {
    const actor = { requestedBy: 'ada', reason: 'unknown' };
    const { records } = beginMigration().gate('cutover-10', 1, ALL_ON_SOURCE, actor);
    const report = reportOf(records, ['record 2: gap']);
    expect(controlOf(report, 'No record was changed')).toMatchObject({ state: 'exception', finding: 'record 2: gap' });
    expect(controlOf(report, 'names the person')).toMatchObject({ state: 'exception', evidence: [records.length] });
    expect(controlOf(report, 'other than who started')).toMatchObject({ state: 'exception' });
    expect(controlOf(report, 'Every planned gate')).toMatchObject({ state: 'exception' });
  });

  test('controls: a planned gate that a rollback overtook was answered by nobody', () => {
    const { records } = writeMigration(BRIEF);
    const asked = records.findLastIndex(({ kind }) => kind === 'gate_opened');
    const overtaken = records.slice(0, asked + 1).concat({ ...records[asked + 1]!, kind: 'rollback', text: 'back' });
    const gate = /^gate (\S+):/.exec(records[asked]?.text ?? '')?.[1] ?? 'none';
    expect(controlOf(reportOf(overtaken), 'Every planned gate')).toMatchObject({
      state: 'exception',
      finding: expect.stringContaining(gate) as string,
    });
  });

  test('controls: where records are missing, nothing is claimed of the evidence', () => {
    const { records } = writeMigration(BRIEF);
    const report = reportOf(records.filter(({ seq }) => seq !== 12 && seq !== 13));
    expect(controlOf(report, 'Evidence is on record')).toMatchObject({
      state: 'not_shown',
      finding: expect.stringContaining('records 12 to 13 are missing') as string,
    });
  });

  test('controls: what no record says is not shown, and not claimed', () => {
    const { records } = new LedgerWriter().write({ kind: 'started', text: 'migration of ranker starts' });
    expect(controlOf(reportOf(records), 'at rest')).toMatchObject({ state: 'not_shown' });
    expect(controlOf(reportOf(records), 'stayed available')).toMatchObject({ state: 'not_shown' });
  });
});
