import { ERROR_CATALOG, MigrationError, NON_RETRYABLE_CODES } from '../../src/domain/errors';
import { formatDuration, parseDuration } from '../../src/domain/quantity';
import { ownerOf, ownerTags, parseS3Url } from '../../src/domain/resources';
import { rollbackAt } from '../../src/domain/rollback';
import type { Stage } from '../../src/domain/rollback';
import { formatShiftTag, parseShiftTag, sameWeights, targetWeight } from '../../src/domain/weights';

test.each<[string, number | undefined]>([
  ['500ms', 500],
  ['20s', 20_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
  ['', undefined],
  ['20', undefined],
  ['-5s', undefined],
  ['5 weeks', undefined],
  ['1h30m', undefined],
])('parseDuration: %p', (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
});

test.each<[number, string]>([
  [0, '0.0s'],
  [800, '0.8s'],
  [999, '1.0s'],
  [1_000, '1s'],
  [61_000, '1m 1s'],
  [3_600_000, '1h'],
  [90_061_000, '1d 1h'],
])('formatDuration: %d ms', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text);
});

test('shift tag: what is written is read back', () => {
  const shift = { generation: 7, weights: targetWeight(10) };
  expect(parseShiftTag(formatShiftTag(shift))).toEqual(shift);
});

test.each(['', '7', '7/90', '7/90/20', 'x/90/10', '7/-10/110', '7/90/10/0'])('shift tag: %p is none', (text) => {
  expect(parseShiftTag(text)).toBeUndefined();
});

test('weights: only the same division is the same', () => {
  expect(sameWeights(targetWeight(10), targetWeight(10))).toBe(true);
  expect(sameWeights(targetWeight(10), targetWeight(25))).toBe(false);
});

test.each<[string, ReturnType<typeof parseS3Url>]>([
  ['s3://bucket', { bucket: 'bucket', prefix: '' }],
  ['s3://bucket/', { bucket: 'bucket', prefix: '' }],
  ['s3://bucket/a/b/', { bucket: 'bucket', prefix: 'a/b' }],
  ['s3://Bucket', undefined],
  ['s3://', undefined],
  ['http://bucket/a', undefined],
])('parseS3Url: %s', (url, location) => {
  expect(parseS3Url(url)).toEqual(location);
});

test('owner: tags round-trip, and half of them are not ours', () => {
  const owner = { workload: 'ranker', run: 'r1' };
  expect(ownerOf(ownerTags(owner))).toEqual(owner);
  expect(ownerOf({ 'crossfade:workload': 'ranker' })).toBeUndefined();
});

test.each<[Stage, boolean]>([
  ['before_traffic', true],
  ['traffic_moves', true],
  ['source_leaving', false],
  ['source_gone', false],
])('rollbackAt: %s', (stage, allowed) => {
  expect(rollbackAt(stage).allowed).toBe(allowed);
});

test('error catalogue: the codes that no retry cures are those that say so', () => {
  const never = Object.entries(ERROR_CATALOG).filter(([, { retry }]) => retry === 'never');
  expect(NON_RETRYABLE_CODES).toEqual(never.map(([code]) => code));
  expect(new MigrationError('SpecInvalid', 'why').code).toBe('SpecInvalid');
});
