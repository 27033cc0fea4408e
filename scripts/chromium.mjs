/** A headless Chromium, spoken to over its debugging pipe: no port, no package. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findOnPath } from './setup.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const CALL_MS_MAX = 30_000;
const LOOK_EVERY_MS = 200;

/** @returns {string} the program; installs Debian's package where that is possible. */
export function findChromium() {
  const found = NAMES.map(findOnPath).find((file) => file !== undefined);
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0) {
    process.stderr.write('screenshot: installing the package chromium …\n');
    spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: ['ignore', 2, 2] });
    if (answers('chromium')) return 'chromium';
  }
  throw new Error(`none of ${NAMES.join(', ')} is installed, and the package chromium could not be installed here`);
}

function answers(name) {
  return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The flags after the size keep it from speaking to anybody but the page. */
const flags = (profile, { width, height }) => [
  '--headless',
  '--remote-debugging-pipe',
  `--user-data-dir=${profile}`,
  `--window-size=${width},${height}`,
  '--hide-scrollbars',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Chromium's sandbox refuses to run as root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

export class Browser {
  #process;
  #profile;
  #nextId = 1;
  #calls = new Map();
  #rest = Buffer.alloc(0);

  /** @param {{ width: number, height: number }} size of the pictures, in pixels. */
  static async launch(size) {
    const browser = new Browser(findChromium(), size);
    const { targetId } = await browser.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.#call('Target.attachToTarget', { targetId, flatten: true });
    await browser.#call(
      'Emulation.setDeviceMetricsOverride',
      { ...size, deviceScaleFactor: 1, mobile: false },
      sessionId,
    );
    return { browser, page: new Page((method, params) => browser.#call(method, params, sessionId)) };
  }

  constructor(program, size) {
    this.#profile = mkdtempSync(path.join(os.tmpdir(), 'crossfade-chromium-'));
    this.#process = spawn(program, flags(this.#profile, size), {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#process.on('error', (error) => this.#failAll(error));
    this.#process.on('close', () => this.#failAll(new Error('Chromium has ended')));
    this.#process.stdio[3].on('error', (error) => this.#failAll(error));
    this.#process.stdio[4].on('data', (chunk) => this.#read(chunk));
  }

  async close() {
    const closed = new Promise((resolve) => this.#process.once('close', resolve));
    // By itself it ends its helpers too, which write into the profile until they are gone.
    this.#call('Browser.close', {}).catch(() => undefined);
    if (this.#process.exitCode === null) await closed;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  #call(method, params, sessionId) {
    const id = this.#nextId++;
    this.#process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`Chromium did not answer ${method}`)), CALL_MS_MAX);
      this.#calls.set(id, { resolve, reject, timer });
    });
  }

  /** Messages are JSON with a zero byte after each. */
  #read(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (let end = this.#rest.indexOf(0); end >= 0; end = this.#rest.indexOf(0)) {
      const { id, result, error } = JSON.parse(this.#rest.subarray(0, end).toString('utf8'));
      this.#rest = this.#rest.subarray(end + 1);
      const call = this.#calls.get(id);
      if (call === undefined) continue;
      this.#calls.delete(id);
      clearTimeout(call.timer);
      if (error === undefined) call.resolve(result);
      else call.reject(new Error(error.message));
    }
  }

  #failAll(error) {
    for (const { reject, timer } of this.#calls.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#calls.clear();
  }
}

export class Page {
  #call;

  constructor(call) {
    this.#call = call;
  }

  async open(url) {
    await this.#call('Page.navigate', { url });
  }

  /** @returns the value of a JavaScript expression in the page. */
  async evaluate(expression) {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until the expression is true in the page. @param {string} what for the message when it never is. */
  async until(what, expression, withinMs = 30_000) {
    const deadlineMs = Date.now() + withinMs;
    // While the page loads there may be nothing to ask.
    while (!(await this.evaluate(expression).catch(() => false))) {
      if (Date.now() > deadlineMs) throw new Error(`the page does not show ${what}`);
      await delay(LOOK_EVERY_MS);
    }
  }

  /** @returns {Promise<Buffer>} PNG of what a person sees. */
  async screenshot() {
    const { data } = await this.#call('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data, 'base64');
  }
}
