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

/** Under the ID that it had: a migration refuses to run under any other. */
async function replay(folder: string, name: string, traced = false): Promise<void> {
  const { history, started } = read(folder, name);
  const bundle = await workflowBundle(undefined, traced);
  await Worker.runReplayHistory({ workflowBundle: bundle, sinks: NO_SPANS }, history, started.workflowId);
}

beforeAll(async () => {
  quietRuntime();
  await workflowBundle();
}, 60_000);

test.each(historiesIn('histories'))('replay: %s is made again by the workflows of today', async (name) => {
  await expect(replay('histories', name)).resolves.toBeUndefined();
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

/** Who switches traces on, or off, does so with migrations under way. */
test.each([...new Set([...longestOfEach(), SENSITIVE])])('replay with traces: %s is made again', async (name) => {
  await expect(replay('histories', name, true)).resolves.toBeUndefined();
});

test.each(historiesIn('must-fail'))('replay: %s is rejected', async (name) => {
  await expect(replay('must-fail', name)).rejects.toBeInstanceOf(DeterminismViolationError);
});

test('replay: every workflow that there is has a history', () => {
  const recorded = historiesIn('histories').map((name) => read('histories', name).started.workflowType.name);

  expect([...new Set(recorded)].sort()).toEqual(Object.keys(workflows).sort());
});

test('replay: there are histories to replay, and one to reject', () => {
  expect(historiesIn('histories').length).toBeGreaterThan(0);
  expect(historiesIn('must-fail').length).toBeGreaterThan(0);
});
