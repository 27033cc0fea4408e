import { readFileSync } from 'node:fs';
import { INVENTORY } from '../assess/support';
import { scratchFiles } from './scratch';
import { Terminal } from './support';

const writeScratch = scratchFiles();

test('assess: the example is assessed, with waves, bars, formulas and what is not known', async () => {
  const { code, out } = await new Terminal().run(['assess', INVENTORY]);
  expect(code).toBe(0);
  for (const part of [
    '1   development and experiments: models, notebooks',
    'moves together with ranker',
    '4 × g5.xlarge, on-demand',
    '|####',
    'deadline met',
    '+40 % contingency',
    'not in it: summaries: monthlyUsdNow is not told',
    'planned, not executed',
  ])
    expect(out).toContain(part);
});

test('assess --json: one object that holds the same', async () => {
  const { out } = await new Terminal().run(['assess', INVENTORY, '--json']);
  expect(JSON.parse(out)).toMatchObject({
    name: 'recommendations',
    waves: [{ number: 1 }, { number: 2 }, { number: 3 }],
  });
});

test('assess --html: one page with a chart that asks no network, and escapes what is foreign', async () => {
  const inventory = readFileSync(INVENTORY, 'utf8').replace('gpu: A100', 'gpu: "A100<script>\\e[2J"');
  const page = writeScratch('page.html', '');
  expect(await new Terminal().run(['assess', writeScratch('inventory.yaml', inventory), '--html', page])).toMatchObject(
    { code: 0 },
  );
  const html = readFileSync(page, 'utf8');
  expect(html).toContain('<svg');
  expect(html).not.toContain('<script');
  expect(html).toContain('A100&lt;script&gt;\ufffd[2J');
  expect(html).not.toMatch(/(src|href)=/);
  expect(html.match(/<rect/g)).toHaveLength(6);
});

test('assess: a page that cannot be written is a usage error that names it', async () => {
  const answer = await new Terminal().run(['assess', INVENTORY, '--html', '/nowhere/page.html']);
  expect(answer).toMatchObject({ code: 64, err: expect.stringMatching(/cannot write \/nowhere\/page\.html/) });
});

test('assess: every problem of an inventory is on the page, exit 1', async () => {
  const file = writeScratch('inventory.yaml', 'apiVersion: crossfade/v1\nkind: inventory\nname: x\nworkloads: []\n');
  expect(await new Terminal().run(['assess', file])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/region: is required[^]*workloads: must have at least 1/),
  });
});
