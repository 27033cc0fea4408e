import { hourOfWeek, hoursOfWeek } from '../../src/domain/hour-of-week';
import type { EpochMs } from '../../src/domain/quantity';

const at = (text: string): EpochMs => Date.parse(text) as EpochMs;

test.each([
  ['2026-11-16T00:00:00Z', 0],
  ['2026-11-16T00:59:59.999Z', 0],
  ['2026-11-16T01:00:00Z', 1],
  ['2026-11-19T12:30:00Z', 84],
  ['2026-11-22T23:59:00Z', 167],
])('hour of the week: %s is %d', (text, hour) => {
  expect(hourOfWeek(at(text))).toBe(hour);
});

test.each([
  ['within one hour', '2026-11-16T05:10:00Z', '2026-11-16T05:20:00Z', [5]],
  ['its end is not included', '2026-11-16T05:10:00Z', '2026-11-16T06:00:00Z', [5]],
  ['over the end of the week', '2026-11-22T22:30:00Z', '2026-11-23T01:30:00Z', [166, 167, 0, 1]],
  ['nothing', '2026-11-16T05:00:00Z', '2026-11-16T05:00:00Z', []],
])('hours of the week: %s', (_name, from, to, hours) => {
  expect(hoursOfWeek(at(from), at(to))).toEqual(hours);
});

test('hours of the week: two weeks have each hour once', () => {
  const hours = hoursOfWeek(at('2026-11-16T05:10:00Z'), at('2026-11-30T05:10:00Z'));
  expect([...hours].sort((a, b) => a - b)).toEqual(Array.from({ length: 168 }, (_, hour) => hour));
});
