/**
 * `npm run screenshot`: takes the pictures of the docs. A lab, three migrations in it (one at half of the traffic, one at
 * its gate, one rolled back), and a headless Chromium that opens their pages in the Temporal Web UI.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findChromium } from './chromium.mjs';
import { setup } from './setup.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const IMAGES = path.join(ROOT, 'docs', 'images');
const IMAGE_BYTES_MAX = 400 * 1024;
const PAGE_SIZE = { width: 1400, height: 900 };
const LIST_SIZE = { width: 1400, height: 420 };
const REACHED_WITHIN_MS = 120_000;
/** Long enough to be found at half of the traffic. */
const HOLD = '40s';
/** Ten seconds of them. */
const REQUESTS_BEFORE = 300;
const LIST_COLUMNS = ['Status', 'Workflow ID', 'CrossfadePhase', 'CrossfadeWeight', 'CrossfadeVerdict', 'Start'];
const BY = { requestedBy: 'ada', reason: 'the numbers of the shadow phase are good' };

const say = (line) => process.stderr.write(`screenshot: ${line}\n`);

async function main() {
  const executablePath = await findChromium();
  if (executablePath === undefined) throw new Error('no Chromium is to be had here');
  await setup();
  const { labUp } = await import('../dist/lab/index.js');
  const dir = mkdtempSync(path.join(os.tmpdir(), 'crossfade-screenshot-'));
  say('starting a lab …');
  let lab;
  try {
    lab = await labUp({ dir, worker: true });
    await takePictures(lab, executablePath);
  } finally {
    await lab?.down();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function takePictures(lab, executablePath) {
  const { Client, Connection } = await import('@temporalio/client');
  const { chromium } = await import('playwright-core');
  // Chromium's own sandbox refuses to run as root.
  const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
  const connection = await Connection.connect({ address: lab.info.temporal });
  try {
    const migrations = new Migrations(lab, new Client({ connection }).workflow);
    await migrations.startAll();
    mkdirSync(IMAGES, { recursive: true });
    await pictureOfList(browser, lab.info.ui);
    await pictureOfPage(browser, lab.info.ui, await migrations.runId('ranker'));
  } finally {
    await browser.close();
    await connection.close();
  }
}

class Migrations {
  constructor(lab, client) {
    this.lab = lab;
    this.client = client;
  }

  handle(workload) {
    return this.client.getHandle(`migration/${workload}`);
  }

  async startAll() {
    await this.lab.addWorkload({ name: 'search', ratePerSecond: 30 });
    await this.lab.addWorkload({ name: 'fraud', ratePerSecond: 30 });
    // A baseline of nobody's requests opens a gate.
    for (const workload of ['search', 'fraud', 'ranker']) await this.traffic(workload);
    await this.start('fraud', '6s', {});
    await this.lab.setModelFault('fraud', 'target', { errorRate: 0.5, fromWeightPercent: 10 });
    await this.until('fraud', 'its rollback', ({ phase }) => phase === 'rolled_back');
    await this.start('search', HOLD, { approvals: { beforeFirst: true } });
    await this.start('ranker', HOLD, { weights: [50, 100], approvals: { beforeFirst: true } });
    await this.until('ranker', 'its gate', ({ gate }) => gate !== null);
    await this.handle('ranker').signal('approve', BY);
    await this.until('search', 'its gate', ({ gate }) => gate !== null);
    await this.until('ranker', 'half of the traffic', atHalf);
  }

  async start(workload, stabilization, cutover) {
    const spec = this.lab.spec(workload);
    const quick = { startPercent: 50, maxPercent: 50, firstHold: '4s', hold: '3s' };
    const document = {
      ...spec,
      baseline: { window: '5s' },
      shadow: { ...spec.shadow, ...quick },
      cutover: { ...spec.cutover, stabilization, ...cutover },
    };
    await this.client.start('migrate', {
      taskQueue: 'crossfade',
      workflowId: `migration/${workload}`,
      args: [document],
    });
  }

  /** Until the baseline's window and more has been answered. */
  async traffic(workload) {
    const deadlineMs = Date.now() + REACHED_WITHIN_MS;
    while ((await this.lab.trafficTotals(workload)).total < REQUESTS_BEFORE) {
      if (Date.now() > deadlineMs) throw new Error(`${workload} has too little traffic`);
      await delay(250);
    }
  }

  async until(workload, what, reached) {
    say(`${workload}: waiting for ${what} …`);
    const deadlineMs = Date.now() + REACHED_WITHIN_MS;
    // Between two runs nobody answers.
    const look = () =>
      this.handle(workload)
        .query('status')
        .catch(() => undefined);
    for (let status = await look(); status === undefined || !reached(status); status = await look()) {
      if (Date.now() > deadlineMs) throw new Error(`${workload} did not reach ${what}: ${JSON.stringify(status)}`);
      await delay(250);
    }
  }

  async runId(workload) {
    return (await this.handle(workload).describe()).runId;
  }
}

function atHalf({ wanted, verdict, observedTargetPercent }) {
  return wanted.target === 50 && verdict?.kind === 'pass' && observedTargetPercent > 40;
}

async function pictureOfPage(browser, ui, runId) {
  const page = await browser.newPage({ viewport: PAGE_SIZE });
  await page.goto(`${ui}/namespaces/default/workflows/migration%2Franker/${runId}/user-metadata`);
  await page.frameLocator('iframe').getByText('trafficSplit').waitFor();
  save('migration-in-ui.png', await page.screenshot());
}

async function pictureOfList(browser, ui) {
  const page = await browser.newPage({ viewport: LIST_SIZE });
  const list = `${ui}/namespaces/default/workflows`;
  const columns = LIST_COLUMNS.map((label, index) => ({ label, pinned: index < 2 }));
  // As the gear below the list keeps them.
  await page.addInitScript(
    (kept) => globalThis.localStorage.setItem('namespace-workflow-table-columns', kept),
    JSON.stringify({ default: columns }),
  );
  const query = `CrossfadeWorkload is not null and ExecutionStatus = "Running"`;
  await page.goto(`${list}?query=${encodeURIComponent(query)}`);
  const table = page.getByRole('table', { name: 'Workflows' });
  for (const text of ['rolled_back', 'cutover', '50'])
    await table.getByRole('cell', { name: text, exact: true }).first().waitFor();
  save('migrations-in-list.png', await page.screenshot());
}

function save(name, png) {
  if (png.length > IMAGE_BYTES_MAX) throw new Error(`${name} has ${png.length} bytes, more than ${IMAGE_BYTES_MAX}`);
  writeFileSync(path.join(IMAGES, name), png);
  say(`docs/images/${name}: ${Math.round(png.length / 1024)} KB`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`screenshot: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
