import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { userClientConfig } from '../../lab/aws-env';
import type { Backtest } from '../../src/analysis/backtest';
import type { StatusView } from '../../src/contracts/messages';
import type { CaptureAccount } from '../../src/tap/capture/capture';
import { PROMETHEUS, RealPrometheus } from '../support/prometheus';
import { remoteWrite } from '../support/remote-write';
import { exponential, seriesOf } from '../support/written-traffic';
import { unaccounted } from '../tap/captured';
import { OperatorLab } from './operator-lab';
import type { Ended, GatedSpec } from './operator-lab';
import { askSteadily, LOOSE_POLICY, MODEL_MS, recordedTexts, SECRETS } from './recorded-users';
import type { ReplayAnswer } from './recorded-users';

/*
 * `crossfade` as a user runs it: three migrations of one lab at once. `ranker` is paused and rolled back, `fraud` is
 * terminated with half of the traffic on its target, `search` gives its source away.
 */

jest.setTimeout(90_000);

/** Longer than these tests: the migration stays where it is. */
const LONG = '300s';
const MINUTE_MS = 60_000;
const withPrometheus = PROMETHEUS === undefined ? test.skip : test;
/** Part of a tag's value, so that a fault hits this one call. */
const COST_TAG = 'moved-by-crossfade';

let operator: OperatorLab;
let started: Ended;
let watched: Promise<Ended>;
let unreachable: Promise<Ended>[];

const status = (workload: string): Promise<StatusView> => operator.crossfadeJson('status', workload);
const atGate = ({ gate }: StatusView): boolean => gate?.name === 'cutover-50';
const atHalf = ({ wanted, verdict }: StatusView): boolean => wanted.target === 50 && verdict?.kind === 'pass';
const iso = (atMs: number): string => new Date(atMs).toISOString();
const lines = (text: string): string[] => text.trimEnd().split('\n');

function specFile(workload: string): string {
  return operator.file(`${workload}.json`, operator.gatedSpec(workload, LONG));
}

/** Goes all the way by itself, until its last tags are denied. */
function specOfSearch(): string {
  const { cutover, decommission, ...rest } = operator.gatedSpec('search', '2s');
  return operator.file('search.json', {
    ...rest,
    cutover: { ...cutover, approvals: { beforeFirst: false } },
    decommission: { ...decommission, costTags: { 'cost-center': COST_TAG } },
  });
}

const SIDE = {
  requests: 'sum(increase(source_requests_total[$window]))',
  errors: 'sum(increase(source_requests_total{code=~"5.."}[$window]))',
  latency: 'sum(increase(source_seconds[$window]))',
};

function specOfPrometheus(url: string, more: object = {}): string {
  const spec = operator.gatedSpec('ranker', LONG) as GatedSpec & { readonly source: object };
  const metrics = { kind: 'prometheus', url, source: SIDE, target: SIDE, ...more };
  return operator.file('prometheus.json', { ...spec, source: { ...spec.source, metrics } });
}

beforeAll(async () => {
  operator = await OperatorLab.up('fraud', 'search');
  await operator.lab.setGatewayFault({ service: 'autoscaling', contains: COST_TAG, effect: { kind: 'deny' } });
  unreachable = ['status', 'worker'].map((name) =>
    operator.crossfade(name, ...(name === 'status' ? ['ranker'] : []), '--address', '127.0.0.1:1'),
  );
  [started] = await Promise.all([
    operator.crossfade('start', specFile('ranker'), '--by', 'ada', '--reason', 'ticket 4711'),
    operator.crossfade('start', specFile('fraud')),
    operator.crossfade('start', specOfSearch()),
  ]);
  watched = operator.crossfade('watch', 'search');
}, 120_000);

afterAll(() => operator?.down(), 60_000);

describe('before anything runs', () => {
  test('validate: a spec that fits is valid', async () => {
    const { exitCode, stdout } = await operator.crossfade('validate', specFile('ranker'));

    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/ranker\.json: valid\n$/)]);
  });

  test('validate: every problem comes with its path, and the exit code is 1', async () => {
    const spec = operator.gatedSpec('ranker', LONG);
    const bad = { ...spec, router: {}, cutover: { ...spec.cutover, weights: [50, 25] } };
    const { exitCode, stdout } = await operator.crossfade('validate', operator.file('bad.json', bad));

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^ {2}router\S*: /m);
    expect(stdout).toMatch(/^ {2}cutover\.weights\S*: /m);
  });

  test('plan: says every weight, its gate and what will be terminated', async () => {
    const { exitCode, stdout } = await operator.crossfade('plan', specFile('ranker'));

    expect(exitCode).toBe(0);
    for (const part of ['50/50', '0/100', 'cutover-50', 'ranker-source']) expect(stdout).toContain(part);
  });

  test('lab: the same program finds the lab that runs', async () => {
    const { stdout } = await operator.crossfade('lab', 'spec', '--json');

    expect(JSON.parse(stdout)).toMatchObject({ workload: 'ranker' });
  });

  test('lab env: a shell that evaluates it speaks to the lab', async () => {
    const { stdout } = await operator.crossfade('lab', 'env');

    expect(stdout).toContain(`export TEMPORAL_ADDRESS='${operator.lab.info.temporal}'\n`);
    expect(stdout).toContain(`export AWS_ENDPOINT_URL='${operator.lab.info.aws}'\n`);
  });
});

describe('a migration that an operator steers', () => {
  test('start: names the run and the next commands', () => {
    expect(started.exitCode).toBe(0);
    expect(started.stdout).toMatch(/^started migration\/ranker, run [0-9a-f-]{36}/);
    expect(started.stdout).toContain('crossfade watch ranker');
  });

  test('start: a second one is told which run is there', async () => {
    const { exitCode, stderr } = await operator.crossfade('start', specFile('ranker'));

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^MigrationRunning: migration\/ranker is already running, run [0-9a-f-]{36}/);
  });

  test('status: at its gate a migration says what it waits for', async () => {
    await operator.until('ranker', 'the gate', atGate);

    expect(await status('ranker')).toMatchObject({
      state: 'RUNNING',
      phase: 'cutover',
      wanted: { source: 100, target: 0 },
    });
    expect((await operator.crossfade('status', 'ranker')).stdout).toMatch(/crossfade approve ranker --gate cutover-50/);
  });

  test('approve: another gate than the open one is refused with its name', async () => {
    const { exitCode, stderr } = await operator.crossfade('approve', 'ranker', '--gate', 'cutover-100');

    expect([exitCode, stderr]).toEqual([1, 'approve refused: gate cutover-100 is not open; cutover-50 is\n']);
  });

  test('approve: the open gate lets the weight go to half', async () => {
    const { exitCode, stdout } = await operator.crossfade('approve', 'ranker', '--by', 'ada', '--reason', 'looks good');

    expect([exitCode, stdout]).toEqual([0, 'ranker: gate cutover-50: approved\n']);
    await operator.until('ranker', 'half of the traffic', atHalf);
    expect(Object.values(await operator.weights('ranker'))).toEqual([50, 50]);
  });

  test('pause, resume: the clock stands still and runs again', async () => {
    await operator.crossfade('pause', 'ranker', '--reason', 'incident elsewhere');
    const paused = await status('ranker');
    await operator.crossfade('resume', 'ranker');

    expect(paused).toMatchObject({ paused: true, clockRuns: false });
    expect(await status('ranker')).toMatchObject({ paused: false, clockRuns: true });
  });

  test('rollback: traffic is back on the source, by the name of who asked', async () => {
    const { exitCode } = await operator.crossfade('rollback', 'ranker', '--by', 'ada', '--reason', 'users complain');
    const view = await operator.until('ranker', 'the rollback', ({ phase }) => phase === 'rolled_back');

    expect(exitCode).toBe(0);
    expect(view.rollback).toMatchObject({ by: 'ada', reason: 'users complain' });
    expect(await operator.weights('ranker')).toMatchObject({ 'ranker-source': 100 });
  });
});

describe('the ledger', () => {
  test('explain: says who decided what, and why', async () => {
    const { exitCode, stdout } = await operator.crossfade('explain', 'ranker');

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/gate cutover-50 approved \[ada: looks good\]/);
    expect(stdout).toMatch(/rollback from cutover.*\[ada: users complain\]/);
    expect(stdout).toMatch(/pass +errorRate: /);
  });

  test('verify-ledger: a whole chain is whole', async () => {
    const { exitCode, stdout } = await operator.crossfade('verify-ledger', 'ranker');

    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/the chain is whole\n$/)]);
  });

  test('verify-ledger: a record that was changed afterwards is found', async () => {
    await changeRecord('ranker', 3);
    const { exitCode, stdout } = await operator.crossfade('verify-ledger', 'ranker');

    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/problem\(s\)\n.*3/);
  });
});

describe('backtest', () => {
  const backtest = (file: string, fromMs: number): Promise<Backtest> =>
    operator.crossfadeJson('backtest', file, '--from', iso(fromMs), '--to', iso(Date.now()));

  test('backtest: plays the cutover over what the lab’s CloudWatch has seen of the source', async () => {
    const { runs, windows, steps } = await backtest(specFile('ranker'), Date.now() - 5 * MINUTE_MS);

    expect([runs, steps.map(({ targetPercent }) => targetPercent)]).toEqual([20, [50]]);
    // One a second, since the lab is up.
    expect(windows).toBeGreaterThan(2);
  });

  test('backtest: where Prometheus does not answer, its stand-in does', async () => {
    const standIn = { kind: 'cloudwatch', period: '1s' };
    const file = specOfPrometheus('http://127.0.0.1:1', { period: '1s', standIn });

    expect((await backtest(file, Date.now() - 5 * MINUTE_MS)).windows).toBeGreaterThan(2);
  });

  test('backtest: where neither answers, it says why of both', async () => {
    const standIn = { kind: 'prometheus', url: 'http://127.0.0.1:2', source: SIDE, target: SIDE };
    const file = specOfPrometheus('http://127.0.0.1:1', { standIn });
    const { exitCode, stderr } = await operator.crossfade('backtest', file, '--from', iso(0), '--to', iso(MINUTE_MS));

    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^MetricsUnavailable: prometheus: \S+:1\/api.*; stand-in prometheus: \S+:2\/api/);
  });

  withPrometheus('backtest: plays it over what Prometheus has seen', async () => {
    const prometheus = await RealPrometheus.startEmpty(PROMETHEUS ?? '');
    try {
      const fromMs = (Math.floor(Date.now() / MINUTE_MS) - 30) * MINUTE_MS;
      const traffic = { name: 'source', labels: {}, latencies: exponential(300, 0.05), errors: 1 };
      await remoteWrite(prometheus.url, seriesOf(traffic, fromMs, 30 * 4));

      expect(await backtest(specOfPrometheus(prometheus.url), fromMs)).toMatchObject({
        windows: 30,
        rolledBack: 0,
        steps: [{ targetPercent: 50, insufficient: 0 }],
      });
    } finally {
      await prometheus.stop();
    }
  });
});

describe('a migration that was terminated with traffic on its target', () => {
  test('status: says how to get the traffic back', async () => {
    await operator.until('fraud', 'the gate', atGate);
    await operator.crossfade('approve', 'fraud');
    await operator.until('fraud', 'half of the traffic', atHalf);
    await operator.temporal('workflow', 'terminate', '--workflow-id', 'migration/fraud', '--reason', 'by mistake');
    const { stdout } = await operator.crossfade('status', 'fraud');

    expect(stdout).toContain('crossfade rollback fraud --emergency');
    expect(await operator.weights('fraud')).toMatchObject({ 'fraud-source': 50 });
  });

  test('rollback --emergency: works although somebody started a bad spec meanwhile', async () => {
    const bad = ['--input', '{"workload": "fraud", "router": {"alb": {"ruleArn": "none"}}}'];
    const start = ['workflow', 'execute', '--type', 'migrate', '--task-queue', 'crossfade'];
    const refused = await operator.temporal(...start, '--workflow-id', 'migration/fraud', ...bad);
    const { exitCode, stdout } = await operator.crossfade('rollback', 'fraud', '--emergency', '--reason', 'terminated');

    expect(refused.exitCode).not.toBe(0);
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^fraud: all traffic is on the source/)]);
    expect(await operator.weights('fraud')).toMatchObject({ 'fraud-source': 100 });
    const others = Object.entries(await operator.weights('fraud')).filter(([name]) => name !== 'fraud-source');
    expect(others.map(([, weight]) => weight)).toEqual([0]);
  });

  test('explain: still finds the ledger of the migration that moved the traffic', async () => {
    const { stdout } = await operator.crossfade('explain', 'fraud');

    expect(stdout).toMatch(/emergency rollback: traffic is on the source.*terminated\]/);
  });
});

describe('a migration whose source is gone', () => {
  test('rollback: is refused with the reason, and the weights stay', async () => {
    await operator.until('search', 'the denied tag', ({ blocked }) => blocked?.code === 'AwsDenied');
    const { exitCode, stderr } = await operator.crossfade('rollback', 'search', '--reason', 'too late');

    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^rollback refused: the source is terminated/)]);
    expect(Object.values(await operator.weights('search'))).toEqual([100]);
  });

  test('watch: in a pipe it writes plain lines and ends with the run', async () => {
    await operator.crossfade('skip', 'search', '--reason', 'tagged by hand');
    const { exitCode, stdout, stderr } = await watched;

    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).not.toMatch(/\u001b/);
    expect(lines(stdout).length).toBeGreaterThan(5);
    expect(stdout).toMatch(/^\d{4}-\S+Z cutover: .*weights 50\/50 \(source\/target\)/m);
    expect(stdout).toMatch(/^search: completed at /m);
  });
});

describe('a recording in S3', () => {
  const place = (): string => `s3://${operator.workload('ranker').buckets.ledger}/recordings`;
  /** `ranker` is the source, `fraud` has the same model. So slow that what a busy machine adds to it is little. */
  const setFaults = async (ofTarget: object): Promise<void> => {
    await operator.lab.setModelFault('ranker', 'source', { extraLatencyMs: MODEL_MS });
    await operator.lab.setModelFault('fraud', 'source', { extraLatencyMs: MODEL_MS, ...ofTarget });
  };
  const replay = async (): Promise<Ended & { readonly answer: ReplayAnswer }> => {
    const [source, target] = ['ranker', 'fraud'].map((name) => operator.workload(name).source) as [string, string];
    const sides = ['--source', source, '--target', target, '--header', 'authorization: ours'];
    const policy = operator.file('policy.json', LOOSE_POLICY);
    const ended = await operator.crossfade(
      'replay',
      '--from',
      place(),
      ...sides,
      '--policy',
      policy,
      '--seed',
      '1',
      '--json',
    );
    return { ...ended, answer: JSON.parse(ended.stdout) as ReplayAnswer };
  };

  test('capture: what users ask is in the bucket, all of it, and no credential is', async () => {
    await setFaults({});
    const flags = ['--source', operator.workload('ranker').source, '--to', place(), '--gzip', '--part-seconds', '1'];
    const capture = operator.crossfadeRunning('capture', '--listen', '127.0.0.1:0', ...flags, '--json');
    const [, port] = await capture.says(/port (\d+) answers/);
    // The model knows no queries.
    expect(await askSteadily(`http://127.0.0.1:${port}`, 300, 1)).toEqual({ 200: 270, 404: 30 });
    const { exitCode, stdout } = await capture.interrupt();
    const account = JSON.parse(stdout) as CaptureAccount;
    const parts = await recordedTexts(operator.lab.info.aws, operator.workload('ranker').buckets.ledger);

    expect([exitCode, unaccounted(account)]).toEqual([0, 0]);
    expect(account).toMatchObject({ received: 300, written: 300, parts: parts.length });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flatMap((text) => lines(text))).toHaveLength(300);
    for (const secret of SECRETS) expect(parts.join('')).not.toContain(secret);
    // In its place, in 30 headers and 30 queries.
    expect(parts.join('').match(/\[redacted\]/g)).toHaveLength(60);
  });

  test('replay: a target like its source does not fail', async () => {
    const { exitCode, answer } = await replay();

    // However late a busy machine has sent them: `blind`, at the worst.
    expect(answer.verdict).not.toBe('fail');
    expect(exitCode).not.toBe(1);
    expect(answer.figures).toMatchObject({
      replay: { recorded: 300, redacted: 30, sent: 270 },
      source: { answered: 270, errors: 0 },
      target: { answered: 270, errors: 0 },
      unpaired: 0,
      worst: [],
    });
    expect(answer.figures.guardrails).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ guardrail: 'errorRate', verdict: 'pass' }),
        expect.objectContaining({ guardrail: 'equivalence', verdict: 'pass' }),
      ]),
    );
  });

  test('replay: a target whose answers are wrong fails, exit 1', async () => {
    await setFaults({ wrong: true });
    const { exitCode, answer } = await replay();

    expect([exitCode, answer.verdict]).toEqual([1, 'fail']);
    expect(answer.reasons).toEqual([expect.stringMatching(/compared outputs differ beyond tolerance/)]);
  });
});

describe('Temporal is not reachable', () => {
  test.each([
    { name: 'status', index: 0 },
    { name: 'worker', index: 1 },
  ])('$name: gives up after a while, with one line that says where', async ({ index }) => {
    const { exitCode, stderr } = await (unreachable[index] as Promise<Ended>);

    expect(exitCode).toBe(1);
    expect(lines(stderr).at(-1)).toMatch(/TemporalUnreachable.*127\.0\.0\.1:1/);
  });
});

async function changeRecord(workload: string, seq: number): Promise<void> {
  const s3 = new S3Client({ ...userClientConfig(operator.lab.info.aws), forcePathStyle: true });
  const Bucket = operator.workload(workload).buckets.ledger;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const Key = Contents.map((object) => object.Key ?? '').find((key) => key.endsWith(`0${seq}.json`));
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const record = JSON.parse((await Body?.transformToString()) ?? '{}') as { text: string };
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify({ ...record, text: 'nothing happened' }) }));
}
