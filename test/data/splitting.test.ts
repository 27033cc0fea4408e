import fc from 'fast-check';
import type { Checkpoint } from '../../src/data/checkpoint';
import { beginRange, splitAt } from '../../src/data/checkpoint';
import { compareKeys } from '../../src/domain/key-order';
import { Copying } from './copying';

const OBJECTS = 600;

/** Cut into four ranges, all but three objects in one of them. */
function skewed(): Copying {
  const copying = new Copying();
  for (const key of ['a', 'c', 'd']) copying.from.set(key, key);
  for (let n = 0; n < OBJECTS; n += 1) copying.from.set(`b/${String(n).padStart(5, '0')}`, `${n}`);
  copying.from.ranges = [{ upTo: 'b' }, { after: 'b', upTo: 'c' }, { after: 'c', upTo: 'cc' }, { after: 'cc' }];
  copying.from.splits = true;
  copying.limits = { ...copying.limits, objectsMax: 8 };
  return copying;
}

/** Throws unless every range begins where the one before ended. */
function assertAdjoining({ ranges }: Checkpoint): void {
  for (const [index, { range }] of ranges.entries()) {
    const before = ranges[index - 1];
    if (range.after !== before?.range.upTo) throw new Error(`range ${index} begins at ${range.after}`);
  }
  if (ranges.at(-1)?.range.upTo !== undefined) throw new Error('the last range has an end');
}

test('copy: a range that holds nearly all is shared out among idle lanes; the result is that of one range', async () => {
  const [copying, whole] = [skewed(), skewed()];
  whole.from.splits = false;
  const result = await copying.run();
  const expected = await whole.run();
  expect(result).toEqual(expected);
  const { ranges } = copying.lastCheckpoint as Checkpoint;
  expect(ranges.length).toBeGreaterThan(8);
  const counts = ranges.map(({ tally }) => tally.objects);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(OBJECTS + 3);
  expect(Math.max(...counts)).toBeLessThan(OBJECTS / 2);
  expect(copying.to.contents()).toEqual(copying.from.contents());
});

test('copy: whenever it is stopped, its ranges adjoin, and going on copies nothing twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: OBJECTS }), { minLength: 1, maxLength: 3 }), async (stops) => {
      const copying = skewed();
      let puts = 0;
      for (const after of stops) {
        const at = puts + after;
        copying.to.trouble = (call) => {
          if (call !== 'put' || (puts += 1) !== at) return;
          copying.stop.abort(new Error('stopped'));
        };
        await copying.run().catch(() => undefined);
        if (copying.checkpoint !== undefined) assertAdjoining(copying.checkpoint);
        copying.stop = new AbortController();
      }
      copying.to.trouble = () => undefined;
      expect(await copying.run()).toMatchObject({ isProven: true, tally: { objects: OBJECTS + 3 } });
      expect(copying.to.contents()).toEqual(copying.from.contents());
      // What was under way when it was stopped may have arrived unheard.
      expect(copying.to.count('put')).toBeLessThanOrEqual(OBJECTS + 3 + stops.length * 8);
    }),
    { numRuns: 15 },
  );
});

test('splitAt: what was settled ahead and what is half sent belongs to exactly one side', () => {
  const keys = ['a', 'b', 'c', 'd'];
  const settled = keys.map((key) => ({ key, outcome: 'same' as const, sizeBytes: 0, isAtTarget: true, findings: [] }));
  const uploads = keys.map((key) => ({ upload: { key, id: key, partBytes: 1 }, sourceVersion: '', parts: [] }));
  const { lower, upper } = splitAt({ ...beginRange({ after: 'A', upTo: 'z' }), id: 3, ahead: settled, uploads }, 'b');
  expect([lower.id, lower.range, upper.id, upper.range]).toEqual([
    3,
    { after: 'A', upTo: 'b' },
    undefined,
    { after: 'b', upTo: 'z' },
  ]);
  for (const [side, expected] of [
    [lower, ['a', 'b']],
    [upper, ['c', 'd']],
  ] as const) {
    expect(side.ahead.map(({ key }) => key).sort(compareKeys)).toEqual(expected);
    expect(side.uploads.map(({ upload }) => upload.key).sort(compareKeys)).toEqual(expected);
  }
});
