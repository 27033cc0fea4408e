import { seededRandom } from '../../lab/seeded';
import { scratchFiles } from './scratch';
import { MINIMAL, Terminal } from './support';

const writeScratch = scratchFiles();
let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

function fileOf(name: string, lines: readonly (object | string)[]): string {
  return writeScratch(name, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
}

const START_MS = Date.UTC(2026, 0, 2);

interface Line {
  at: number | string;
  latencyMs: number;
  ok: boolean;
  segment?: string;
}

/** Ten requests a second around 50 ms, for some minutes. */
function requests(
  seed: number,
  { minutes = 30, factor = 1, errorRate = 0, change = (line: Line): Line => line } = {},
): Line[] {
  const random = seededRandom(seed);
  return Array.from({ length: minutes * 600 }, (_, index) => {
    const gauss = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const line: Line = {
      at: START_MS + index * 100,
      latencyMs: factor * 50 * Math.exp(0.4 * gauss),
      ok: random() >= errorRate,
    };
    return index % 20 === 0 ? change(line) : line;
  });
}

const POLICY = JSON.stringify({ guardrails: { requestCountMin: 1_000 } });

async function judged(control: readonly (Line | string)[], target: readonly (Line | string)[], policy = POLICY) {
  const files = [fileOf('control.jsonl', control), fileOf('target.jsonl', target), fileOf('policy.yaml', [policy])];
  const { code, out, err } = await terminal.run([
    'judge',
    ...['--control', files[0] as string, '--target', files[1] as string, '--policy', files[2] as string, '--json'],
  ]);
  return {
    code,
    err,
    answer: JSON.parse(out) as { verdict?: string; reasons?: string[]; error?: { message: string } },
  };
}

const GOOD = requests(1);

test('judge: a target like its control passes, exit 0', async () => {
  const { code, answer } = await judged(GOOD, requests(2));
  expect(answer).toMatchObject({ verdict: 'pass', figures: { control: { lines: 18_000, malformedCount: 0 } } });
  expect(code).toBe(0);
});

test.each<[string, Line[], RegExp]>([
  ['fails more often', requests(3, { errorRate: 0.02 }), /^error rate of the target is/],
  ['is slower', requests(4, { factor: 1.5 }), /^P99 of the target is 1.\d\d × the source now, 1.1 × is allowed/],
  [
    'is broken for a twentieth of the users, and fine on average',
    requests(5, { change: (line) => ({ ...line, segment: 'fr', ok: Number(line.at) % 1_700 !== 0 }) }),
    /^fr: error rate of the target is/,
  ],
])('judge: a target that %s fails, exit 1', async (_fact, target, words) => {
  const labelled = requests(6, { change: (line) => ({ ...line, segment: 'fr' }) });
  const { code, answer } = await judged(labelled, target, JSON.stringify({ guardrails: { errorRateMargin: 0.004 } }));
  expect(answer).toMatchObject({ verdict: 'fail', reasons: expect.arrayContaining([expect.stringMatching(words)]) });
  expect(code).toBe(1);
});

test('judge: too few requests are insufficient, exit 2, and the reason says what is missing', async () => {
  const { code, answer } = await judged(GOOD.slice(0, 600), requests(2).slice(0, 600));
  expect(answer).toMatchObject({
    verdict: 'insufficient',
    reasons: expect.arrayContaining([expect.stringMatching(/600 requests, 1000 are needed/)]),
  });
  expect(code).toBe(2);
});

const later = (line: Line, byMs: number): Line => ({ ...line, at: Number(line.at) + byMs });

test.each<[string, (Line | string)[], (Line | string)[], RegExp]>([
  [
    'a clock that goes back',
    GOOD,
    requests(2).map((line, index) => (index === 9_000 ? later(line, -60_000) : line)),
    /^target: the clock goes back: line 9001 is 59900 ms before the line above it/,
  ],
  [
    'a unit that changes',
    GOOD.map((line, index) => (index < 9_000 ? line : { ...line, latencyMs: line.latencyMs / 1_000 })),
    requests(2).map((line) => ({ ...line, latencyMs: line.latencyMs / 1_000 })),
    /^control: latencies change by a factor of .*has their unit changed/,
  ],
  [
    'sides in different units',
    GOOD,
    requests(2).map((line) => ({ ...line, latencyMs: line.latencyMs / 1_000 })),
    /^both: the latencies of the two sides differ by a factor of 1.0e\+3: are their units the same/,
  ],
])('judge: %s is blind, exit 3', async (_fact, control, target, words) => {
  const { code, answer } = await judged(control, target);
  expect(answer).toMatchObject({ verdict: 'blind', reasons: [expect.stringMatching(words)] });
  expect(code).toBe(3);
});

test('judge: a target that falls silent does not pass', async () => {
  const { code, answer } = await judged(GOOD, requests(2).slice(0, 9_000));
  expect(answer).toMatchObject({
    verdict: 'insufficient',
    reasons: expect.arrayContaining([expect.stringMatching(/15 of 30 windows had data/)]),
  });
  expect(code).toBe(2);
});

test('judge: lines that mean nothing are left out, counted and named', async () => {
  const bad = ['{"at":', '{"at":1,"latencyMs":"NaN","ok":true}', '{"at":"soon","latencyMs":1,"ok":true}', '[]'];
  const { answer } = await judged(GOOD, [...requests(2), ...bad]);
  expect(answer).toMatchObject({
    verdict: 'pass',
    figures: {
      target: {
        malformedCount: 4,
        malformed: [
          'line 18001: not JSON',
          'line 18002: latencyMs: must be milliseconds, 0 or more (got "NaN")',
          'line 18003: at: must be ISO 8601 or epoch milliseconds (got "soon")',
          'line 18004: not an object',
        ],
      },
    },
  });
});

test('judge: a request without an answer is an error, not a line that means nothing', async () => {
  const target = requests(2).map((line, index) =>
    index % 110 === 0 ? { at: line.at, ok: false, latencyMs: null } : line,
  );
  const { code, answer } = await judged(GOOD, target as Line[]);
  expect(answer).toMatchObject({ verdict: 'fail', figures: { target: { malformedCount: 0 } } });
  expect(code).toBe(1);
});

test('judge: errors of the target count while the control is silent', async () => {
  const isOutage = (line: Line): boolean => Math.floor((Number(line.at) - START_MS) / 60_000) % 25 === 20;
  const control = GOOD.filter((line) => !isOutage(line));
  const target = requests(2).map((line) => (isOutage(line) ? { ...line, ok: false } : line));
  expect(await judged(control, target)).toMatchObject({ code: 1, answer: { verdict: 'fail' } });
});

test('judge: a segment may be called anything', async () => {
  const named = (segment: string) => (line: Line) => ({ ...line, segment });
  const target = requests(2, { change: named('constructor') });
  expect((await judged(requests(1, { change: named('constructor') }), target)).answer).toMatchObject({
    verdict: 'pass',
  });
});

test('judge: times may be ISO 8601, and a whole spec is a policy', async () => {
  const iso = requests(2).map((line) => ({ ...line, at: new Date(line.at).toISOString() }));
  const files = [fileOf('c.jsonl', GOOD), fileOf('t.jsonl', iso)];
  const { code, out } = await terminal.run([
    'judge',
    '--control',
    files[0] as string,
    '--target',
    files[1] as string,
    '--policy',
    MINIMAL,
  ]);
  expect(out).toMatch(/^pass: 4 of 4 guardrails hold\n {2}pass/);
  expect(code).toBe(0);
});

test.each<[string, (Line | string)[], string, RegExp]>([
  ['an empty file', [], POLICY, /target.jsonl: is empty/],
  [
    'a file of which over 1 % means nothing',
    [...requests(2, { minutes: 1 }), ...Array<string>(10).fill('x')],
    POLICY,
    /10 of 610 lines are malformed, at most 1 % may be\n {2}line 601: not JSON/,
  ],
  [
    'negative latencies',
    requests(2).map((line) => ({ ...line, latencyMs: -1 })),
    POLICY,
    /latencyMs: must be milliseconds, 0 or more \(got -1\)/,
  ],
  [
    'a policy with an unknown key',
    requests(2),
    'guardrails: {errorRat: 1}',
    /guardrails.errorRat: unknown key; did you mean errorRate/,
  ],
  [
    'a policy that can prove nothing',
    requests(2),
    'guardrails: {errorRateDetect: 0}',
    /guardrails.errorRateDetect: must be above guardrails.errorRateMargin/,
  ],
])('judge: %s is bad usage, exit 64', async (_fact, target, policy, words) => {
  const { code, err, answer } = await judged(GOOD, target, policy);
  expect(code).toBe(64);
  expect(err).toMatch(words);
  expect(answer.error?.message).toMatch(words);
});

test('judge: a file that is not there is bad usage', async () => {
  const policy = fileOf('policy.yaml', [POLICY]);
  const { code, err } = await terminal.run([
    'judge',
    '--control',
    'nowhere.jsonl',
    '--target',
    'nowhere.jsonl',
    '--policy',
    policy,
  ]);
  expect([code, err]).toEqual([64, expect.stringMatching(/cannot read nowhere.jsonl: Error: ENOENT/)]);
});
