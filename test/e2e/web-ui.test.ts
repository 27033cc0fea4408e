import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { MAIN_QUEUE } from '../../src/contracts/messages';
import type { StatusView } from '../../src/contracts/messages';
import { eventually } from '../lab/eventually';
import { launchBrowser } from '../support/browser';
import { OperatorLab } from './operator-lab';
import type { LabSpec } from './operator-lab';
import { WebUiPage } from './web-ui';

/* One migration by a person who has README.md and the Temporal Web UI in a browser, and nothing else. */

jest.setTimeout(60_000);

const ROOT = path.resolve(__dirname, '../..');
const SIZE = { width: 1_400, height: 900 };
/** Longer than these tests: the migration stays where it is. */
const LONG = '300s';
/** How long the page may take to say what the workflow has said. */
const SHOWN_WITHIN_MS = 15_000;

let operator: OperatorLab;
let browser: Browser;
let ui: WebUiPage;
const complaints: string[] = [];

const atGate = ({ gate }: StatusView): boolean => gate?.name === 'cutover-50';
const atHalf = ({ wanted, verdict }: StatusView): boolean => wanted.target === 50 && verdict?.kind === 'pass';
const paused = (status: StatusView): boolean => status.paused;
const resumed = (status: StatusView): boolean => !status.paused;
const rolledBack = ({ phase }: StatusView): boolean => phase === 'rolled_back';

/** What README says to type with every signal. */
const README_INPUT = /input\s+`(\{"requestedBy": [^`]*\})`\. Every signal/.exec(
  readFileSync(path.join(ROOT, 'README.md'), 'utf8'),
)?.[1] as string;

beforeAll(async () => {
  browser = await launchBrowser();
  operator = await OperatorLab.up();
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(SHOWN_WITHIN_MS);
  page.on('pageerror', (error) => complaints.push(error.message));
  ui = new WebUiPage(page, operator.lab.info.ui);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await operator?.down();
}, 60_000);

/** Presses R until the operator's page says it. */
function shows(...words: readonly (string | RegExp)[]): Promise<void> {
  return eventually(async () => {
    await ui.refresh();
    const text = await ui.details().locator('body').innerText();
    for (const each of words) expect(text).toMatch(each);
  }, SHOWN_WITHIN_MS);
}

describe("Temporal's Web UI in a browser", () => {
  test('Start Workflow: the form takes what `crossfade lab spec --json` prints, and the migration goes to its gate', async () => {
    const printed = await operator.crossfadeJson<LabSpec>('lab', 'spec');
    await ui.start({
      workflowId: 'migration/ranker',
      taskQueue: MAIN_QUEUE,
      type: 'migrate',
      input: JSON.stringify(operator.gatedSpec('ranker', LONG, printed)),
    });

    expect(await operator.until('ranker', 'the gate', atGate)).toMatchObject({ workload: 'ranker', phase: 'cutover' });
  });

  test('list: a query for the search attributes finds the run, and leads to its page', async () => {
    await ui.find('CrossfadeWorkload = "ranker" AND CrossfadePhase = "gate"');
    const found = await ui.rows().allInnerTexts();
    await ui.openFirst();

    expect(found).toEqual([expect.stringMatching(/Running\s+migration\/ranker\s.*migrate/)]);
    await shows(/^CUTOVER: ranker/, 'Gate cutover-50: Move traffic to 50/50', /wanted\s+100 %.*\s0 %/);
  });

  test('approve: the open gate is answered, and half of the traffic moves', async () => {
    await ui.signal({ name: 'approve', input: README_INPUT });
    await operator.until('ranker', 'half of the traffic', atHalf);

    expect(Object.values(await operator.weights('ranker'))).toEqual([50, 50]);
    await shows(/wanted\s+50 %.*\s50 %/, 'doing: cutover at 50 %', 'gate cutover-50 approved (you: why)');
  });

  test('pause: the clock stands still, by the name and with the reason that were typed', async () => {
    await ui.signal({ name: 'pause', input: README_INPUT });

    expect(await operator.until('ranker', 'the pause', paused)).toMatchObject({ clockRuns: false });
    await shows(/^CUTOVER \(PAUSED\): ranker/, 'waiting for: resume (paused by you: why)');
  });

  test('resume: the clock runs again', async () => {
    await ui.signal({ name: 'resume', input: README_INPUT });

    expect(await operator.until('ranker', 'the resume', resumed)).toMatchObject({ clockRuns: true });
    await shows(/^CUTOVER: ranker/, /time left in this step: until/);
  });

  test('rollback: all traffic is back on the source, and the list says so', async () => {
    await ui.signal({ name: 'rollback', input: README_INPUT });
    const { rollback } = await operator.until('ranker', 'the rollback', rolledBack);

    expect(rollback).toMatchObject({ by: 'you', reason: 'why' });
    expect(await operator.weights('ranker')).toMatchObject({ 'ranker-source': 100 });
    await shows(/^ROLLED BACK: ranker/, /wanted\s+100 %.*\s0 %/);
    await ui.find('CrossfadePhase = "rolled_back"');
    expect(await ui.rows().allInnerTexts()).toEqual([expect.stringMatching(/Running\s+migration\/ranker/)]);
  });

  test('pages: none of them threw an error on the way', () => {
    expect(complaints).toEqual([]);
  });
});
