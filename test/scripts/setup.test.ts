import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/* What set-up says on a machine where a thing cannot be had. */

const SCRIPT = pathToFileURL(path.join(__dirname, '..', '..', 'scripts', 'setup.mjs')).href;
/** Nothing listens there: whatever is fetched through it fails at once. */
const NOWHERE = 'http://127.0.0.1:1';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'crossfade-setup-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** @returns the sentence with which set-up gave up; the script is an ES module, which Jest does not load: Node does. */
function refusal(need: 'temporal' | 'emulators', env: Record<string, string> = {}): string {
  const program = `
    const { setup, SetupError } = await import(${JSON.stringify(SCRIPT)});
    const error = await setup({ quiet: true, need: [${JSON.stringify(need)}] }).then(() => null, (failed) => failed);
    console.log(error instanceof SetupError ? error.message : \`no refusal: \${error}\`);`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    // An empty path: neither Python, nor Go, nor Temporal.
    env: { PATH: '', CROSSFADE_CACHE: cache, HTTPS_PROXY: NOWHERE, HTTP_PROXY: NOWHERE, ...env },
  });
  return stdout.trim();
}

test('set-up: without Python one sentence says what is needed and how to get it', () => {
  expect(refusal('emulators')).toMatch(/^Python 3\.11 or newer .* is needed .*apt install python3/);
});

test('set-up: without Temporal by any route one sentence names every route', () => {
  const sentence = refusal('temporal');

  expect(sentence).toMatch(/^Temporal could not be had: /);
  for (const route of ['CROSSFADE_TEMPORAL', 'PATH', cache, 'download', 'go install'])
    expect(sentence).toContain(route);
}, 60_000);

test('set-up: a Temporal that is given and is none is named', () => {
  expect(refusal('temporal', { CROSSFADE_TEMPORAL: process.execPath })).toBe(
    `CROSSFADE_TEMPORAL is ${process.execPath}, which is not a Temporal CLI that runs here.`,
  );
});

test('set-up: a lock whose process is gone is taken over, and nothing is left behind', () => {
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  mkdirSync(path.join(cache, 'locks'));
  writeFileSync(path.join(cache, 'locks', 'temporal'), String(gone));

  expect(refusal('temporal')).toMatch(/^Temporal could not be had: /);
  expect(readdirSync(path.join(cache, 'locks'))).toEqual([]);
  expect(readdirSync(cache)).toEqual(['locks']);
}, 60_000);
