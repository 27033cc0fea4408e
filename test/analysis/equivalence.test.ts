import { compareOutputs } from '../../src/analysis/equivalence';
import type { Equivalence } from '../../src/analysis/equivalence';
import { parsePattern } from '../../src/domain/json-path';
import type { EquivalenceRule } from '../../src/domain/spec';

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
  expect(compareOutputs(source, target, TOLERANCE)).toEqual({
    equal: false,
    path,
    detail: expect.any(String),
    severity: expect.any(Number),
  });
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

describe('rules by path', () => {
  const by = (change: Partial<Equivalence>): Equivalence => ({ ...TOLERANCE, ...change });
  const rule = (one: EquivalenceRule): Equivalence => by({ rules: [one] });

  test.each<[string, unknown, unknown, Equivalence]>([
    ['an ignored value', { id: 1, a: 1 }, { id: 2, a: 1 }, by({ ignore: ['$.id'] })],
    ['an ignored key that one side lacks', { id: 1 }, {}, by({ ignore: ['$.id'] })],
    ['an ignored key that only the target has', {}, { id: 1 }, by({ ignore: ['$.id'] })],
    ['an ignored key in every element', [{ t: 1 }, { t: 2 }], [{ t: 3 }, { t: 4 }], by({ ignore: ['$[*].t'] })],
    ['a value whose key is a star', { '*': 1, a: 1 }, { '*': 9, a: 1 }, by({ ignore: ['$["*"]'] })],
    ['a key with a blank', { 'a b': 1 }, { 'a b': 9 }, by({ ignore: ['$["a b"]'] })],
    [
      'a wider tolerance for a subtree',
      { s: [10, 20] },
      { s: [11, 22] },
      rule({ path: '$.s', kind: 'number', relativeTolerance: 0.2 }),
    ],
    ['texts that differ in case and spacing', { t: ' A  b' }, { t: 'a B' }, rule({ path: '$.t', kind: 'text' })],
    [
      'texts that differ in the form of accents',
      { t: 'e\u0301' },
      { t: '\u00e9' },
      rule({ path: '$.t', kind: 'text' }),
    ],
    ['scores with the same highest', { p: [0.1, 0.9] }, { p: [0.4, 0.6] }, rule({ path: '$.p', kind: 'class' })],
    [
      'the same first three in another order',
      [1, 2, 3, 4],
      [3, 1, 2, 9],
      rule({ path: '$', kind: 'top', k: 3, min: 1 }),
    ],
    ['two of three', [1, 2, 3], [1, 2, 9], rule({ path: '$', kind: 'top', k: 3, min: 0.6 })],
    [
      'entries by their key',
      [{ id: 'a', s: 1 }],
      [{ id: 'a', s: 9 }],
      rule({ path: '$', kind: 'top', k: 1, min: 1, by: 'id' }),
    ],
    [
      'an order with one neighbour swapped',
      [1, 2, 3, 4, 5],
      [1, 3, 2, 4, 5],
      rule({ path: '$', kind: 'ranking', min: 0.8 }),
    ],
    ['embeddings of the same direction', [1, 2, 3], [2, 4, 6.001], rule({ path: '$', kind: 'cosine', min: 0.9999 })],
  ])('compareOutputs: %s: equal', (_fact, source, target, equivalence) => {
    expect(compareOutputs(source, target, equivalence)).toEqual({ equal: true });
  });

  test.each<[string, unknown, unknown, Equivalence, string]>([
    ['a value beside an ignored one', { id: 1, a: 1 }, { id: 2, a: 9 }, by({ ignore: ['$.id'] }), '$.a'],
    ['a key of the same name elsewhere', { a: { id: 1 } }, { a: { id: 9 } }, by({ ignore: ['$.id'] }), '$.a.id'],
    ['a value beside one whose key is a star', { a: 1 }, { a: 9 }, by({ ignore: ['$["*"]'] }), '$.a'],
    [
      'entries without the key that says which is which',
      [{ id: 1 }],
      [{ id: 2 }],
      rule({ path: '$', kind: 'top', k: 1, min: 1, by: 'docId' }),
      '$',
    ],
    [
      'repeated entries in another order',
      ['x', 'x', 'x', 'b', 'c'],
      ['x', 'c', 'b'],
      rule({ path: '$', kind: 'ranking', min: 0.9 }),
      '$',
    ],
    ['other words', { t: 'yes' }, { t: 'no' }, rule({ path: '$.t', kind: 'text' }), '$.t'],
    ['another highest', { p: [0.9, 0.1] }, { p: [0.4, 0.6] }, rule({ path: '$.p', kind: 'class' }), '$.p'],
    ['scores that are not numbers', { p: [NaN, 0.1] }, { p: [NaN, 0.1] }, rule({ path: '$.p', kind: 'class' }), '$.p'],
    ['one of three', [1, 2, 3], [1, 8, 9], rule({ path: '$', kind: 'top', k: 3, min: 0.6 }), '$'],
    ['the reverse order', [1, 2, 3], [3, 2, 1], rule({ path: '$', kind: 'ranking', min: 0.8 }), '$'],
    ['a list against a text', [1], 'x', rule({ path: '$', kind: 'ranking', min: 0.8 }), '$'],
    ['embeddings of another direction', [1, 0], [0, 1], rule({ path: '$', kind: 'cosine', min: 0.9 }), '$'],
    ['embeddings of another length', [1, 0], [1], rule({ path: '$', kind: 'cosine', min: 0.9 }), '$'],
    ['an embedding without direction', [0, 0], [1, 0], rule({ path: '$', kind: 'cosine', min: 0.9 }), '$'],
  ])('compareOutputs: %s: not equal, with the path', (_fact, source, target, equivalence, path) => {
    expect(compareOutputs(source, target, equivalence)).toMatchObject({ equal: false, path });
  });

  test('compareOutputs: how bad a difference is, is told in allowed distances', () => {
    expect(compareOutputs(100, 103, TOLERANCE).severity).toBe(2);
    expect(compareOutputs('a', 'b', TOLERANCE).severity).toBe(Number.POSITIVE_INFINITY);
  });

  test.each(['', 'a', '$.', '$[x]', '$..a', '$.a[', '$["\\x"]'])('parsePattern: %j is no path', (text) => {
    expect(() => parsePattern(text)).toThrow(RangeError);
  });
});
