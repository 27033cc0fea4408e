import { htmlReport, makeReport, markdownReport } from '../../src/report';
import { escaped } from '../../src/report/html/markup';
import { bandPath, linePath, stepPath } from '../../src/report/html/paths';
import { ticksTo, timeTicks } from '../../src/report/html/scale';
import type { LedgerRecord } from '../../src/domain/record';
import { targetWeight } from '../../src/domain/weights';
import { beginMigration, BRIEF, writeMigration } from '../support/written-ledger';

const EVIL = `</script><script>alert(1)</script><img src=x onerror="alert(2)">'&|`;

function pageOf(records: readonly LedgerRecord[], trouble: readonly string[] = []): string {
  return htmlReport(makeReport(records, { trouble, isCompliance: true }));
}

const page = pageOf(writeMigration(BRIEF).records);

test('html: one file that asks nobody for anything', () => {
  expect(page).not.toMatch(/(src|href)="(?!#)/);
  expect(page).not.toMatch(/@import|url\(|<link/);
  expect(page).toContain(`default-src &#39;none&#39;`);
});

test('html: each plot has a title, a description, and its figures in a table', () => {
  const ids = [...page.matchAll(/<figure class="plot" id="(\w+)"/g)].map(([, id]) => id);
  expect(ids).toEqual(['weights', 'p99', 'p95', 'p50', 'errors', 'mismatches', 'cost']);
  expect(page.match(/<svg [^>]*role="img" aria-labelledby="/g)).toHaveLength(ids.length);
  expect(page.match(/<title id="/g)).toHaveLength(ids.length);
  expect(page.match(/<desc id="/g)).toHaveLength(ids.length);
  expect(page.match(/<details><summary>[^<]*: the figures/g)).toHaveLength(ids.length + 1);
});

test('html: words of a ledger run nothing, wherever they stand', () => {
  const actor = { requestedBy: EVIL, reason: EVIL };
  const writer = beginMigration().begin(EVIL);
  writer.write({ kind: 'gate_opened', text: `gate x: ${EVIL}` });
  writer.write({ kind: 'gate_answered', text: 'gate x approved', actor });
  writer.write({ kind: 'step_started', text: EVIL }).watch(1, targetWeight(10));
  writer.write({ kind: 'data_verified', text: EVIL, values: { manifestHash: EVIL } });
  const html = pageOf(writer.rollBack(EVIL, actor).records, [EVIL]);
  expect(html).not.toContain('<img');
  expect(html).not.toContain('<script>alert');
  expect(html.match(/<script/g)).toHaveLength(html.match(/<\/script>/g)?.length ?? 0);
});

test('html: a ledger that is not whole says so first', () => {
  const html = pageOf(
    writeMigration(BRIEF).records.filter(({ seq }) => seq !== 5),
    ['record 6: gap, 5 was expected here'],
  );
  expect(html).toContain('This ledger is not whole');
  expect(html).toContain('record 6: gap, 5 was expected here');
  expect(html).toContain('<rect class="hole"');
});

test('html: a ledger without evidence has plots that say so', () => {
  expect(pageOf(beginMigration().records)).toContain('Nothing about this is in the ledger.');
});

test('escaped: control characters do not reach the page', () => {
  expect(escaped('a\u0000\u001b[31m\tb')).toBe('a\ufffd\ufffd[31m\tb');
});

test('markdown: foreign words end no cell and make no link', () => {
  const actor = { requestedBy: 'a|b', reason: '[x](http://evil) ![y](z) <b>' };
  const { records } = beginMigration().write({ kind: 'paused', text: 'paused', actor });
  const text = markdownReport(makeReport(records, { trouble: ['record 9: `gap`'], isCompliance: false }));
  expect(text).toContain('a\\|b: \\[x\\](http://evil) \\!\\[y\\](z) \\<b\\>');
  expect(text).toContain('- record 9: \\`gap\\`');
});

test('markdown: has a chapter for each thing that the ledger tells', () => {
  const text = markdownReport(makeReport(writeMigration(BRIEF).records, { trouble: [], isCompliance: true }));
  const chapters = [...text.matchAll(/^## (.*)$/gm)].map(([, name]) => name);
  expect(chapters).toEqual(['Summary', 'Phases', 'Steps', 'Gates', 'Data proof', 'Controls', 'Decisions']);
});

describe('scales', () => {
  test.each([
    [100, [0, 50, 100]],
    [1, [0, 0.5, 1]],
    [0.0123, [0, 0.005, 0.01, 0.015]],
    [187, [0, 50, 100, 150, 200]],
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
  ])('ticksTo: up to %d they are round', (max, ticks) => {
    expect(ticksTo(max)).toEqual(ticks);
  });

  test('timeTicks: weeks are told in days, hours in hours with the day once', () => {
    const from = Date.UTC(2026, 0, 30, 6);
    const days = timeTicks({ from, to: from + 45 * 86_400_000 });
    expect(days.length).toBeLessThanOrEqual(8);
    expect(days[0]?.text).toMatch(/^\d+ (Jan|Feb)$/);
    expect(timeTicks({ from, to: from + 3 * 3_600_000 }).map(({ text }) => text)).toEqual([
      '30 Jan, 06:00',
      ...['06:30', '07:00', '07:30', '08:00', '08:30', '09:00'],
    ]);
  });
});

describe('paths', () => {
  const frame = { time: { from: 0, to: 10 }, top: 100 };
  const point = (index: number, value: number): Parameters<typeof linePath>[0][number] => ({
    index,
    fromMs: index,
    toMs: index + 1,
    value,
    low: value - 10,
    high: value + 10,
  });

  test('linePath: is broken where a point is missing, and one alone is as long as it lasted', () => {
    expect(linePath([point(0, 50), point(1, 100), point(5, 0)], frame)).toBe('M50 120L150 0M500 240H600');
  });

  test('bandPath: goes along the top and back along the bottom', () => {
    expect(bandPath([point(0, 50), point(1, 50)], frame)).toBe('M50 96L150 96L150 144L50 144Z');
  });

  test('stepPath: holds each value until the next', () => {
    const changes = [
      { atMs: 0, value: 0 },
      { atMs: 5, value: 100 },
    ];
    expect(stepPath(changes, frame)).toBe('M0 240H500V0H1000');
  });
});
