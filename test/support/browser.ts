/** A headless Chromium for tests: what a person sees, and what they can press. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const MODULE = path.resolve(__dirname, '../../scripts/chromium.mjs');

/** @throws Error where no Chromium can be had: these tests are never skipped. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    // Chromium's own sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
  });
}

/** Named by `npm test`; a test file that is run alone asks set-up's own module, in a process of its own. */
function findChromium(): string {
  return process.env.CROSSFADE_CHROMIUM ?? execFileSync(process.execPath, [MODULE], { encoding: 'utf8' }).trim();
}
