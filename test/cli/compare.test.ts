import { scratchFiles } from './scratch';
import { MINIMAL, Terminal } from './support';

const writeScratch = scratchFiles();
let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

type Line = { id: string | number; output: unknown } | string;

const POLICY = 'guardrails: {requestCountMin: 100}\nshadow: {equivalence: {relativeTolerance: 0.01, ignore: [$.at]}}';

/** Embeddings of one request each. @param wrongEvery so many answers are far off. */
function outputs(count: number, wrongEvery = 0, offset = 0): Line[] {
  return Array.from({ length: count }, (_, id) => ({
    id,
    output: { at: id + offset, embedding: [1, 2, wrongEvery > 0 && (id + offset) % wrongEvery === 0 ? 7 + id : 3.001] },
  }));
}

async function compared(files: { source: Line[]; target: Line[]; noise?: Line[] }, policy = POLICY) {
  const options = Object.entries(files).flatMap(([name, lines]) => {
    const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
    return [`--${name}`, writeScratch(`${name}.jsonl`, text)];
  });
  const { code, out, err } = await terminal.run([
    'compare',
    ...options,
    '--policy',
    writeScratch('policy.yaml', policy),
    '--json',
  ]);
  return { code, err, answer: JSON.parse(out) as Record<string, unknown> & { error?: { message: string } } };
}

test('compare: outputs that agree within tolerance pass, exit 0', async () => {
  const { code, answer } = await compared({ source: outputs(3_000), target: outputs(3_000, 0, 5) });
  expect(answer).toMatchObject({
    verdict: 'pass',
    reasons: ['0 of 3000 compared outputs differ beyond tolerance, 0.10 % may; a share of 0.50 % is excluded'],
    figures: { compared: 3_000, mismatched: 0, unpaired: 0, worst: [] },
  });
  expect(code).toBe(0);
});

test('compare: outputs that differ fail, exit 1, and the twenty worst are told with their paths', async () => {
  const { code, answer } = await compared({ source: outputs(3_000), target: outputs(3_000, 10) });
  const { worst } = answer['figures'] as { worst: { id: string; path: string; severity: number }[] };
  expect(answer['verdict']).toBe('fail');
  expect(worst).toHaveLength(20);
  expect(worst[0]).toMatchObject({
    id: '2990',
    path: '$.embedding[2]',
    detail: expect.stringContaining('target 2997'),
  });
  expect(worst.map(({ severity }) => severity)).toEqual(
    [...worst.map(({ severity }) => severity)].sort((a, b) => b - a),
  );
  expect(code).toBe(1);
});

test('compare: what the source does to itself is not held against the target', async () => {
  const [source, target, noise] = [outputs(3_000), outputs(3_000, 10, 3), outputs(3_000, 10)];
  const { code, answer } = await compared(
    { source, target, noise },
    POLICY.replace('100}', '100, mismatchRateDetect: 0.08}'),
  );
  expect(answer).toMatchObject({
    verdict: 'pass',
    reasons: [
      expect.stringMatching(
        /^300 of 3000 compared outputs differ .*, 300 of 3000 pairs of the source do; 0.10 % more may/,
      ),
    ],
  });
  expect(code).toBe(0);
});

test('compare: a target that differs more than the source from itself fails', async () => {
  const { code } = await compared({ source: outputs(3_000), target: outputs(3_000, 4), noise: outputs(3_000, 10) });
  expect(code).toBe(1);
});

test('compare: too few outputs are insufficient, exit 2', async () => {
  const { code, answer } = await compared({ source: outputs(60), target: outputs(60) });
  expect(answer).toMatchObject({
    verdict: 'insufficient',
    reasons: [expect.stringMatching(/60 requests, 100 are needed/)],
  });
  expect(code).toBe(2);
});

test('compare: answers that are missing are blind, exit 3', async () => {
  const { code, answer } = await compared({ source: outputs(3_000), target: outputs(2_900) });
  expect(answer).toMatchObject({
    verdict: 'blind',
    reasons: ['100 outputs of 3000 have no pair, at most 1 % may be without'],
  });
  expect(code).toBe(3);
});

test('compare: a few answers that are missing count as different', async () => {
  const { code, answer } = await compared({ source: outputs(3_000), target: outputs(2_972) });
  expect(answer).toMatchObject({ verdict: 'fail', figures: { mismatched: 28, unpaired: 28 } });
  expect(answer['figures']).toHaveProperty(['worst', 0, 'detail'], 'the target has no answer');
  expect(code).toBe(1);
});

test.each<[string, { source: Line[]; target: Line[] }, string, RegExp]>([
  [
    'an id that is there twice',
    { source: outputs(10), target: [...outputs(10), ...outputs(1)] },
    POLICY,
    /target.jsonl: the id 0 is there twice/,
  ],
  ['a line without output', { source: outputs(10), target: ['{"id": 1}'] }, POLICY, /line 1: output: is required/],
  [
    'a line without id',
    { source: outputs(10), target: ['{"output": 1}'] },
    POLICY,
    /line 1: id: must be text or a number/,
  ],
  ['an empty file', { source: [], target: outputs(10) }, POLICY, /source.jsonl: is empty/],
  [
    'a path that is none',
    { source: outputs(10), target: outputs(10) },
    'shadow: {equivalence: {ignore: [at]}}',
    /shadow.equivalence.ignore\[0\]: must be a path/,
  ],
])('compare: %s is bad usage, exit 64', async (_fact, files, policy, words) => {
  const { code, answer } = await compared(files, policy);
  expect(answer.error?.message).toMatch(words);
  expect(code).toBe(64);
});

test('compare: for people the worst pairs stand below the verdict, and a whole spec is a policy', async () => {
  const source = writeScratch('s.jsonl', '{"id":"a","output":"yes"}');
  const target = writeScratch('t.jsonl', '{"id":"a","output":"no"}');
  const { out } = await terminal.run(['compare', '--source', source, '--target', target, '--policy', MINIMAL]);
  expect(out).toMatch(/^insufficient: .*\n {2}a \$: source "yes", target "no"\n$/);
});
