import { compareOutputs } from '../../src/analysis/equivalence';

const TOLERANCE = { relativeTolerance: 0.01, absoluteTolerance: 0.5 };

test.each([
  ['identical outputs', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }],
  ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
  ['a number at the limit', 100, 101.5],
  ['a number at the limit on the other side', 100, 98.5],
  ['a negative number at the limit', -100, -101.5],
  ['a number near zero', 0, 0.5],
  ['empty objects', {}, {}],
])('compareOutputs: %s are equal', (_fact, source, target) => {
  expect(compareOutputs(source, target, TOLERANCE)).toEqual({ equal: true });
});

test.each([
  ['a number past the limit', 100, 101.51, '$'],
  ['a number past the limit of the source, not of the target', 1_000, 1_010.6, '$'],
  ['a number deep inside', { embedding: [0, 1, 2, 3] }, { embedding: [0, 1, 2, 4] }, '$.embedding[3]'],
  ['a text', { label: 'cat' }, { label: 'Cat' }, '$.label'],
  ['a number as text', { score: 1 }, { score: '1' }, '$.score'],
  ['null and a missing value', { a: null }, {}, '$.a'],
  ['a key only on the target', {}, { a: 1 }, '$.a'],
  ['a key that is no name', { 'a b': 1 }, { 'a b': 2 }, '$["a b"]'],
  ['a key of the prototype', JSON.parse('{"toString": 1}'), {}, '$.toString'],
  ['lengths', { list: [1, 2] }, { list: [1] }, '$.list'],
  ['an array and an object', [], {}, '$'],
  ['true and false', true, false, '$'],
  ['NaN on the source', NaN, 1, '$'],
  ['NaN on the target', 1, NaN, '$'],
  ['NaN on both', NaN, NaN, '$'],
  ['an infinite source, which would allow any distance', Infinity, 1, '$'],
  ['an infinite target', 1, Infinity, '$'],
  ['two infinite numbers', Infinity, Infinity, '$'],
])('compareOutputs: %s: not equal, with the path', (_fact, source, target, path) => {
  expect(compareOutputs(source, target, TOLERANCE)).toEqual({ equal: false, path, detail: expect.any(String) });
});

test('compareOutputs: the difference is told with both values', () => {
  expect(compareOutputs({ a: 1 }, { a: 3 }, TOLERANCE).detail).toBe('source 1, target 3: 2 apart, 0.51 allowed');
});

test('compareOutputs: an output nested without end is different, not a crash', () => {
  const nested = (): unknown => JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
  expect(compareOutputs(nested(), nested(), TOLERANCE)).toMatchObject({
    equal: false,
    detail: 'nested deeper than 200 levels',
  });
});
