import { randomUUID } from 'node:crypto';
import { exchange } from '../../lab/loopback';
import type { HttpReply } from '../../lab/loopback';
import type { StatusView } from '../../src/contracts/messages';
import { OperatorLab } from './operator-lab';
import type { Ended } from './operator-lab';

/*
 * Two migrations of one lab, by people who have nothing of ours but names: `ranker` with the `temporal` CLI, `search` with
 * the HTTP calls that the Web UI makes.
 */

jest.setTimeout(90_000);

/** Longer than these tests: the migration stays where it is. */
const LONG = '300s';
const BY = { requestedBy: 'ada', reason: 'looks good' };

let operator: OperatorLab;
let startedWithCli: Ended;
let startedWithUi: HttpReply;
let ui: WebUi;

const atGate = ({ gate }: StatusView): boolean => gate?.name === 'cutover-50';
const atHalf = ({ wanted, verdict }: StatusView): boolean => wanted.target === 50 && verdict?.kind === 'pass';
const paused = (status: StatusView): boolean => status.paused;
const resumed = (status: StatusView): boolean => !status.paused;
const rolledBack = ({ phase }: StatusView): boolean => phase === 'rolled_back';

/** What the Web UI does with one workflow, over the HTTP that it uses. IDs with a slash travel as `%2F`. */
class WebUi {
  private constructor(
    private readonly base: string,
    private readonly headers: Record<string, string>,
  ) {}

  /** As the page does it: the settings bring the cookie that every POST must answer. */
  static async open(base: string): Promise<WebUi> {
    const { headers } = await exchange(`${base}/api/v1/settings`);
    const cookie = (headers['set-cookie'] ?? [])
      .map((line) => line.split(';')[0] ?? '')
      .find((c) => c.startsWith('_csrf='));
    const token = cookie?.slice('_csrf='.length) ?? '';
    return new WebUi(base, { cookie: `_csrf=${token}`, 'x-csrf-token': token, 'content-type': 'application/json' });
  }

  start(workflowId: string, type: string, input: unknown): Promise<HttpReply> {
    return this.post(workflowId, '', {
      workflowType: { name: type },
      taskQueue: { name: 'crossfade' },
      input: payloads(input),
    });
  }

  signal(workflowId: string, name: string, input: unknown): Promise<HttpReply> {
    return this.post(workflowId, `/signal/${name}`, { signalName: name, input: payloads(input) });
  }

  /** Waits for the answer, as the page does. @returns what the migration said, yes or no. */
  async update(workflowId: string, name: string, input: unknown): Promise<UpdateOutcome> {
    const reply = await this.post(workflowId, `/update/${name}`, {
      request: { meta: { updateId: randomUUID() }, input: { name, args: payloads(input) } },
      waitPolicy: { lifecycleStage: 'UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED' },
    });
    const { outcome } = JSON.parse(reply.body.toString('utf8')) as UpdateReply;
    return { accepted: fromPayload(outcome.success?.payloads[0]), rejected: outcome.failure?.message };
  }

  async query<T>(workflowId: string, name: string): Promise<T> {
    const reply = await this.post(workflowId, `/query/${name}`, { query: { queryType: name } });
    const { queryResult } = JSON.parse(reply.body.toString('utf8')) as QueryReply;
    return fromPayload<T>(queryResult.payloads[0]);
  }

  async list(query: string): Promise<readonly string[]> {
    const reply = await exchange(`${this.base}/api/v1/namespaces/default/workflows?query=${encodeURIComponent(query)}`);
    const { executions = [] } = JSON.parse(reply.body.toString('utf8')) as ListReply;
    return executions.map(({ execution }) => execution.workflowId);
  }

  /** Without the cookie's token, as another site's page would send it. */
  forge(workflowId: string): Promise<HttpReply> {
    const { cookie = '', 'content-type': type = '' } = this.headers;
    return exchange(this.path(workflowId, '/signal/rollback'), {
      method: 'POST',
      headers: { cookie, 'content-type': type },
      body: '{}',
    });
  }

  private post(workflowId: string, rest: string, body: unknown): Promise<HttpReply> {
    return exchange(this.path(workflowId, rest), {
      method: 'POST',
      headers: this.headers,
      body: JSON.stringify(body),
      timeoutMs: 20_000,
    });
  }

  private path(workflowId: string, rest: string): string {
    return `${this.base}/api/v1/namespaces/default/workflows/${encodeURIComponent(workflowId)}${rest}`;
  }
}

interface Payload {
  readonly metadata: { readonly encoding: string };
  readonly data: string;
}

interface QueryReply {
  readonly queryResult: { readonly payloads: readonly Payload[] };
}

interface UpdateReply {
  readonly outcome: {
    readonly success?: { readonly payloads: readonly Payload[] };
    readonly failure?: { readonly message: string };
  };
}

interface UpdateOutcome {
  readonly accepted: string | undefined;
  readonly rejected: string | undefined;
}

interface ListReply {
  readonly executions?: readonly { readonly execution: { readonly workflowId: string } }[];
}

/** Of `__temporal_workflow_metadata`, as the UI reads it. */
interface WorkflowMetadata {
  readonly currentDetails: string;
  readonly definition: Record<
    'signalDefinitions' | 'updateDefinitions' | 'queryDefinitions',
    readonly { readonly name?: string; readonly description?: string }[]
  >;
}

function payloads(value: unknown): { payloads: Payload[] } {
  const encoding = Buffer.from('json/plain').toString('base64');
  return { payloads: [{ metadata: { encoding }, data: Buffer.from(JSON.stringify(value)).toString('base64') }] };
}

function fromPayload<T>(payload: Payload | undefined): T {
  return (payload === undefined ? undefined : JSON.parse(Buffer.from(payload.data, 'base64').toString('utf8'))) as T;
}

const of = (workload: string): string[] => ['--workflow-id', `migration/${workload}`];
const signalWithCli = (name: string, input?: object): Promise<Ended> =>
  operator.temporal(
    'workflow',
    'signal',
    ...of('ranker'),
    '--name',
    name,
    ...(input === undefined ? [] : ['--input', JSON.stringify(input)]),
  );
const updateWithCli = (name: string, input: object): Promise<Ended> =>
  operator.temporal('workflow', 'update', 'execute', ...of('ranker'), '--name', name, '--input', JSON.stringify(input));

beforeAll(async () => {
  operator = await OperatorLab.up('search');
  ui = await WebUi.open(operator.lab.info.ui);
  const file = operator.file('ranker.json', operator.gatedSpec('ranker', LONG));
  const start = ['workflow', 'start', '--type', 'migrate', '--task-queue', 'crossfade'];
  [startedWithCli, startedWithUi] = await Promise.all([
    operator.temporal(...start, ...of('ranker'), '--input-file', file),
    ui.start('migration/search', 'migrate', operator.gatedSpec('search', LONG)),
  ]);
}, 120_000);

afterAll(() => operator?.down(), 60_000);

describe("Temporal's command line", () => {
  test('start: the migration goes to its gate', async () => {
    expect(startedWithCli.exitCode).toBe(0);
    expect(await operator.until('ranker', 'the gate', atGate)).toMatchObject({ phase: 'cutover' });
  });

  test('query: the status says what it waits for', async () => {
    const { stdout } = await operator.temporal('workflow', 'query', ...of('ranker'), '--type', 'status');

    expect(stdout).toContain('an answer to gate cutover-50: approve or reject');
  });

  test('update: a gate that is not open is refused, and the reason comes back', async () => {
    const { exitCode, stdout, stderr } = await updateWithCli('approveGate', { gate: 'cutover-100', ...BY });

    expect(exitCode).not.toBe(0);
    expect(`${stdout}${stderr}`).toContain('gate cutover-100 is not open; cutover-50 is');
  });

  test('update: the open gate is approved, and the weight goes to half', async () => {
    const { exitCode, stdout } = await updateWithCli('approveGate', { gate: 'cutover-50', ...BY });

    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('gate cutover-50: approved')]);
    await operator.until('ranker', 'half of the traffic', atHalf);
    expect(Object.values(await operator.weights('ranker'))).toEqual([50, 50]);
  });

  test('signal: pause with its reason, and resume with nothing at all, act', async () => {
    await signalWithCli('pause', { requestedBy: 'ada', reason: 'lunch' });
    const status = await operator.until('ranker', 'the pause', paused);
    await signalWithCli('resume');
    const later = await operator.until('ranker', 'the resume', resumed);

    expect(status.waitingFor).toBe('resume (paused by ada: lunch)');
    expect(later.decisions.at(-1)).toContain('resumed (unknown: unknown)');
  });

  test('signal: an unknown name is shown, and does nothing else', async () => {
    await signalWithCli('launch');
    const status = await operator.until('ranker', 'the word', ({ unknownMessages }) => unknownMessages.length > 0);

    expect(status).toMatchObject({ unknownMessages: ['launch'], phase: 'cutover' });
  });

  test('list: the migration is found by its search attributes', async () => {
    const query = 'CrossfadeWorkload = "ranker" AND CrossfadePhase = "cutover" AND CrossfadeWeight = 50';
    const { stdout } = await operator.temporal('workflow', 'list', '--query', query, '-o', 'json');

    expect((JSON.parse(stdout) as { execution: object }[]).map(({ execution }) => execution)).toEqual([
      expect.objectContaining({ workflowId: 'migration/ranker' }),
    ]);
  });

  test('signal: a bare rollback puts the traffic back', async () => {
    await signalWithCli('rollback');
    await operator.until('ranker', 'the rollback', rolledBack);

    expect(await operator.weights('ranker')).toMatchObject({ 'ranker-source': 100 });
  });
});

describe("the Web UI's HTTP", () => {
  test('start: an ID with a slash starts the migration, which goes to its gate', async () => {
    expect(startedWithUi.status).toBe(200);
    expect(await operator.until('search', 'the gate', atGate)).toMatchObject({ phase: 'cutover' });
  });

  test('signal: what does not carry the token of the page is refused', async () => {
    expect((await ui.forge('migration/search')).status).toBe(400);
  });

  test('details: the page says where it is and how to answer', async () => {
    const { currentDetails } = await ui.query<WorkflowMetadata>('migration/search', '__temporal_workflow_metadata');

    expect(currentDetails).toMatch(/## CUTOVER: search\n\nbaseline ✓ → environment ✓ → shadow ✓ → \*\*cutover\*\*/);
    expect(currentDetails).toMatch(/### Gate cutover-50: .*\n\n.*`approve` or `reject`/);
  });

  test('menus: every signal, update and query of the migration has a description', async () => {
    const { definition } = await ui.query<WorkflowMetadata>('migration/search', '__temporal_workflow_metadata');
    const named = [...definition.signalDefinitions, ...definition.updateDefinitions, ...definition.queryDefinitions]
      // Temporal's own.
      .filter(({ name }) => name !== undefined && !name.startsWith('__'));

    expect(named.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pause', 'resume', 'rollback', 'approve', 'approveGate', 'requestRollback', 'status']),
    );
    expect(named.filter(({ description = '' }) => description === '')).toEqual([]);
  });

  test('update: an answer to a gate that is not open is refused, and the reason comes back', async () => {
    const answer = await ui.update('migration/search', 'approveGate', { gate: 'decommission', ...BY });

    expect(answer).toEqual({ rejected: 'gate decommission is not open; cutover-50 is' });
  });

  test('update: a longer hold while no step is held is refused, and the reason comes back', async () => {
    const answer = await ui.update('migration/search', 'extendStep', { by: 'a while' });

    expect(answer).toEqual({ rejected: 'no step is being held' });
  });

  test('signal: approve lets the weight go to half', async () => {
    const { status } = await ui.signal('migration/search', 'approve', BY);
    await operator.until('search', 'half of the traffic', atHalf);

    expect(status).toBe(200);
    expect(Object.values(await operator.weights('search'))).toEqual([50, 50]);
  });

  test('signal: pause and resume act', async () => {
    await ui.signal('migration/search', 'pause', BY);
    await operator.until('search', 'the pause', paused);
    const { clockRuns } = await ui.query<StatusView>('migration/search', 'status');
    await ui.signal('migration/search', 'resume', BY);
    await operator.until('search', 'the resume', resumed);

    expect(clockRuns).toBe(false);
  });

  test('list: the migration is found by its search attributes', async () => {
    expect(
      await ui.list('CrossfadeWorkload = "search" AND CrossfadePhase = "cutover" AND ExecutionStatus = "Running"'),
    ).toEqual(['migration/search']);
  });

  test('update: a rollback that is asked for is answered at once, and traffic is back', async () => {
    const answer = await ui.update('migration/search', 'requestRollback', {
      requestedBy: 'ada',
      reason: 'users complain',
    });
    const status = await operator.until('search', 'the rollback', rolledBack);

    expect(answer).toEqual({ accepted: 'traffic goes back to the source' });
    expect(status.rollback).toMatchObject({ by: 'ada', reason: 'users complain' });
    expect(await operator.weights('search')).toMatchObject({ 'search-source': 100 });
  });
});
