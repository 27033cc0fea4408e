import { decideStep } from '../../src/analysis/step-decision';
import type { StepDecision, StepFacts } from '../../src/analysis/step-decision';
import type { Verdict, VerdictKind } from '../../src/domain/verdict';

const verdict = (kind: VerdictKind, evaluatedCount = 5): Verdict => ({
  kind,
  reason: kind,
  results: [],
  evaluatedCount,
  guardrailCount: 5,
});

/** Too high a cost, and another guardrail that says what is given. */
const dear = (kind: VerdictKind, other: VerdictKind = 'pass'): Verdict => ({
  ...verdict(kind),
  results: [
    { guardrail: 'cost', kind: 'fail', reason: 'dear', values: {} },
    { guardrail: 'latency', kind: other, reason: other, values: {} },
  ],
});

const FACTS: StepFacts = {
  verdict: verdict('pass'),
  timeOver: true,
  extensionCount: 0,
  extendMax: 2,
  blindTooLong: false,
};

test.each<[string, Partial<StepFacts>, StepDecision]>([
  ['pass, time over', {}, 'advance'],
  ['pass, time left', { timeOver: false }, 'watch_on'],
  ['pass of 4 of 5 guardrails', { verdict: verdict('pass', 4) }, 'extend'],
  ['fail, time left', { verdict: verdict('fail'), timeOver: false }, 'roll_back'],
  ['fail, time over', { verdict: verdict('fail') }, 'roll_back'],
  ['insufficient, time left', { verdict: verdict('insufficient'), timeOver: false }, 'watch_on'],
  ['insufficient, time over', { verdict: verdict('insufficient') }, 'extend'],
  ['insufficient, one extension left', { verdict: verdict('insufficient'), extensionCount: 1 }, 'extend'],
  ['insufficient, extended as often as allowed', { verdict: verdict('insufficient'), extensionCount: 2 }, 'ask'],
  ['a target that is dear, time over', { verdict: dear('insufficient') }, 'ask'],
  ['a target that is dear, time left', { verdict: dear('insufficient'), timeOver: false }, 'watch_on'],
  ['a target that is dear and too little evidence', { verdict: dear('insufficient', 'insufficient') }, 'extend'],
  ['blind, time over', { verdict: verdict('blind') }, 'watch_on'],
  ['blind for too long', { verdict: verdict('blind'), blindTooLong: true }, 'step_down'],
  ['no verdict, time left', { verdict: null, timeOver: false }, 'watch_on'],
  ['no verdict, time over', { verdict: null }, 'extend'],
  ['no verdict, never extended', { verdict: null, extendMax: 0 }, 'ask'],
])('decideStep: %s', (_name, facts, decision) => {
  expect(decideStep({ ...FACTS, ...facts })).toBe(decision);
});
