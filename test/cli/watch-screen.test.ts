import type { StatusView } from '../../src/contracts/messages';
import { NO_KEYS, typed, WATCHING } from '../../src/cli/gate-prompt';
import type { GatePrompt } from '../../src/cli/gate-prompt';
import type { MigrationRow } from '../../src/cli/session';
import { screenLines } from '../../src/cli/watch-screen';
import { targetWeight } from '../../src/domain/weights';
import { NOW_MS, STATUS, Terminal } from './support';

const HOUR_MS = 3_600_000;
const GATE = { name: 'cutover-50', question: 'move half of the traffic?', openedAt: NOW_MS };
const VERDICT = {
  kind: 'insufficient' as const,
  reason: 'the target served 120 requests, 1000 are needed (errorRate)',
  results: [
    {
      guardrail: 'errorRate' as const,
      kind: 'insufficient' as const,
      reason: 'the target served 120 requests',
      values: {},
    },
    {
      guardrail: 'latency' as const,
      kind: 'pass' as const,
      reason: 'P99 of the target is 0.97 × the source now',
      values: {},
    },
  ],
  evaluatedCount: 1,
  guardrailCount: 2,
};
const HOLDING: StatusView = {
  ...STATUS,
  wanted: targetWeight(25),
  observedTargetPercent: 24.96,
  clockRuns: true,
  stepMs: 8 * HOUR_MS,
  stepEndsAt: NOW_MS + 2 * HOUR_MS,
  remainingMs: 3 * HOUR_MS,
  verdict: VERDICT,
  phases: ['baseline', 'environment', 'shadow'].map((name) => ({ name, verdict: 'pass', seconds: 60 })),
  decisions: ['2026-01-02T01:00:00Z weights 75/25 read back'],
};
const size = (columns: number, rows = 40): Parameters<typeof screenLines>[2] => ({ columns, rows, isColored: false });

test('screen: phases, time left, weights as bars and verdict numbers, on a usual terminal', () => {
  expect(screenLines(HOLDING, NOW_MS, size(80), NO_KEYS)).toEqual([
    'ranker  CUTOVER',
    'baseline ✓ → environment ✓ → shadow ✓ → [cutover] → decommission',
    'doing    holding 75/25',
    'step     ██████████████████████████████░░░░░░░░░░ 2h left',
    'source   ██████████████████████████████░░░░░░░░░░  75 %, 75 seen',
    'target   ██████████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  25 %, 25 seen',
    'verdict  insufficient, 1 of 2: the target served 120 requests, 1000 are needed…',
    '         … the target served 120 requests',
    '         ✓ P99 of the target is 0.97 × the source now',
    'decided  2026-01-02T01:00:00Z weights 75/25 read back',
  ]);
});

test('screen: a narrow window counts the phases and shortens bars and words', () => {
  expect(screenLines(HOLDING, NOW_MS, size(41), NO_KEYS).slice(0, 7)).toEqual([
    'ranker  CUTOVER',
    '●●●○○ 3 of 5 phases',
    'doing    holding 75/25',
    'step     ███████████░░░░ 2h left',
    'source   ███████████░░░░  75 %, 75 seen',
    'target   ████░░░░░░░░░░░  25 %, 25 seen',
    'verdict  insufficient, 1 of 2: the targ…',
  ]);
});

test.each([10, 20, 30, 41, 60, 80, 120, 300])('screen: %i columns wide, no line is wider', (columns) => {
  const busy = { ...HOLDING, gate: { ...GATE, question: 'long '.repeat(60), instructions: ['do '.repeat(50)] } };
  const prompt: GatePrompt = { ...WATCHING, asking: { gate: 'x', answer: 'approve', text: 'because '.repeat(20) } };
  const widths = screenLines(busy, NOW_MS, size(columns), prompt).map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(20, columns - 1));
});

test('screen: never as high as the terminal', () => {
  expect(screenLines(HOLDING, NOW_MS, size(80, 6), NO_KEYS)).toHaveLength(5);
});

test('screen: colours only where they are wanted', () => {
  const coloured = screenLines(HOLDING, NOW_MS, { ...size(80), isColored: true }, NO_KEYS).join('\n');
  expect(coloured).toContain('\u001b[');
  expect(screenLines(HOLDING, NOW_MS, size(80), NO_KEYS).join('\n')).not.toContain('\u001b');
});

test('screen: foreign words bring no commands for the terminal', () => {
  const evil = { ...HOLDING, step: 'a\u001b[2Jb\nc', decisions: ['\u009b31m'] };
  expect(screenLines(evil, NOW_MS, size(80), NO_KEYS).join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
});

test.each<[string, Partial<StatusView>, GatePrompt, string[]]>([
  [
    'a gate, with keys',
    { gate: GATE },
    WATCHING,
    ['gate     cutover-50: move half of the traffic?', 'keys     a approve   r reject   q quit'],
  ],
  [
    'a gate, without keys',
    { gate: GATE },
    NO_KEYS,
    [
      'gate     cutover-50: move half of the traffic?',
      expect.stringContaining('crossfade approve ranker'),
      expect.stringContaining('reject'),
    ] as string[],
  ],
  [
    'a reason that is typed',
    { gate: GATE },
    { ...WATCHING, asking: { gate: 'cutover-50', answer: 'reject', text: 'too slow' } },
    ['gate     cutover-50: move half of the traffic?', 'reason   too slow▏ (Enter: reject, Esc: not)'],
  ],
  [
    'a clock that stands still',
    { clockRuns: false, paused: true },
    WATCHING,
    ['answer   crossfade resume ranker --reason "…"'],
  ],
])('screen: %s says what a person can do', (_fact, change, prompt, expected) => {
  expect(screenLines({ ...HOLDING, ...change }, NOW_MS, size(80), prompt).slice(6, 6 + expected.length)).toEqual(
    expected,
  );
});

describe('keys', () => {
  const press = (keys: readonly string[], gate: typeof GATE | null = GATE): ReturnType<typeof typed> =>
    keys.reduce<ReturnType<typeof typed>>(({ prompt }, key) => typed(prompt, key, gate), { prompt: WATCHING });

  test.each<[string, string[], object | undefined]>([
    [
      'a, a reason and Enter approve',
      ['a', ...'looks fine', '\r'],
      { gate: 'cutover-50', answer: 'approve', reason: 'looks fine' },
    ],
    ['r, a reason and Enter reject', ['r', ...'no', '\r'], { gate: 'cutover-50', answer: 'reject', reason: 'no' }],
    [
      'a reason can be corrected',
      ['a', ...'nöx', '\u007f', '\r'],
      { gate: 'cutover-50', answer: 'approve', reason: 'nö' },
    ],
    ['without a reason nothing is sent', ['a', ' ', '\r'], undefined],
    ['Escape takes it back', ['a', 'x', '\u001b', '\r'], undefined],
    ['another key does nothing', ['x', '\r'], undefined],
    ['an arrow is no word', ['a', 'x', '\u001b[A', '\r'], { gate: 'cutover-50', answer: 'approve', reason: 'x' }],
  ])('typed: %s', (_fact, keys, send) => {
    expect(press(keys).send).toEqual(send);
  });

  test('typed: where no gate is open, a asks for nothing', () => {
    expect(press(['a'], null).prompt.asking).toBeNull();
  });

  test('typed: an answer is for the gate that was there when it was begun', () => {
    const { prompt } = press(['a', 'x']);
    expect(typed(prompt, '\r', { ...GATE, name: 'cutover-100' }).send?.gate).toBe('cutover-50');
  });

  test.each([[['q']], [['\u0003']], [['a', 'q', '\u0003']]])('typed: %j ends the watching', (keys) => {
    expect(press(keys).isQuit).toBe(true);
  });

  test('typed: q within a reason is a letter', () => {
    expect(press(['a', 'q']).prompt.asking?.text).toBe('q');
  });
});

test('watch: keys answer the gate, with the reason that was typed, and give the keyboard back', async () => {
  const terminal = new Terminal();
  const closed = { workflowId: 'migration/ranker', runId: 'run-1', state: 'COMPLETED', startedAt: 'x', closedAt: 'y' };
  const running = { ...closed, state: 'RUNNING', closedAt: null };
  let press: (key: string) => void = () => undefined;
  let isReleased = false;
  terminal.isTerminal = true;
  terminal.keyboard = (take) => {
    press = take;
    return () => void (isReleased = true);
  };
  terminal.session.runs = [running, running, running, closed];
  const answered = { kind: 'answered', status: { ...STATUS, gate: GATE } } as const;
  terminal.session.statuses = [answered];
  terminal.session.status = async () => {
    if (terminal.session.calls.length === 0) for (const key of ['a', ...'fine', '\r']) queueMicrotask(() => press(key));
    return answered;
  };
  const { code, out } = await terminal.run('watch ranker');

  expect(terminal.session.calls[0]).toEqual([
    'update',
    'ranker',
    'approveGate',
    { requestedBy: 'anna', reason: 'fine', gate: 'cutover-50', approved: true },
  ]);
  expect(out).toContain('gate cutover-10: approved');
  expect([code, isReleased]).toEqual([0, true]);
});

test('watch: q ends the watching, not the migration', async () => {
  const terminal = new Terminal();
  terminal.isTerminal = true;
  terminal.keyboard = (press) => {
    queueMicrotask(() => press('q'));
    return () => undefined;
  };
  expect((await terminal.run('watch ranker')).code).toBe(0);
  expect(terminal.session.calls).toEqual([]);
});

describe('list', () => {
  const row = (workload: string, startedAt: string, change: Partial<MigrationRow> = {}): MigrationRow => ({
    workload,
    workflowId: `migration/${workload}`,
    runId: 'run-1',
    state: 'RUNNING',
    phase: 'cutover',
    targetPercent: 25,
    verdict: 'pass',
    startedAt,
    closedAt: null,
    ...change,
  });

  test('list: every workload once, newest first, also one that was refused', async () => {
    const terminal = new Terminal();
    terminal.session.rows = [
      row('ranker', '2026-01-01T00:00:00.000Z', { state: 'COMPLETED', phase: 'abandoned' }),
      row('search', '2026-01-03T00:00:00.000Z', { state: 'FAILED', phase: null, targetPercent: null, verdict: null }),
      row('ranker', '2026-01-02T00:00:00.000Z', { phase: 'gate' }),
    ];
    expect((await terminal.run('list')).out.split('\n')).toEqual([
      'WORKLOAD  PHASE  TARGET  VERDICT  STATE    SINCE',
      'search    -      -       -        failed   2026-01-03 00:00',
      'ranker    gate   25 %    pass     running  2026-01-02 00:00',
      '',
    ]);
    const { migrations } = JSON.parse((await terminal.run('list --json')).out) as { migrations: MigrationRow[] };
    expect(migrations.map(({ workload }) => workload)).toEqual(['search', 'ranker']);
  });

  test('list: none is said in words', async () => {
    expect((await new Terminal().run('list')).out).toBe('there are no migrations in namespace default\n');
  });
});
