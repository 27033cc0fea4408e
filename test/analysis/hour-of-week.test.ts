import { judge } from '../../src/analysis/judge';
import { targetWeight } from '../../src/domain/weights';
import { FRESH, lookAt, POLICY, windows } from './support';

const NIGHT_HOUR = { errorRate: 0, quantilesMs: { p99: 40 } };

test('judge: the same hour of the week is the control before the whole baseline, and the verdict says so', () => {
  const policy = {
    ...POLICY,
    wanted: targetWeight(100),
    // Second 0 of 1970: a Thursday, 00:00.
    baselineHours: { 72: NIGHT_HOUR },
  };
  const slowAtNight = windows(60, { source: { requestCount: 0 }, target: { quantilesMs: { p99: 40 } } });
  const { verdict } = judge(FRESH, lookAt(slowAtNight, 60), policy);
  const latency = verdict.results.find(({ guardrail }) => guardrail === 'latency');

  expect(latency).toMatchObject({ kind: 'pass', values: { ratio: expect.closeTo(1) } });
  expect(latency?.reason).toMatch(/1.00 × the baseline of the same hour of the week \(no traffic is left/);
});

test('judge: an hour of the week that the baseline does not know has the whole baseline', () => {
  const policy = { ...POLICY, wanted: targetWeight(100), baselineHours: { 71: NIGHT_HOUR } };
  const slow = windows(60, { source: { requestCount: 0 }, target: { quantilesMs: { p99: 40 } } });
  const { verdict } = judge(FRESH, lookAt(slow, 60), policy);

  expect(verdict.results.find(({ guardrail }) => guardrail === 'latency')).toMatchObject({
    kind: 'fail',
    values: { ratio: expect.closeTo(2) },
  });
});
