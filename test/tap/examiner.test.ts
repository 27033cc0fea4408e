import path from 'node:path';
import type { Output } from '../../src/tap/compare-answers';
import { ThreadExaminer } from '../../src/tap/examiner';
import type { Case } from '../../src/tap/examine';
import { EXACT, sendJson, TapBed } from './support';

const SCRIPT = path.join(__dirname, 'examiner-thread.cjs');
const RULES = { equivalence: EXACT, redactPaths: [], labelPath: '$.model' };

let examiner: ThreadExaminer;
let deaths: string[];
beforeEach(() => {
  deaths = [];
  examiner = new ThreadExaminer((reason) => deaths.push(reason), SCRIPT);
});
afterEach(() => examiner.stop());

const output = (text: string): Output => ({
  status: 200,
  contentType: 'application/json',
  contentEncoding: '',
  body: [Buffer.from(text)],
});

const pairOf = (source: string, target: string): Case => ({
  pairs: [{ source: output(source), target: output(target) }],
});

test('ThreadExaminer: each question gets its own answer', async () => {
  const findings = await Promise.all([
    examiner.examine(
      { ...pairOf('{"a":1}', '{"a":2}'), request: [Buffer.from('{"model":'), Buffer.from('"m"}')] },
      RULES,
    ),
    examiner.examine(pairOf('{"a":1}', '{"a":1.0}'), RULES),
    examiner.examine({ pairs: [...pairOf('1', '2').pairs, ...pairOf('1', '1').pairs] }, RULES),
  ]);
  expect(findings).toMatchObject([
    { label: 'm', results: [{ verdict: 'different', difference: { path: '$.a' } }] },
    { results: [{ verdict: 'equal' }] },
    { results: [{ verdict: 'different' }, { verdict: 'equal' }] },
  ]);
});

test('ThreadExaminer: new rules hold from the next question on', async () => {
  const exact = examiner.examine(pairOf('1', '1.1'), RULES);
  const loose = examiner.examine(pairOf('1', '1.1'), { ...RULES, equivalence: { ...EXACT, relativeTolerance: 0.5 } });
  expect((await exact).results[0]?.verdict).toBe('different');
  expect((await loose).results[0]?.verdict).toBe('equal');
});

test('ThreadExaminer: large bodies go over whole, and the request stays', async () => {
  const text = JSON.stringify(Array.from({ length: 50_000 }, (_, index) => index));
  const request = [Buffer.from(`{"model":"m","text":"${'x'.repeat(100_000)}"}`)];
  const findings = await examiner.examine({ ...pairOf(text, text), request }, RULES);
  expect(findings).toEqual({ label: 'm', results: [{ verdict: 'equal' }] });
  expect(request[0]?.length).toBeGreaterThan(100_000);
});

test('ThreadExaminer: beyond what may wait, pairs are not compared', async () => {
  const asked = Array.from({ length: 70 }, () => examiner.examine(pairOf('1', '1'), RULES));
  const verdicts = (await Promise.all(asked)).map(({ results }) => results[0]?.verdict);
  expect(verdicts.filter((verdict) => verdict === 'equal')).toHaveLength(64);
  expect(verdicts.filter((verdict) => verdict === 'not_compared')).toHaveLength(6);
});

test('ThreadExaminer: a thread that dies leaves its pairs uncompared, and the next one begins anew', async () => {
  const dying = new ThreadExaminer((reason) => deaths.push(reason), path.join(__dirname, 'no-such-thread.cjs'));
  expect(await dying.examine(pairOf('1', '1'), RULES)).toEqual({ results: [{ verdict: 'not_compared' }] });
  expect(await dying.examine(pairOf('1', '1'), RULES)).toEqual({ results: [{ verdict: 'not_compared' }] });
  expect(deaths).toHaveLength(2);
});

test('tap: with the thread, what the user gets and what is compared are the same bytes', async () => {
  const bed = await TapBed.start({ examiner });
  try {
    const text = 'x'.repeat(300_000);
    bed.source.answer = (_received, response) => sendJson(response, { text });
    bed.target.answer = (_received, response) => sendJson(response, { text });
    await bed.order(1);
    for (let index = 0; index < 5; index += 1) expect((await bed.request('/')).body).toBe(JSON.stringify({ text }));
    expect((await bed.settle()).account).toMatchObject({ mirrored: 5, compared: 5, mismatched: 0 });
  } finally {
    await bed.stop();
  }
});
