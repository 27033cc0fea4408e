import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker } from '@temporalio/worker';
import * as workflows from '../../src/workflows';
import { workflowBundle } from '../support/temporal/bundle';
import { quietRuntime } from '../support/temporal/server';

/*
 * Histories of real runs (`histories.record.ts`): the workflows of today must make the same commands from them, or every
 * migration under way would stop at the next release.
 */

const HERE = __dirname;

function historiesIn(folder: string): string[] {
  return readdirSync(path.join(HERE, folder)).filter((name) => name.endsWith('.json'));
}

interface Started {
  readonly workflowId: string;
  readonly workflowType: { readonly name: string };
}

function read(folder: string, name: string): { history: unknown; started: Started } {
  const history = JSON.parse(readFileSync(path.join(HERE, folder, name), 'utf8')) as {
    readonly events: readonly { readonly workflowExecutionStartedEventAttributes: Started }[];
  };
  const [first] = history.events;
  if (first === undefined) throw new Error(`${folder}/${name} holds no event`);
  return { history, started: first.workflowExecutionStartedEventAttributes };
}

const NO_SPANS = { exporter: { export: { fn: () => undefined } } };

type Endings = ReadonlyMap<string, Error | undefined>;

let today: Endings;
let traced: Endings;
let mustFail: Endings;

/** One after another in one worker, under the IDs that they had: a migration refuses to run under any other. */
async function replayed(folder: string, names: readonly string[], isTraced = false): Promise<Endings> {
  const histories = names.map((name) => {
    const { history, started } = read(folder, name);
    return { history, workflowId: started.workflowId };
  });
  const options = { workflowBundle: await workflowBundle(undefined, isTraced), sinks: NO_SPANS };
  const endings = new Map<string, Error | undefined>();
  for await (const { error } of Worker.runReplayHistories(options, histories))
    endings.set(names[endings.size] ?? '', error);
  return endings;
}

beforeAll(async () => {
  quietRuntime();
  today = await replayed('histories', historiesIn('histories'));
  traced = await replayed('histories', TRACED, true);
  mustFail = await replayed('must-fail', historiesIn('must-fail'));
}, 300_000);

test.each(historiesIn('histories'))('replay: %s is made again by the workflows of today', (name) => {
  expect(today.has(name)).toBe(true);
  expect(today.get(name)).toBeUndefined();
});

/** One more promise in the workflows' side of the traces, and this one takes another turn. */
const SENSITIVE = 'shadowed-back-4.json';

/** The longest run of each story: what its others replay as well. */
function longestOfEach(): string[] {
  const bySize = historiesIn('histories').map((name) => ({
    name,
    size: statSync(path.join(HERE, 'histories', name)).size,
  }));
  const longest = new Map(
    bySize.sort((one, other) => one.size - other.size).map(({ name }) => [name.replace(/-\d+\.json$/, ''), name]),
  );
  return [...longest.values()];
}

const TRACED = [...new Set([...longestOfEach(), SENSITIVE])];

/** Who switches traces on, or off, does so with migrations under way. */
test.each(TRACED)('replay with traces: %s is made again', (name) => {
  expect(traced.has(name)).toBe(true);
  expect(traced.get(name)).toBeUndefined();
});

test.each(historiesIn('must-fail'))('replay: %s is rejected', (name) => {
  expect(mustFail.get(name)).toBeInstanceOf(DeterminismViolationError);
});

test('replay: every workflow that there is has a history', () => {
  const recorded = historiesIn('histories').map((name) => read('histories', name).started.workflowType.name);

  expect([...new Set(recorded)].sort()).toEqual(Object.keys(workflows).sort());
});

test('replay: there are histories to replay, and one to reject', () => {
  expect(historiesIn('histories').length).toBeGreaterThan(0);
  expect(historiesIn('must-fail').length).toBeGreaterThan(0);
});
