import type { ReplayedStep } from '../../src/analysis/replay';
import type { Baseline, EvidenceWindow } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import type { LedgerRecord } from '../../src/domain/record';
import { targetWeight } from '../../src/domain/weights';
import { readSpecFile } from '../../src/spec';
import { scratchFiles } from './scratch';
import { MINIMAL, NOW_MS, Terminal } from './support';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.ledger.records = [
    record(1),
    record(2, { kind: 'shift_confirmed', text: 'weights confirmed', weights: targetWeight(10) }),
  ];
});

function record(seq: number, change: Partial<LedgerRecord> = {}): LedgerRecord {
  return {
    seq,
    kind: 'started',
    at: NOW_MS as EpochMs,
    phase: 'starting',
    text: 'migration of ranker started',
    actor: { requestedBy: 'anna', reason: 'ticket 4711' },
    workload: 'ranker',
    run: 'run-uuid',
    policyHash: 'f'.repeat(64),
    previousHash: '0'.repeat(64),
    hash: '1'.repeat(64),
    ...change,
  };
}

test('explain: every record is told with time, actor, reason and weights', async () => {
  const { code, out } = await terminal.run('explain ranker --ledger s3://ledger/x');
  expect(code).toBe(0);
  expect(out.split('\n')).toEqual([
    'ranker, run run-uuid: 2 records, policy ffffffffffff',
    '',
    '    1  2026-01-02T03:04:05.000Z  starting: migration of ranker started [anna: ticket 4711]',
    '    2  2026-01-02T03:04:05.000Z  starting: weights confirmed (90/10) [anna: ticket 4711]',
    '',
  ]);
});

test('explain: the baseline is told with its percentiles, its own metrics and its gaps', async () => {
  const [fromMs, toMs] = [NOW_MS as EpochMs, (NOW_MS + 3_600_000) as EpochMs];
  const metrics = [{ name: 'gpu', stat: 'Average', average: 41.23456, peak: 88, windowsWithData: 58 }];
  const baseline: Baseline = {
    fromMs,
    toMs,
    windowsExpected: 60,
    windowsWithData: 58,
    gaps: [{ fromMs, toMs: (NOW_MS + 120_000) as EpochMs }],
    requestCount: 7_200,
    requestsPerSecondAverage: 2,
    requestsPerSecondPeak: 5.5,
    errorRate: 0.00125,
    latencyP50Ms: 20,
    latencyP95Ms: null,
    latencyP99Ms: 81.25,
    quantilesMs: { p99: 81.25 },
    metrics,
  };
  terminal.ledger.records = [record(1, { kind: 'baseline', text: 'baseline', values: { baseline } })];
  const { out } = await terminal.run('explain ranker --ledger s3://ledger');
  expect(out.split('\n').slice(3)).toEqual([
    '       from 2026-01-02T03:04:05.000Z to 2026-01-02T04:04:05.000Z: 58 of 60 windows with data',
    '       requests     7200, 2.0 a second, peak 5.5',
    '       latency      P50 20.0 ms, P95 unknown, P99 81.3 ms',
    '       error rate   0.125 %',
    '       gpu (Average)   average 41.23, peak 88',
    '       gap          2026-01-02T03:04:05.000Z to 2026-01-02T03:06:05.000Z (2m)',
    '',
  ]);
});

test('explain: a verdict is told guardrail by guardrail, and evidence in sums', async () => {
  const side = { requestCount: 10, errorCount: 1, quantilesMs: { p99: 20 } };
  const window = { startMs: NOW_MS as EpochMs, endMs: (NOW_MS + 1) as EpochMs, source: side, target: side };
  const results = [{ guardrail: 'errorRate' as const, kind: 'fail' as const, reason: '10 % of 20', values: {} }];
  const verdict = { kind: 'fail' as const, reason: 'errors', results, evaluatedCount: 1, guardrailCount: 1 };
  terminal.ledger.records = [
    record(1, {
      kind: 'evidence',
      text: 'one hour',
      actor: { requestedBy: 'crossfade', reason: '' },
      verdict,
      windows: [window, window],
    }),
  ];
  const { out } = await terminal.run('explain ranker --ledger s3://ledger');
  expect(out.split('\n').slice(2)).toEqual([
    '    1  2026-01-02T03:04:05.000Z  starting: one hour',
    '       verdict fail: errors (1 of 1 guardrails)',
    '         fail         errorRate: 10 % of 20',
    '       evidence: 2 windows, 20 requests on the source, 20 on the target, 2 and 2 errors',
    '',
  ]);
});

describe('explain --policy', () => {
  const minutes = (from: number, count: number, errorCount: number): EvidenceWindow[] =>
    Array.from({ length: count }, (_, index) => ({
      startMs: (NOW_MS + (from + index) * 60_000) as EpochMs,
      endMs: (NOW_MS + (from + index + 1) * 60_000) as EpochMs,
      source: { requestCount: 900, errorCount: 0, quantilesMs: { p99: 20 } },
      target: { requestCount: 100, errorCount, quantilesMs: { p99: 20 } },
    }));
  const verdict = { kind: 'pass' as const, reason: 'all hold', results: [], evaluatedCount: 1, guardrailCount: 1 };
  const evidence = (seq: number, windows: EvidenceWindow[]): LedgerRecord =>
    record(seq, { kind: 'evidence', phase: 'cutover', weights: targetWeight(10), verdict, windows });

  const writeScratch = scratchFiles();
  const policyFile = (text: string): string => writeScratch('policy.yaml', text);

  beforeEach(() => {
    terminal.ledger.records = [
      record(1),
      record(2, { kind: 'shift_confirmed', at: (NOW_MS - 120_000) as EpochMs }),
      evidence(3, minutes(0, 60, 0)),
      evidence(4, minutes(60, 60, 2)),
      record(5, { kind: 'shift_confirmed', at: (NOW_MS + 120 * 60_000) as EpochMs }),
      evidence(6, minutes(121, 60, 0)),
    ];
  });

  test('explain --policy: the same evidence under other guardrails, step by step, with the time of a rollback', async () => {
    const { code, out } = await terminal.run([
      ...['explain', 'ranker', '--ledger', 's3://ledger', '--json'],
      ...['--policy', policyFile('guardrails: {errorRateMax: 0.05}')],
    ]);
    const { steps } = JSON.parse(out) as { steps: ReplayedStep[] };
    expect(steps).toMatchObject([
      { phase: 'cutover', windowCount: 120, recorded: { kind: 'pass' }, verdict: { kind: 'fail' } },
      { phase: 'cutover', windowCount: 60, recorded: { kind: 'pass' }, verdict: { kind: 'pass' } },
    ]);
    expect(steps[0]?.failedAtMs).toBeGreaterThan(NOW_MS + 60 * 60_000);
    expect(steps[0]?.failedAtMs).toBeLessThan(NOW_MS + 75 * 60_000);
    expect(code).toBe(0);
  });

  test('explain --policy: the wait at a gate is not the step before it', async () => {
    terminal.ledger.records = [
      record(1),
      evidence(2, minutes(0, 30, 0)),
      record(3, { kind: 'step_finished' }),
      evidence(4, minutes(30, 5, 0)),
    ];
    const { out } = await terminal.run([
      ...['explain', 'ranker', '--ledger', 's3://ledger', '--json'],
      ...['--policy', policyFile('guardrails: {}')],
    ]);
    expect((JSON.parse(out) as { steps: ReplayedStep[] }).steps.map(({ windowCount }) => windowCount)).toEqual([30, 5]);
  });

  test('explain --policy: guardrails that allow more would have gone on', async () => {
    const policy = policyFile('guardrails: {errorRateMax: 0.3, errorRateMargin: 0.1, errorRateDetect: 0.2}');
    const { out } = await terminal.run(['explain', 'ranker', '--ledger', 's3://ledger', '--policy', policy]);
    expect(out).toMatch(/^ranker: 2 stretches of evidence, judged again/);
    expect(out).toMatch(
      /cutover 90\/10, 2026-01-02T03:04:05.000Z to 2026-01-02T05:04:05.000Z, 120 windows\n {7}then {2}pass: all hold\n {7}now {3}pass: /,
    );
  });

  test('explain --policy: a policy that is none is refused before anything is read', async () => {
    const policy = policyFile('guardrails: {errorRat: 1}');
    const { code, err } = await terminal.run(['explain', 'ranker', '--ledger', 's3://ledger', '--policy', policy]);
    expect([code, err]).toEqual([64, expect.stringMatching(/did you mean errorRate/)]);
    expect(terminal.ledger.opened).toEqual([]);
  });

  test('explain --policy: a ledger without evidence says so', async () => {
    terminal.ledger.records = [record(1)];
    const policy = policyFile('guardrails: {}');
    expect((await terminal.run(['explain', 'ranker', '--ledger', 's3://ledger', '--policy', policy])).out).toBe(
      'ranker: there is no evidence in the ledger to judge again\n',
    );
  });
});

test('explain: earlier runs are named', async () => {
  terminal.ledger.runIds = ['older', 'run-uuid'];
  expect((await terminal.run('explain ranker --ledger s3://ledger')).out).toContain('earlier runs (--run): older');
});

test('explain: with --ledger nobody asks Temporal', async () => {
  await terminal.run('explain ranker --ledger s3://ledger');
  expect(terminal.connections).toEqual([]);
  expect(terminal.ledger.opened).toEqual([['s3://ledger', undefined]]);
});

test("explain: without --ledger the place is the migration's own", async () => {
  terminal.session.document = readSpecFile(MINIMAL);
  await terminal.run('explain ranker');
  expect(terminal.ledger.opened).toEqual([['s3://example-crossfade-ledger/migrations', 'eu-west-1']]);
});

test('explain: a spec that names no ledger is told, with the way out', async () => {
  terminal.session.document = { workload: 'ranker' };
  expect(await terminal.run('explain ranker')).toMatchObject({
    code: 1,
    err: expect.stringContaining('give it with --ledger'),
  });
});

test('explain: no records is a failure', async () => {
  terminal.ledger.records = [];
  expect(await terminal.run('explain ranker --ledger s3://ledger --run gone')).toMatchObject({
    code: 1,
    err: 'NotFound: there are no records of ranker, run gone in s3://ledger\n',
  });
});

test('explain: a ledger that is no S3 URL is refused', async () => {
  expect(await terminal.run('explain ranker --ledger /tmp/ledger')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^ConfigInvalid: --ledger must be/),
  });
});

test('verify-ledger: a whole chain is exit 0', async () => {
  const { code, out } = await terminal.run('verify-ledger ranker --ledger s3://ledger');
  expect(code).toBe(0);
  expect(out).toContain('2 records (the migration could not be asked how many there should be): the chain is whole');
});

test('verify-ledger: the count that the migration knows is checked too', async () => {
  terminal.session.document = readSpecFile(MINIMAL);
  await terminal.run('verify-ledger ranker');
  expect(terminal.ledger.verified).toEqual([12]);
});

test('verify-ledger: the count of another run says nothing', async () => {
  terminal.session.document = readSpecFile(MINIMAL);
  terminal.ledger.records = [record(1, { run: 'older' })];
  await terminal.run('verify-ledger ranker --run older');
  expect(terminal.ledger.verified).toEqual([undefined]);
});

test('verify-ledger: every problem is a line, exit 1', async () => {
  terminal.ledger.problems = ['record 2: bad hash, its content was changed'];
  const { code, out } = await terminal.run('verify-ledger ranker --ledger s3://ledger');
  expect(code).toBe(1);
  expect(out).toContain('1 problem(s)\n  record 2: bad hash, its content was changed\n');
});
