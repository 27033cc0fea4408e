import { readSpecFile } from '../../src/spec';
import { MigrationError } from '../../src/domain/errors';
import { MINIMAL, NOW_MS, STATUS, Terminal } from './support';

let terminal: Terminal;
beforeEach(() => {
  terminal = new Terminal();
});

test('start: the document goes as it was written, with who and why', async () => {
  const ran = await terminal.run(['start', MINIMAL, '--reason', 'ticket 4711']);
  expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('started migration/ranker, run run-1') });
  expect(terminal.session.calls).toEqual([
    ['start', 'ranker', readSpecFile(MINIMAL), { requestedBy: 'anna', reason: 'ticket 4711' }],
  ]);
  expect(terminal.session.isClosed).toBe(true);
});

test('start --adopt: the wish is part of the document', async () => {
  await terminal.run(['start', MINIMAL, '--adopt', '--by', 'ben']);
  expect(terminal.session.calls).toMatchObject([
    ['start', 'ranker', { adopt: true, workload: 'ranker' }, { requestedBy: 'ben' }],
  ]);
});

test('start --dry-run: the plan, and nothing started', async () => {
  const { code, out } = await terminal.run(['start', MINIMAL, '--dry-run']);
  expect(code).toBe(0);
  expect(out).toMatch(/plan for ranker[^]*dry run: would start migration\/ranker\n$/);
});

test('start: a migration that is already running is told with its run', async () => {
  terminal.session.isStarted = true;
  expect(await terminal.run(['start', MINIMAL])).toMatchObject({
    code: 1,
    err: 'MigrationRunning: migration/ranker is already running, run run-1\n',
  });
  expect(terminal.session.isClosed).toBe(true);
});

test('connection: flags before and after the command are the same', async () => {
  const flags = ['--address', 'host:7233', '--namespace', 'ml', '--profile', 'prod'];
  await terminal.run([...flags, 'status', 'ranker']);
  await terminal.run(['status', 'ranker', ...flags]);
  expect(terminal.connections).toMatchObject([
    { address: 'host:7233', namespace: 'ml', profile: 'prod' },
    { address: 'host:7233', namespace: 'ml', profile: 'prod' },
  ]);
});

test('connection: a server that is not there is one line and exit 1', async () => {
  terminal.connectError = new MigrationError(
    'TemporalUnreachable',
    'Temporal is not reachable at host:7233: no answer',
  );
  expect(await terminal.run('status ranker')).toEqual({
    code: 1,
    out: '',
    err: 'TemporalUnreachable: Temporal is not reachable at host:7233: no answer\n',
  });
});

test('status --json: the status with the run', async () => {
  const { out } = await terminal.run('status ranker --json');
  expect(JSON.parse(out)).toEqual({ state: 'RUNNING', runId: 'run-1', ...STATUS });
});

test('status: a running migration that nobody works on is a failure with a hint', async () => {
  terminal.session.statuses = [{ kind: 'no_answer', reason: 'no worker answered' }];
  expect(await terminal.run('status ranker')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/run run-1.*no worker answered/),
  });
});

test('status: a closed run says how it ended', async () => {
  terminal.session.runs = [
    { workflowId: 'migration/ranker', runId: 'run-1', state: 'TERMINATED', startedAt: 'x', closedAt: '2026-01-02' },
  ];
  terminal.session.end = { outcome: 'terminated', message: 'it was terminated', run: null, ledgerRecords: null };
  const { code, out } = await terminal.run('status ranker');
  expect(code).toBe(0);
  expect(out).toContain('ranker: terminated at 2026-01-02');
  expect(out).toContain('crossfade rollback ranker --emergency');
});

test.each(['pause', 'resume', 'retry', 'skip', 'abandon'])(
  '%s: the signal carries who and why, and the answer what it did',
  async (name) => {
    terminal.session.statuses = [
      { kind: 'answered', status: { ...STATUS, decisions: ['older', `${name}: it was so already`] } },
    ];
    const { code, out } = await terminal.run([name, 'ranker', '--reason', 'because']);
    expect(code).toBe(0);
    expect(terminal.session.calls).toEqual([['signal', 'ranker', name, { requestedBy: 'anna', reason: 'because' }]]);
    expect(out).toContain(`last decision  ${name}: it was so already`);
  },
);

test('pause: without a worker the signal is sent and says that it waits', async () => {
  terminal.session.statuses = [{ kind: 'no_answer', reason: 'no worker answered' }];
  expect(await terminal.run('pause ranker')).toMatchObject({
    code: 0,
    out: expect.stringContaining('it will act when it can: no worker answered'),
  });
});

test.each([
  ['approve', true],
  ['reject', false],
])('%s: the update names the gate and the answer', async (name, approved) => {
  const { code, out } = await terminal.run([name, 'ranker', '--gate', 'cutover-10', '--reason', 'fine']);
  expect(code).toBe(0);
  expect(terminal.session.calls).toEqual([
    ['update', 'ranker', 'approveGate', { requestedBy: 'anna', reason: 'fine', gate: 'cutover-10', approved }],
  ]);
  expect(out).toBe('ranker: gate cutover-10: approved\n');
});

test('approve: a refusal is told with its reason, exit 1', async () => {
  terminal.session.updateAnswer = { kind: 'rejected', reason: 'no gate is open' };
  expect(await terminal.run('approve ranker')).toEqual({ code: 1, out: '', err: 'approve refused: no gate is open\n' });
});

test('approve: a word for no gate in particular is never left behind', async () => {
  terminal.session.updateAnswer = { kind: 'no_answer', reason: 'no worker answered' };
  expect(await terminal.run('approve ranker')).toMatchObject({ code: 1, err: expect.stringContaining('was not sent') });
  expect(terminal.session.calls.map(([kind]) => kind)).toEqual(['update']);
});

test('approve --gate: without a worker the word is left for that gate', async () => {
  terminal.session.updateAnswer = { kind: 'no_answer', reason: 'no worker answered' };
  expect(await terminal.run('approve ranker --gate cutover-10')).toMatchObject({ code: 0 });
  expect(terminal.session.calls.at(-1)).toEqual([
    'signal',
    'ranker',
    'approve',
    { requestedBy: 'anna', gate: 'cutover-10' },
  ]);
});

test('extend: the update names how much longer', async () => {
  terminal.session.updateAnswer = { kind: 'done', text: 'extended by 6h' };
  expect(await terminal.run('extend ranker --for 6h --reason weekend')).toMatchObject({
    code: 0,
    out: 'ranker: extended by 6h\n',
  });
  expect(terminal.session.calls).toEqual([
    ['update', 'ranker', 'extendStep', { requestedBy: 'anna', reason: 'weekend', by: '6h' }],
  ]);
});

test.each([
  ['rejected', 'extend refused: no step is being held\n'],
  ['no_answer', 'no answer: no step is being held. Look at crossfade status ranker before you send it again\n'],
] as const)('extend: %s is told with its reason, exit 1', async (kind, err) => {
  terminal.session.updateAnswer = { kind, reason: 'no step is being held' };
  expect(await terminal.run('extend ranker --for 6h')).toEqual({ code: 1, out: '', err });
});

test('extend: without a length nothing is sent', async () => {
  const { code, err } = await terminal.run('extend ranker');
  expect(code).not.toBe(0);
  expect(err).toContain('--for');
  expect(terminal.session.calls).toEqual([]);
});

test('rollback: the update answers at once', async () => {
  terminal.session.updateAnswer = { kind: 'done', text: 'traffic goes back to the source' };
  expect(await terminal.run('rollback ranker --reason slow')).toMatchObject({
    code: 0,
    out: expect.stringContaining('traffic goes back to the source'),
  });
  expect(terminal.session.calls).toEqual([
    ['update', 'ranker', 'requestRollback', { requestedBy: 'anna', reason: 'slow' }],
  ]);
});

test('rollback: after the point of no return the reason is told, exit 1', async () => {
  terminal.session.updateAnswer = { kind: 'rejected', reason: 'the source is terminated' };
  expect(await terminal.run('rollback ranker')).toEqual({
    code: 1,
    out: '',
    err: 'rollback refused: the source is terminated\n',
  });
});

test('rollback: without an answer the signal is left, and the emergency named', async () => {
  terminal.session.updateAnswer = { kind: 'no_answer', reason: 'no worker answered' };
  terminal.session.statuses = [{ kind: 'no_answer', reason: 'no worker answered' }];
  const { code, err } = await terminal.run('rollback ranker --reason slow');
  expect(code).toBe(0);
  expect(terminal.session.calls.at(-1)).toEqual([
    'signal',
    'ranker',
    'rollback',
    { requestedBy: 'anna', reason: 'slow' },
  ]);
  expect(err).toContain('crossfade rollback ranker --emergency');
});

test('rollback --emergency: it waits for the weights to be confirmed', async () => {
  const { code, out } = await terminal.run('rollback ranker --emergency --reason gone --json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    workload: 'ranker',
    generation: 8,
    confirmedAt: NOW_MS,
    recorded: true,
    workflowId: 'rollback/ranker',
    runId: 'run-2',
  });
  expect(terminal.session.calls).toEqual([['rollbackEmergency', 'ranker', { requestedBy: 'anna', reason: 'gone' }]]);
});
