import { readFileSync } from 'node:fs';
import { buildProgram } from '../../src/cli/program';
import { createCli } from '../../src/cli/cli';
import { processIo } from '../../src/cli/io';
import { scratchFiles } from './scratch';
import { MINIMAL, Terminal } from './support';

const writeScratch = scratchFiles();
let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

const fileOf = (text: string): string => writeScratch('spec.yaml', text);

const COMMANDS = buildProgram(createCli(processIo())).commands.map((command) => command.name());

test('crossfade: the commands are the ones that the documentation names', () => {
  const words = ['approve', 'reject', 'extend', 'pause', 'resume', 'retry', 'skip', 'abandon', 'rollback'];
  const session = ['status', 'watch', 'list', ...words];
  expect(COMMANDS).toEqual([
    'assess',
    'init',
    'validate',
    'plan',
    'backtest',
    'sync-data',
    'schedule',
    'fleet',
    'start',
    ...session,
    'explain',
    'report',
    'optimise',
    'verify-ledger',
    'verify-data',
    'judge',
    'compare',
    'capture',
    'replay',
    'data',
    'worker',
    'tap',
    'invoke-proxy',
  ]);
});

test.each(COMMANDS)('crossfade %s: --help has an example and succeeds', async (name) => {
  const { code, out } = await terminal.run([name, '--help']);
  expect(code).toBe(0);
  expect(out).toMatch(new RegExp(`\\nExample:\\n  \\$ .*`));
  expect(out.slice(out.indexOf('Example:'))).toContain(`crossfade ${name}`.replace(/ (tap|worker)$/, ''));
});

test.each([
  ['an unknown command', 'rollbak ranker', /unknown command 'rollbak'[^]*rollback/],
  ['a missing argument', 'status', /missing required argument 'workload'/],
  ['an unknown option', 'status ranker --jsno', /unknown option '--jsno'/],
  ['one argument too many', 'status ranker other', /too many arguments/],
])('crossfade: %s is a usage error, exit 64', async (_fact, command, words) => {
  expect(await terminal.run(command)).toMatchObject({ code: 64, err: expect.stringMatching(words) });
});

test('validate: a valid spec is exit 0', async () => {
  expect(await terminal.run(['validate', MINIMAL])).toEqual({ code: 0, out: `${MINIMAL}: valid\n`, err: '' });
});

test('validate: every problem is a line with its path, exit 1', async () => {
  const file = fileOf('apiVersion: crossfade/v1\nworkload: Ranker\nregion: eu-west-1\nrouter: {}\n');
  const { code, out } = await terminal.run(['validate', file]);
  expect(code).toBe(1);
  expect(out.split('\n')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/: 6 problem\(s\)$/),
      expect.stringMatching(/^ {2}workload: must be a DNS label/),
      '  source: is required',
      expect.stringMatching(/^ {2}router: needs exactly one of alb, route53 and sagemaker/),
    ]),
  );
});

test('validate --json: one object with every problem', async () => {
  const { code, out } = await terminal.run(['validate', fileOf('{}'), '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    valid: false,
    problems: expect.arrayContaining([{ path: 'region', problem: 'is required' }]),
  });
});

test('validate: broken YAML is one line with its place, exit 1', async () => {
  const file = fileOf('a: [1, 2\n');
  expect(await terminal.run(['validate', file])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^SpecInvalid: .*spec\.yaml:2:1: .*\n$/),
  });
});

test('plan: phases, holds, gates and what is created are on the page', async () => {
  const { code, out } = await terminal.run(['plan', MINIMAL]);
  expect(code).toBe(0);
  for (const part of [
    'at least 29d',
    '5 %  ',
    'held 2d',
    '90/10',
    'after gate cutover-10',
    'nothing (source.owned is empty)',
    'target-group crossfade-ranker',
  ]) {
    expect(out).toContain(part);
  }
});

test('plan: a data set that DataSync moves is told with its source, and with what proves it', async () => {
  const { out } = await terminal.run(['plan', MINIMAL.replace('minimal', 'datasync')]);
  expect(out).toMatch(/transfer-data +crossfade-ranker-model/);
  expect(out).toContain(
    'model: nfs://filer.example.com/export/models by DataSync in enhanced mode, proven by its task',
  );
});

test('plan --json: the plan itself', async () => {
  const { out } = await terminal.run(['plan', MINIMAL, '--json']);
  expect(JSON.parse(out)).toMatchObject({ workload: 'ranker', gates: ['cutover-10', 'decommission'] });
});

test('plan: with expected traffic it says how long each guardrail takes', async () => {
  const file = fileOf(`${readFileSync(MINIMAL, 'utf8')}\nbaseline: {expected: {requestsPerSecond: 20}}\n`);
  const { code, out } = await terminal.run(['plan', file]);
  expect(out).toMatch(
    /evidence +at 20 requests\/s: passes after about, finds what matters after about\n +10 % +errorRate +\d+/,
  );
  expect(code).toBe(0);
});

test('plan: a policy that the expected traffic cannot meet is refused with the traffic that it would need', async () => {
  const file = fileOf(`${readFileSync(MINIMAL, 'utf8')}\nbaseline: {expected: {requestsPerSecond: 0.02}}\n`);
  const { code, err } = await terminal.run(['plan', file]);
  expect(err).toMatch(
    /the policy cannot be met with baseline.expected:\n {2}errorRate at 10 %: needs \d+ requests .* it would take [\d.]+ requests\/s in all/,
  );
  expect(code).toBe(1);
});

test('plan: a bad spec is refused with all its problems', async () => {
  expect(await terminal.run(['plan', fileOf('{}')])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^SpecInvalid: the spec has 8 problem\(s\):\n/),
  });
});

test('plan --json: a failure is JSON as well', async () => {
  const { out } = await terminal.run(['plan', 'not-there.yaml', '--json']);
  expect(JSON.parse(out)).toEqual({
    error: { code: 'SpecInvalid', message: 'cannot read not-there.yaml: there is no such file' },
  });
});

test('local commands: nobody is connected to', async () => {
  await terminal.run(['validate', MINIMAL]);
  await terminal.run(['plan', MINIMAL]);
  await terminal.run(['start', MINIMAL, '--dry-run']);
  expect(terminal.connections).toEqual([]);
});
