/** The workflows as a worker runs them: bundled from the sources once per change, and shared by all test files. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import type { WorkflowBundleOption } from '@temporalio/worker';
import { packageRoot } from '../../../lab/tools';

/** All that may end up in the bundle. */
const SOURCES = ['src/workflows', 'src/domain', 'src/analysis', 'src/contracts', 'package-lock.json'];
const QUIET = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const bundles = new Map<string, Promise<WorkflowBundleOption>>();

/**
 * @param workflowsPath relative to the package; Crossfade's own workflows by default.
 * @param traced with the workflows' side of the traces.
 */
export function workflowBundle(
  workflowsPath = 'src/workflows/index.ts',
  traced = false,
): Promise<WorkflowBundleOption> {
  const key = `${workflowsPath} ${traced}`;
  const known = bundles.get(key) ?? findOrMake(workflowsPath, traced);
  bundles.set(key, known);
  return known;
}

const TRACING = require.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors');

async function findOrMake(workflowsPath: string, traced: boolean): Promise<WorkflowBundleOption> {
  const root = packageRoot();
  const folder = path.join(root, 'node_modules', '.cache', 'crossfade');
  const codePath = path.join(
    folder,
    `workflow-bundle${traced ? '-traced' : ''}-${hashOf(root, [...SOURCES, workflowsPath])}.js`,
  );
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(root, workflowsPath),
    workflowInterceptorModules: [path.join(root, 'src/workflows/interceptors.ts'), ...(traced ? [TRACING] : [])],
    logger: QUIET,
  });
  mkdirSync(folder, { recursive: true });
  // Two test files may get here at once; whoever is last writes the same.
  const draft = `${codePath}.${process.pid}`;
  writeFileSync(draft, code);
  renameSync(draft, codePath);
  return { codePath };
}

function hashOf(root: string, places: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of places.flatMap((place) => filesUnder(path.join(root, place)))) {
    hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
}

function filesUnder(place: string): string[] {
  if (place.endsWith('.ts') || place.endsWith('.json')) return [place];
  const names = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.sort().map((name) => path.join(place, name));
}
