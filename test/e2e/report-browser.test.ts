import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { htmlReport, makeReport } from '../../src/report';
import { launchBrowser } from '../support/browser';
import { BRIEF, writeMigration } from '../support/written-ledger';

/* The report as a person opens it: in a browser, from a file, with nothing else there. */

const WITHIN_MS = 120_000;
const PHONE = { width: 390, height: 844 };
const DESK = { width: 1_280, height: 900 };

let browser: Browser;
let folder: string;
let address: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'crossfade-page-'));
  const { records } = writeMigration(BRIEF);
  const file = path.join(folder, 'report.html');
  writeFileSync(file, htmlReport(makeReport(records.slice(3), { trouble: ['record 4: gap'], isCompliance: true })));
  address = pathToFileURL(file).href;
  browser = await launchBrowser();
}, WITHIN_MS);

afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

async function opened(
  viewport: { width: number; height: number },
  colorScheme: 'light' | 'dark',
): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
  const page = await browser.newPage({ viewport, colorScheme });
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => requests.push(request.url()));
  await page.goto(address);
  return { page, complaints, requests };
}

test.each([
  ['a desk, light', DESK, 'light'],
  ['a phone, dark', PHONE, 'dark'],
] as const)(
  'report in a browser: on %s nothing complains, nothing is loaded, and nothing runs off the side',
  async (_where, viewport, scheme) => {
    const { page, complaints, requests } = await opened(viewport, scheme);
    await page.evaluate(`document.querySelectorAll('details').forEach((each) => each.setAttribute('open', ''))`);
    const width = await page.evaluate('document.documentElement.scrollWidth');

    expect(complaints).toEqual([]);
    expect(requests).toEqual([address]);
    expect(width).toBe(viewport.width);
  },
  WITHIN_MS,
);

test(
  'report in a browser: every plot is drawn, with its lines inside it',
  async () => {
    const { page } = await opened(PHONE, 'light');
    const widths = await page.evaluate<number[]>(
      `[...document.querySelectorAll('.plot svg path.line')].map((line) => line.getBoundingClientRect().width)`,
    );

    expect(await page.locator('.plot svg').count()).toBe(7);
    expect(widths.length).toBeGreaterThanOrEqual(13);
    expect(Math.min(...widths)).toBeGreaterThan(10);
    expect(Math.max(...widths)).toBeLessThan(PHONE.width);
  },
  WITHIN_MS,
);

test(
  'report in a browser: light and dark differ, and words are told from their ground in both',
  async () => {
    const contrasts: number[] = [];
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await opened(DESK, scheme);
      const colours = await page.evaluate(
        `['.note', '.pill.completed', 'h1'].map((name) => { const each = document.querySelector(name); let ground = each; while (getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement; return [getComputedStyle(each).color, getComputedStyle(ground).backgroundColor]; })`,
      );
      for (const [ink, ground] of colours as [string, string][]) contrasts.push(contrastOf(ink, ground));
    }
    // Web Content Accessibility Guidelines 2.2, level AA, for text of this size.
    expect(Math.min(...contrasts)).toBeGreaterThan(4.5);
    expect(contrasts).toHaveLength(6);
  },
  WITHIN_MS,
);

test(
  'report in a browser: the pointer over a plot is told time and values',
  async () => {
    const { page, complaints } = await opened(DESK, 'light');
    const area = page.locator('[data-plot="p99"]');
    await area.scrollIntoViewIfNeeded();
    const box = await area.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 0.7 * (box?.width ?? 0), (box?.y ?? 0) + 50);

    expect(await page.locator('.tip').innerText()).toMatch(
      /^2026-01-\d\d \d\d:\d\d:\d\dZ\nsource \d+(\.\d)? ms.*\ntarget /,
    );
    expect(complaints).toEqual([]);
  },
  WITHIN_MS,
);

function contrastOf(ink: string, ground: string): number {
  const [light, dark] = [luminanceOf(ink), luminanceOf(ground)].sort((a, b) => b - a) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Of `rgb(1, 2, 3)`. */
function luminanceOf(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [...colour.matchAll(/[\d.]+/g)].map(([part]) => {
    const share = Number(part) / 255;
    return share <= 0.040_45 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
