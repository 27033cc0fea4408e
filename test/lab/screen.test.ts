import { createScreen } from '../../lab/screen';
import type { Sample } from '../../lab/drive';
import { ALL_ON_SOURCE, targetWeight } from '../../src/domain/weights';

class Output {
  text = '';
  readonly columns = 60;

  constructor(readonly isTTY: boolean) {}

  write(text: string): boolean {
    this.text += text;
    return true;
  }

  get lines(): string[] {
    return this.text.trimEnd().split('\n');
  }
}

function sample(status: object, failed = 0): Sample {
  const calm = { phase: 'cutover', step: 'cutover at 50 %', wanted: targetWeight(50), verdict: null, gate: null };
  const rest = { blocked: null, rollback: null, stepEndsAt: null, observedTargetPercent: null };
  return {
    status: { ...calm, ...rest, ...status },
    totals: { total: 10, failed },
    elapsedMs: 1_000,
  } as unknown as Sample;
}

const verdict = (kind: string): object => ({ verdict: { kind, reason: 'error rate is 50 %' } });

function shown(...samples: readonly Sample[]): string[] {
  const out = new Output(false);
  const screen = createScreen(out as unknown as NodeJS.WriteStream);
  for (const one of samples) screen.show(one);
  return out.lines.slice(1);
}

test('screen: without a terminal a line comes for each change, and for nothing else', () => {
  const lines = shown(sample({}), sample({}, 3), sample(verdict('insufficient')), sample(verdict('pass')), sample({}));

  expect(lines).toEqual([
    'cutover      ██████████░░░░░░░░░░   50 %  cutover at 50 %',
    'cutover      ██████████░░░░░░░░░░   50 %  cutover at 50 % · pass',
  ]);
});

test('screen: a breach and a rollback say why', () => {
  const rollback = { reason: 'error rate is 50 %' };
  const back = { phase: 'rolled_back', wanted: ALL_ON_SOURCE, step: 'target kept', rollback };
  const lines = shown(sample(verdict('fail')), sample(back));

  expect(lines[0]).toMatch(/· fail: error rate is 50 %$/);
  expect(lines[1]).toMatch(/^rolled_back {2}█{20} {4}0 % {2}target kept: error rate is 50 %$/);
});

test('screen: without a terminal there are no control sequences', () => {
  expect(shown(sample(verdict('fail'))).join('')).not.toContain('\u001b');
});

test('screen: on a terminal the live line never wraps', () => {
  const out = new Output(true);
  createScreen(out as unknown as NodeJS.WriteStream).show(
    sample({ ...verdict('insufficient'), observedTargetPercent: 49.8, stepEndsAt: Date.now() + 90_000 }),
  );
  const live = out.text.slice(out.text.lastIndexOf('\r')).replace(/\r|\u001b\[[0-9;]*[mK]/g, '');

  expect(live).toMatch(/^1s +10 requests, 0 failed · target answers 49\.8 %/);
  expect(live.length).toBeLessThan(60);
});
