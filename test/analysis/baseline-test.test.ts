import { judge } from '../../src/analysis/judge';
import type { SideWindow } from '../../src/domain/evidence';
import { EMPTY_SIDE } from '../../src/domain/evidence';
import type { GuardrailResult } from '../../src/domain/verdict';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, windows } from './support';

/** Five minutes with all traffic on the target, as a stand-in counts it. */
function resultsOn(target: Partial<SideWindow>): readonly GuardrailResult[] {
  const stoodIn = windows(300, { source: EMPTY_SIDE, target }).map((window) => ({
    ...window,
    standIn: 'cloudwatch' as const,
  }));
  return judge(FRESH, lookAt(stoodIn, 300), { ...POLICY, wanted: targetWeight(100) }).verdict.results;
}

const kindsOf = (results: readonly GuardrailResult[]): Record<string, string> =>
  Object.fromEntries(results.map(({ guardrail, kind }) => [guardrail, kind]));

test('baseline: a stand-in that measures 25 % more than the baseline is no slower target', () => {
  expect(kindsOf(resultsOn({ quantilesMs: { p99: 25 } }))).toMatchObject({ latency: 'insufficient' });
});

test('baseline: a stand-in that measures what the baseline has proves nothing by it', () => {
  expect(kindsOf(resultsOn({}))).toMatchObject({ latency: 'insufficient', errorRate: 'insufficient' });
});

test('baseline: windows of a stand-in count for the SLA and the coverage', () => {
  expect(kindsOf(resultsOn({ errorCount: 50 }))).toMatchObject({ errorSla: 'fail', coverage: 'pass' });
});
