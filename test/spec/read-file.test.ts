import { join } from 'node:path';
import { parseSpecText, readSpecFile } from '../../src/spec';

const FILE = 'spec.yaml';

test('readSpecFile: a file that is not there is named', () => {
  const path = join(__dirname, 'not-there.yaml');
  expect(() => readSpecFile(path)).toThrow(`cannot read ${path}: there is no such file`);
});

test('parseSpecText: JSON is read as well', () => {
  expect(parseSpecText('{"apiVersion": "crossfade/v1", "weights": [10, 100]}', FILE)).toEqual({
    apiVersion: 'crossfade/v1',
    weights: [10, 100],
  });
});

test('parseSpecText: YAML 1.2 leaves words as words', () => {
  expect(parseSpecText('a: no\nb: 20s\nc: 0o17', FILE)).toEqual({ a: 'no', b: '20s', c: 15 });
});

test.each([
  ['a bad indent', 'a:\n  b: 1\n c: 2\n', /^spec\.yaml:3:\d+: /],
  ['a key that stands twice', 'a: 1\nb: 2\na: 3\n', /^spec\.yaml:3:1: .*unique/],
  ['an open bracket', 'a: [1, 2\n', /^spec\.yaml:2:1: /],
  ['a tag that nobody knows', 'a: !secret x\n', /^spec\.yaml:1:4: /],
  ['nothing', '', /^spec\.yaml: is empty/],
  ['two documents', 'a: 1\n---\nb: 2\n', /holds 2 documents, one is needed/],
])('parseSpecText: %s is refused with its place', (_fact, text, words) => {
  expect(() => parseSpecText(text, FILE)).toThrow(
    expect.objectContaining({ code: 'SpecInvalid', message: expect.stringMatching(words) }),
  );
});
