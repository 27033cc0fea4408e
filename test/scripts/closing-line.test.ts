import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const SCRIPT = pathToFileURL(path.join(__dirname, '..', '..', 'scripts', 'test.mjs')).href;

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const CLEAN: JestResult = {
  numPassedTests: 3,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

/** What `npm test` makes of Jest's result. The script is an ES module, which Jest does not load: Node does. */
function close(result: JestResult | undefined, jestCode: number): { line: string; exitCode: number } {
  const program = `
    const { countResult, exitCodeFor, plainLine } = await import(${JSON.stringify(SCRIPT)});
    const counts = countResult(${JSON.stringify(result)});
    console.log(JSON.stringify({ line: plainLine(counts), exitCode: exitCodeFor(counts, ${jestCode}) }));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  return JSON.parse(output) as { line: string; exitCode: number };
}

test.each<[string, JestResult | undefined, number, string, number]>([
  ['all passed', CLEAN, 0, '3 passed, 0 failed', 0],
  ['one failed', { ...CLEAN, numFailedTests: 1 }, 1, '3 passed, 1 failed', 1],
  ['a file that cannot run counts as failed', { ...CLEAN, numRuntimeErrorTestSuites: 1 }, 1, '3 passed, 1 failed', 1],
  ['skipped ones are named', { ...CLEAN, numPendingTests: 1, numTodoTests: 1 }, 0, '3 passed, 0 failed, 2 skipped', 0],
  ['no test at all is no success', { ...CLEAN, numPassedTests: 0 }, 0, '0 passed, 0 failed', 1],
  [
    'only skipped ones are no success',
    { ...CLEAN, numPassedTests: 0, numPendingTests: 2 },
    0,
    '0 passed, 0 failed, 2 skipped',
    1,
  ],
  ['Jest that fails without a failed test', CLEAN, 1, '3 passed, 0 failed', 1],
  ['Jest that says nothing', undefined, 1, '0 passed, 1 failed', 1],
])('closing line: %s', (_name, result, jestCode, line, exitCode) => {
  expect(close(result, jestCode)).toEqual({ line, exitCode });
});
