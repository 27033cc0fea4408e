import { readFileSync } from 'node:fs';
import { verifyChain } from '../../src/activities/ledger-chain';
import type { Report } from '../../src/report';
import { BRIEF, writeMigration } from '../support/written-ledger';
import { scratchFiles } from './scratch';
import { Terminal } from './support';

const writeScratch = scratchFiles();
const { records } = writeMigration(BRIEF);

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
  terminal.ledger.records = records;
});

const LEDGER = ['--ledger', 's3://ledger'];

test('report --html: writes one page and says how large it is', async () => {
  const file = writeScratch('report.html', '');
  const { code, out } = await terminal.run(['report', 'ranker', ...LEDGER, '--html', file]);
  expect([code, out]).toEqual([0, expect.stringMatching(/report\.html: \d+ KB\n$/)]);
  expect(readFileSync(file, 'utf8')).toMatch(/^<!doctype html>[\s\S]*migration report/);
});

test('report --html -: goes to standard output', async () => {
  expect((await terminal.run(['report', 'ranker', ...LEDGER, '--html', '-', '--compliance'])).out).toContain(
    'Crossfade compliance report',
  );
});

test('report --html: a file that cannot be written is one error with its path', async () => {
  const ran = await terminal.run(['report', 'ranker', ...LEDGER, '--html', '/no/such/folder/x.html']);
  expect(ran).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^ConfigInvalid: --html \/no\/such\/folder\/x\.html/),
  });
});

test('report: Markdown where no form is given', async () => {
  expect((await terminal.run(['report', 'ranker', ...LEDGER])).out).toMatch(/^# ranker: completed\n/);
});

test('report --json: the model itself', async () => {
  const { out } = await terminal.run(['report', 'ranker', ...LEDGER, '--json']);
  expect(JSON.parse(out) as Report).toMatchObject({ workload: 'ranker', outcome: { kind: 'completed' }, trouble: [] });
});

test('report: two forms at once are refused', async () => {
  expect((await terminal.run(['report', 'ranker', ...LEDGER, '--json', '--markdown'])).code).toBe(64);
});

test('report: of a half-written ledger what is there is drawn, and what is missing is told', async () => {
  const left = records.filter(({ seq }) => seq !== 9);
  terminal.ledger.records = left;
  terminal.ledger.unreadable = ['ledger record ranker/x/00000009.json is not JSON'];
  terminal.ledger.problems = verifyChain(left);
  const { code, out, err } = await terminal.run(['report', 'ranker', ...LEDGER, '--json']);
  const { trouble, steps } = JSON.parse(out) as Report;
  expect(trouble).toEqual([
    'ledger record ranker/x/00000009.json is not JSON',
    'record 10: gap, 9 was expected here',
    expect.stringContaining('record 10: wrong previous hash'),
  ]);
  expect(err.split('\n')[0]).toBe('ranker: ledger record ranker/x/00000009.json is not JSON');
  expect([code, steps.length]).toEqual([0, expect.any(Number)]);
});

test("report: another workload's ledger is refused", async () => {
  expect(await terminal.run(['report', 'fraud', ...LEDGER])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^LedgerBroken: record 1 below s3:\/\/ledger\/fraud is of workload ranker, not fraud/),
  });
});

test('report: a ledger in which nothing can be read is refused', async () => {
  terminal.ledger.records = [];
  terminal.ledger.unreadable = ['ledger record 1 is not JSON'];
  expect((await terminal.run(['report', 'ranker', ...LEDGER])).err).toMatch(/^LedgerBroken: no record of ranker/);
});
