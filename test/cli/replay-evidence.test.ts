import { ReplayEvidence } from '../../src/cli/replay-evidence';
import { epochMs } from '../../src/domain/quantity';
import { parsePolicy } from '../../src/spec';
import type { Answer } from '../../src/tap/answer';
import type { RecordedLine } from '../../src/tap/capture/recorded-line';
import type { ReplayedPair, SideResult } from '../../src/tap/replay/replay';

const POLICY = parsePolicy({
  guardrails: {
    requestCountMin: 1_000,
    latency: [{ quantile: 'p99' }],
    errorRateMax: 0.02,
    errorRateMargin: 0.01,
    errorRateDetect: 0.05,
    mismatchRateDetect: 0.05,
  },
});
const LINE: RecordedLine = { at: epochMs(0), method: 'POST', path: '/', headers: {} };

/** Latencies of 50 to 100 ms, whichever the side. */
function answered(index: number, change: Partial<SideResult> = {}): SideResult {
  return { answer: answerOf(200), isOk: true, latencyMs: 50 + ((index * 7_919) % 51), ...change };
}

function answerOf(status: number): Answer {
  return { status, contentType: '', contentEncoding: '', body: [], latencyMs: 1, firstByteMs: 1 };
}

function judged(pairOf: (index: number) => Partial<ReplayedPair>, count = 20_000) {
  const evidence = new ReplayEvidence(POLICY, 10_000, 0);
  for (let index = 0; index < count; index += 1) {
    evidence.take({
      id: String(index),
      line: LINE,
      offsetMs: index * 50,
      first: 'source',
      lagMs: 1,
      source: answered(index),
      target: answered(index + 1),
      comparison: { verdict: 'equal' },
      ...pairOf(index),
    });
  }
  const sent = { sent: count, crowded: 0, interrupted: 0, inFlightMost: 1 };
  const plan = { arrivals: [], recorded: count, redacted: 0, changing: 0, beyond: 0 };
  const arrivals = Array.from({ length: count }, () => ({ id: '', offsetMs: 0, line: LINE }));
  const recording = { lines: count, malformed: [], malformedCount: 0 };
  return evidence.answer({ plan: { ...plan, arrivals }, sent, recording, settings: {} }).answer;
}

test('ReplayEvidence: sides that are alike pass, with every guardrail answered', () => {
  const { verdict, reasons, figures } = judged(() => ({}));
  expect(verdict).toBe('pass');
  expect(reasons).toHaveLength(5);
  expect(figures).toMatchObject({ source: { answered: 20_000, errors: 0 }, unpaired: 0, refused: 0 });
});

test.each<[string, (index: number) => Partial<ReplayedPair>, string, RegExp]>([
  [
    'a target that is slower',
    (index) => ({ target: answered(index, { latencyMs: 1.5 * (50 + (index % 51)) }) }),
    'fail',
    /^P99 of the target is/,
  ],
  [
    'a target that fails more often',
    (index) =>
      index % 20 === 0 ? { target: { isOk: false, latencyMs: null }, comparison: { verdict: 'not_compared' } } : {},
    'fail',
    /^error rate of the target is 5\.\d\d %/,
  ],
  [
    'a source of which many answers are missing',
    (index) => (index % 20 === 0 ? { source: { isOk: false, latencyMs: null } } : {}),
    'blind',
    /^1000 outputs of 20000 have no pair/,
  ],
  [
    'requests that are sent late',
    () => ({ lagMs: 30 }),
    'blind',
    /^requests were sent 3\d\.\d ms late at P99, where the source takes \d+\.\d ms: send more slowly/,
  ],
  [
    'answers that cannot be read',
    () => ({ comparison: { verdict: 'not_compared' } }),
    'blind',
    /^20000 outputs of 20000 have no pair/,
  ],
])('ReplayEvidence: %s does not pass', (_fact, pairOf, verdict, words) => {
  const answer = judged(pairOf);
  expect([answer.verdict, answer.reasons]).toEqual([verdict, expect.arrayContaining([expect.stringMatching(words)])]);
});

test('ReplayEvidence: refusals are no doubt where the source refused when it was recorded', () => {
  const refusal = answered(1, { answer: answerOf(404) });
  const answer = { status: 404, headers: {}, latencyMs: 1 };
  const { figures } = judged((index) =>
    index % 10 === 0 ? { line: { ...LINE, answer }, source: refusal, target: refusal } : {},
  );
  expect(figures).toMatchObject({ refused: 0, unpaired: 0 });
});
