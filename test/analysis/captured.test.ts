import { withCaptures } from '../../src/analysis/captured';
import { judgeCopiedShare, judgeShadowAccount } from '../../src/analysis/shadow-guardrails';
import { EMPTY_ACCOUNT, EMPTY_SIDE } from '../../src/domain/evidence';
import type { CapturedWindow, ShadowAccount } from '../../src/domain/evidence';
import type { EpochMs } from '../../src/domain/quantity';
import { POLICY, windowAt, windows } from './support';

const lines = (index: number, account: Partial<ShadowAccount>): CapturedWindow => ({
  startMs: (index * 1_000) as EpochMs,
  account: { ...EMPTY_ACCOUNT, ...account },
  worst: [],
});

test('withCaptures: counts and lines of one time are one window, and copies that were answered are known', () => {
  const counted = windows(1, { target: { requestCount: 50, errorCount: 10 } });
  const evidence = withCaptures(
    { complete: true, windows: counted },
    [lines(0, { received: 500, mirrored: 40 })],
    1_000,
  );
  expect(evidence).toEqual({
    complete: true,
    windows: [{ ...counted[0], shadow: { ...EMPTY_ACCOUNT, received: 500, mirrored: 40, answered: 40 } }],
  });
});

test('withCaptures: a window that only one of them knows is there with what is known', () => {
  const evidence = withCaptures({ complete: true, windows: [windowAt(1)] }, [lines(0, { received: 5 })], 1_000);
  expect(evidence).toMatchObject({
    windows: [
      { startMs: 0, endMs: 1_000, source: EMPTY_SIDE, shadow: { received: 5, answered: 0 } },
      { startMs: 1_000, shadow: { received: 0, answered: 500 } },
    ],
  });
});

test('withCaptures: counts that are not whole stay what they are', () => {
  const blind = { complete: false, cause: 'throttled' } as const;
  expect(withCaptures(blind, [lines(0, { received: 5 })], 1_000)).toBe(blind);
});

test.each([
  ['half of the answered copies', 50, 'pass'],
  ['one less', 49, 'insufficient'],
])('judgeShadowAccount: with %s compared it is %s', (_fact, compared, kind) => {
  const account = { ...EMPTY_ACCOUNT, received: 1_000, mirrored: compared, skipped: 1_000 - compared, compared };
  expect(judgeShadowAccount({ account: { ...account, answered: 100 } }, POLICY)).toMatchObject({ kind });
});

test.each([
  ['as many copies as were ordered', 5_000, 'pass'],
  ['a few more, by chance', 5_400, 'pass'],
  ['twice as many', 10_000, 'fail'],
])('judgeCopiedShare: %s', (_fact, targetRequestCount, kind) => {
  const [result] = judgeCopiedShare({ sourceRequestCount: 100_000, targetRequestCount }, { copiedShareMax: 0.05 });
  expect(result).toMatchObject({
    kind,
    reason: `${targetRequestCount} of 100000 requests were copied, 5.00 % were ordered`,
  });
});

test('judgeCopiedShare: all of them are no more than all, and a tap answers for its own', () => {
  const all = { sourceRequestCount: 1_000, targetRequestCount: 1_010 };
  expect(judgeCopiedShare(all, { copiedShareMax: 1 })).toMatchObject([{ kind: 'pass' }]);
  expect(judgeCopiedShare(all, {})).toEqual([]);
});
