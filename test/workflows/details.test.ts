import { EMPTY_ACCOUNT } from '../../src/domain/evidence';
import type { Verdict } from '../../src/domain/verdict';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';
import { describe as page, plain } from '../../src/workflows/details';
import type { MigrationState } from '../../src/workflows/state';

/** What the page reads of a migration that holds at 50 %. */
function state(changes: Partial<MigrationState> = {}): MigrationState {
  const holding: Partial<MigrationState> = {
    spec: { workload: 'ranker' } as MigrationState['spec'],
    phase: 'cutover',
    phases: [{ name: 'baseline', startedAt: 0, verdict: 'pass', seconds: 1 }],
    cursor: { step: 0, part: 'start', clock: null, judge: null },
    wanted: targetWeight(50),
    observedTargetPercent: 49.8,
    operator: { paused: null, interrupt: null, answer: null, retry: null, skip: null },
    verdict: null,
    lastStep: null,
    blindSinceMs: null,
    gate: null,
    blocked: null,
    rollback: null,
    shadowAccount: { ...EMPTY_ACCOUNT, received: 100, mirrored: 60, skipped: 40 },
    decisions: [],
    unknownMessages: [],
    doing: 'cutover at 50 %',
    outcome: null,
  };
  return { ...holding, ...changes } as MigrationState;
}

const FOREIGN = '<b>x</b> | `code` *x* _y_ ~z~ $1 $2 [l](http://e.x) 1/2 "q" & \\ a@b.c\n# heading';

test('plain: nothing that the UI would interpret is left, and every sign can still be read', () => {
  const text = plain(FOREIGN);

  expect(text.replace(/&#\d+;/g, '')).not.toMatch(/[<>&|`*_~$[\]\\/"'@\n]/);
  expect(text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(
    FOREIGN.replace('\n', ' '),
  );
});

test('plain: a text that is cut is not cut inside a sign', () => {
  expect(plain('<'.repeat(1_000))).toBe('&#60;'.repeat(500));
});

test('details: phases, weights, what was observed and what was mirrored stand on the page', () => {
  const text = page(state());

  expect(text).toContain('## CUTOVER: ranker');
  expect(text).toContain('- shadow traffic so far: 100 received, 60 mirrored, 0 unaccounted for');
  expect(text).toContain('baseline ✓ → environment → shadow → **cutover** → decommission');
  expect(text).toMatch(/\| wanted \| \*\*50 %\*\* \| `█{15}░{15}` \| \*\*50 %\*\* \|/);
  expect(text).toMatch(/\| observed \| 50.2 % \| `█{15}░{15}` \| 49.8 % \|/);
});

test('details: at a gate, where nothing is judged, the verdict of the last step is shown', () => {
  const verdict: Verdict = { kind: 'pass', reason: '6 of 6', results: [], evaluatedCount: 6, guardrailCount: 6 };
  const gate = { name: 'cutover-10', question: 'Move traffic?', openedAt: 0 };
  const text = page(state({ gate, lastStep: { name: 'shadow-50', verdict } }));

  expect(text).toContain('**Verdict of the last step, shadow-50: pass** – 6 of 6');
});

const QUESTIONS: [string, Partial<MigrationState>, RegExp][] = [
  [
    'a gate',
    { gate: { name: 'cutover-10', question: 'Move traffic?', openedAt: 0 } },
    /### Gate cutover-10: Move traffic\?\n\n.*`approve` or `reject`/,
  ],
  [
    'a block that may be skipped',
    { blocked: { step: 'copy', code: 'AwsDenied', message: 'not allowed', skippable: true } },
    /### AwsDenied at: copy\n\nnot allowed\n\n.*`retry` or `skip` or `rollback`/,
  ],
  [
    'a block that may not be skipped',
    { blocked: { step: 'shift', code: 'AwsDenied', message: 'not allowed', skippable: false } },
    /`retry` or `rollback`/,
  ],
  ['a rollback', { phase: 'rolled_back', wanted: ALL_ON_SOURCE }, /`retry` or `abandon`/],
];
test.each(QUESTIONS)('details: %s says how to answer it, before everything else', (_name, changes, expected) => {
  const text = page(state(changes));

  expect(text).toMatch(expected);
  expect(text.search(expected)).toBeLessThan(text.indexOf('| traffic |'));
});

test('details: a paused migration is resumed from its page', () => {
  const { operator } = state();

  expect(page(state({ operator: { ...operator, paused: { requestedBy: 'ada', reason: 'lunch' } } }))).toMatch(
    /## CUTOVER \(PAUSED\): ranker[^]*`resume` or `rollback`/,
  );
});

test('details: an ended migration asks for nothing', () => {
  expect(page(state({ phase: 'completed', outcome: 'completed' }))).not.toContain('Send a Signal');
});

test('details: the page stays within what Temporal takes, and the newest decision stays on it', () => {
  const worst = '<'.repeat(1_000);
  const results = Array.from({ length: 7 }, () => ({
    guardrail: 'errorRate',
    kind: 'fail',
    reason: worst,
    values: {},
  }));
  const verdict = { kind: 'fail', reason: 'r', results, evaluatedCount: 7, guardrailCount: 7 } as unknown as Verdict;
  const decisions = Array.from({ length: 12 }, (_, index) => `decision ${index} ${worst}`);

  expect(Buffer.byteLength(page(state({ verdict, decisions })))).toBeLessThan(20_480);
  expect(page(state({ decisions }))).toContain('decision 11');
});
