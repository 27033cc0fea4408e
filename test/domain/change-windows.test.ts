import { instantOf, openingAt, wallClock } from '../../src/domain/change-windows';
import type { ChangeWindow, Freeze } from '../../src/domain/change-windows';

const BERLIN: ChangeWindow = {
  days: ['mon', 'tue', 'wed', 'thu'],
  fromMinute: 8 * 60,
  toMinute: 16 * 60,
  timeZone: 'Europe/Berlin',
};
const NIGHT: ChangeWindow = { days: ['fri'], fromMinute: 22 * 60, toMinute: 4 * 60, timeZone: 'UTC' };
const YEAR_END: Freeze = {
  fromMs: Date.parse('2026-12-18T17:00:00Z'),
  toMs: Date.parse('2027-01-04T07:30:00Z'),
  why: 'year end',
};
/** 30 days, so the next window lies beyond a week. */
const LONG: Freeze = {
  fromMs: Date.parse('2026-06-01T00:00:00Z'),
  toMs: Date.parse('2026-07-01T00:00:00Z'),
  why: 'audit',
};

test.each([
  ['the first minute of a window, in summer', [BERLIN], [], '2026-06-01T06:00:00Z'],
  ['the last moment of a window, in winter', [BERLIN], [], '2026-01-05T14:59:59Z'],
  ['after midnight in a window that began the day before', [NIGHT], [], '2026-06-06T03:59:00Z'],
  ['any time without windows', [], [YEAR_END], '2026-12-18T16:59:59Z'],
  ['the end of a freeze', [], [YEAR_END], '2027-01-04T07:30:00Z'],
])('openingAt: %s is open', (_name, changeWindows, freezes, at) => {
  expect(openingAt({ changeWindows, freezes }, Date.parse(at))).toEqual({ isOpen: true });
});

test.each([
  [
    'before the first minute',
    [BERLIN],
    [],
    '2026-06-01T05:59:59Z',
    '2026-06-01T06:00:00Z',
    'outside of the change windows',
  ],
  [
    'at the end of a window',
    [BERLIN],
    [],
    '2026-06-04T14:00:00Z',
    '2026-06-08T06:00:00Z',
    'outside of the change windows',
  ],
  [
    'over the change of clocks',
    [BERLIN],
    [],
    '2026-10-22T15:00:00Z',
    '2026-10-26T07:00:00Z',
    'outside of the change windows',
  ],
  [
    'in a freeze that ends inside a window',
    [BERLIN],
    [YEAR_END],
    '2026-12-21T09:00:00Z',
    '2027-01-04T07:30:00Z',
    'freeze: year end',
  ],
  [
    'in a freeze that ends outside of windows',
    [NIGHT],
    [YEAR_END],
    '2026-12-21T09:00:00Z',
    '2027-01-08T22:00:00Z',
    'freeze: year end',
  ],
  ['in a long freeze', [BERLIN], [LONG], '2026-06-01T08:00:00Z', '2026-07-01T06:00:00Z', 'freeze: audit'],
])('openingAt: %s it is closed until the next opening', (_name, changeWindows, freezes, at, opens, why) => {
  const opening = openingAt({ changeWindows, freezes }, Date.parse(at));
  expect(opening).toEqual({ isOpen: false, opensMs: Date.parse(opens), why });
});

test('instantOf: is the way back of wallClock, on both sides of a change of clocks', () => {
  for (const at of ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z', '2026-10-25T02:30:00Z', '2026-07-01T12:00:00Z'])
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'UTC'])
      expect(new Date(instantOf(wallClock(Date.parse(at), zone), zone)).toISOString()).toBe(new Date(at).toISOString());
});
