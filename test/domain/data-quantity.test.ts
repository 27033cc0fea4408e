import { formatBytes, formatLine, formatRate, parseBytes, parseRate } from '../../src/domain/data-quantity';

test.each([
  ['3.2TB', 3.2e12],
  ['500 GB', 500e9],
  ['64KiB', 65_536],
  ['1GiB', 1_073_741_824],
  ['7B', 7],
  ['0B', 0],
])('parseBytes: %s', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes);
});

test.each(['', '3.2', '3.2 terabytes', '3,2TB', '-1GB', '3.2tb', '1Gb', 'TB', '1e3GB', 'NaNGB'])(
  'parseBytes: %j is no amount of data',
  (text) => {
    expect(parseBytes(text)).toBeUndefined();
  },
);

test.each([
  ['200Mbps', 25e6],
  ['10 Gbit/s', 1.25e9],
  ['8kb/s', 1_000],
  ['25MB/s', 25e6],
  ['25MBps', 25e6],
])('parseRate: %s in bytes a second', (text, rate) => {
  expect(parseRate(text)).toBe(rate);
});

test.each(['', '200', '200Mb', '200mbps', '200 MB', '-1Mbps', 'fast'])('parseRate: %j is no rate', (text) => {
  expect(parseRate(text)).toBeUndefined();
});

test.each<[number, string]>([
  [0, '0 B'],
  [999, '999 B'],
  [3.2e12, '3.2 TB'],
  [1_234_567, '1.23 MB'],
])('formatBytes: %d', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('formatRate, formatLine: bytes and bits are told apart', () => {
  expect(formatRate(25e6)).toBe('25 MB/s');
  expect(formatLine(25e6)).toBe('200 Mbps');
});
