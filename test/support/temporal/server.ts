/** A Temporal server of one test file, on a free loopback port, with nothing on disk. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { RuntimeOptions } from '@temporalio/worker';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { readTools } from '../../../lab/tools';
import type { SearchAttributes } from '../../../src/adapters/temporal-search-attributes';
import { SEARCH_ATTRIBUTES } from '../../../src/worker';

let isQuiet = false;

/**
 * Failures of activities are what these tests are about; they would fill the report.
 * @param options for a test that looks at logs or metrics; the first call of a test file decides.
 */
export function quietRuntime(options: RuntimeOptions = QUIET): void {
  if (isQuiet) return;
  isQuiet = true;
  Runtime.install(options);
}

const QUIET: RuntimeOptions = {
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: {
    logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
  },
};

const DYNAMIC_CONFIG = {
  // The server holds a run back that continues as new within a second.
  'history.workflowIdReuseMinimalInterval': '0s',
  // One file needs no partitions: forwarding between them costs the server a good part of its time.
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

/**
 * @param settings of the server's dynamic configuration, such as `limit.historyCount.suggestContinueAsNew`.
 * @param searchAttributes that it has from the start; a worker would register them.
 */
export async function startServer(
  settings: Readonly<Record<string, number | string>> = {},
  searchAttributes: SearchAttributes = SEARCH_ATTRIBUTES,
): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const dynamic = Object.entries({ ...DYNAMIC_CONFIG, ...settings }).flatMap(([name, value]) => [
    '--dynamic-config-value',
    `${name}=${JSON.stringify(value)}`,
  ]);
  return TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: readTools().temporal },
      log: { format: 'pretty', level: 'error' },
      extraArgs: [...attributes, ...dynamic],
    },
  });
}
