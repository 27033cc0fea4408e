/** A headless Chromium for tests: what a person sees, and what they can press. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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

/** A module of its own, that set-up shares; here it is asked in its own process. */
function findChromium(): string {
  const ask = `import(${JSON.stringify(pathToFileURL(MODULE).href)}).then(async (found) => console.log(await found.findChromium()))`;
  return execFileSync(process.execPath, ['-e', ask], { encoding: 'utf8' }).trim();
}
