import type { StatusView } from '../../src/contracts/messages';
import { commandsThatAnswer, statusLines } from '../../src/cli/status-text';
import { targetWeight } from '../../src/domain/weights';
import type { StatusAnswer } from '../../src/cli/session';
import { NOW_MS, STATUS, Terminal } from './support';

const HOUR_MS = 3_600_000;
const CLOSED = {
  workflowId: 'migration/ranker',
  runId: 'run-1',
  state: 'COMPLETED',
  startedAt: 'x',
  closedAt: '2026-01-02',
};

function answered(change: Partial<StatusView>): StatusAnswer {
  return { kind: 'answered', status: { ...STATUS, ...change } };
}

/** A run that is looked at so often and is then closed. */
function terminalFor(statuses: StatusAnswer[]): Terminal {
  const terminal = new Terminal();
  const running = { ...CLOSED, state: 'RUNNING', closedAt: null };
  terminal.session.runs = [...statuses.map(() => running), CLOSED];
  terminal.session.statuses = statuses;
  return terminal;
}

test('watch: in a pipe a line comes when something changes, not when the clock ticks', async () => {
  const held = { clockRuns: true, stepEndsAt: NOW_MS + HOUR_MS };
  const terminal = terminalFor([
    answered(held),
    answered(held),
    answered({ ...held, wanted: targetWeight(10) }),
    answered(held),
  ]);
  const { code, out } = await terminal.run('watch ranker');
  expect(code).toBe(0);
  const lines = out.trimEnd().split('\n');
  expect(lines.slice(0, 3)).toEqual([
    '2026-01-02T03:04:05.000Z cutover: holding 75/25 | weights 100/0 (source/target) | verdict none yet | remaining 1h of this step',
    expect.stringContaining('weights 90/10'),
    expect.stringContaining('weights 100/0'),
  ]);
  expect(lines[3]).toContain('ranker: completed at 2026-01-02');
});

test('watch: in a pipe a line comes every minute even when nothing changes', async () => {
  const terminal = terminalFor(Array.from({ length: 121 }, () => answered({})));
  const { out } = await terminal.run('watch ranker');
  expect(out.split('\n').filter((line) => line.includes('holding'))).toHaveLength(3);
});

test('watch: a worker that does not answer is told, and watching goes on', async () => {
  const terminal = terminalFor([answered({}), { kind: 'no_answer', reason: 'no worker answered' }, answered({})]);
  const { code, out } = await terminal.run('watch ranker');
  expect(code).toBe(0);
  const firstWords = out.split('\n').map((line) => line.slice(25).split(' ')[0]);
  expect(firstWords.slice(0, 3)).toEqual(['cutover:', 'no', 'cutover:']);
});

test('watch: a run that ends otherwise than complete is exit 1', async () => {
  const terminal = terminalFor([answered({})]);
  terminal.session.end = { outcome: 'abandoned', message: 'ended as abandoned', run: 'run-uuid', ledgerRecords: 3 };
  expect(await terminal.run('watch ranker')).toMatchObject({ code: 1, out: expect.stringContaining('abandoned') });
});

test('watch: on a terminal each look is drawn over the one before', async () => {
  const terminal = terminalFor([answered({}), answered({ paused: true, waitingFor: 'resume' })]);
  terminal.isTerminal = true;
  const { out } = await terminal.run('watch ranker');
  // Headline, phases, what it does, two bars, verdict.
  expect(out).toContain('\u001b[6A\u001b[J');
  expect(out).toContain('crossfade resume ranker');
});

test('watch: why nothing can be told is one line, whatever it says', async () => {
  const silent: StatusAnswer = { kind: 'no_answer', reason: `no\nworker ${'far away '.repeat(20)}` };
  const terminal = terminalFor([silent, silent]);
  terminal.isTerminal = true;
  const { out } = await terminal.run('watch ranker');
  expect(out).toContain('! no worker far away');
  expect(out).toContain('\u001b[1A\u001b[J');
  const [drawn = ''] = out.split('\n').filter((line) => line.includes('! no'));
  expect(drawn.slice(drawn.indexOf('!')).length).toBeLessThan(80);
});

test('watch --json: one object a line, as the query answers it', async () => {
  const terminal = terminalFor([answered({}), answered({ phase: 'decommission' })]);
  const { out } = await terminal.run('watch ranker --json');
  const objects = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { phase?: string; outcome?: string });
  expect(objects.map(({ phase, outcome }) => phase ?? outcome)).toEqual(['cutover', 'decommission', 'completed']);
});

const GATE = { name: 'cutover-10', question: 'move 10 % of the traffic?', openedAt: NOW_MS };
const BLOCKED = { step: 'shift to 75/25', code: 'AwsDenied', message: 'not allowed to ModifyRule', skippable: false };

test.each<[string, Partial<StatusView>, string[]]>([
  [
    'a gate',
    { gate: GATE },
    [
      'crossfade approve ranker --gate cutover-10 --reason "…"',
      'crossfade reject ranker --gate cutover-10 --reason "…"',
    ],
  ],
  ['a block', { blocked: BLOCKED }, ['crossfade retry ranker --reason "…"', 'crossfade rollback ranker --reason "…"']],
  [
    'a block that can be skipped',
    { blocked: { ...BLOCKED, skippable: true } },
    [expect.any(String), 'crossfade skip ranker --reason "…"', expect.any(String)] as string[],
  ],
  [
    'a rollback',
    { phase: 'rolled_back' },
    ['crossfade retry ranker --reason "…"', 'crossfade abandon ranker --reason "…"'],
  ],
  ['a pause', { paused: true }, ['crossfade resume ranker --reason "…"']],
  ['nothing', {}, []],
])('status: %s names the commands that answer it', (_fact, change, commands) => {
  expect(commandsThatAnswer({ ...STATUS, ...change })).toEqual(commands);
});

test('status: weights, verdict, remaining time and the open gate are told', () => {
  const verdict = {
    kind: 'insufficient' as const,
    reason: '120 requests, 1000 are needed',
    results: [],
    evaluatedCount: 2,
    guardrailCount: 4,
  };
  const lines = statusLines(
    {
      ...STATUS,
      wanted: targetWeight(25),
      observedTargetPercent: 24.96,
      verdict,
      gate: GATE,
      remainingMs: 90_000,
      decisions: ['a', 'b'],
    },
    NOW_MS,
  );
  expect(lines).toEqual([
    'ranker: cutover: holding 75/25',
    '  waits for  the time of this step and its evidence',
    '  gate       cutover-10: move 10 % of the traffic?',
    '  answer     crossfade approve ranker --gate cutover-10 --reason "…"',
    '             crossfade reject ranker --gate cutover-10 --reason "…"',
    '  weights    75/25 (source/target), 25 % seen on the target',
    '  remaining  1m 30s of this step (the clock stands still)',
    '  verdict    insufficient: 120 requests, 1000 are needed (2 of 4 guardrails)',
    '  decisions  a',
    '             b',
    '  ledger     12 records: crossfade explain ranker',
  ]);
});
