// Compiles TypeScript to dist/ and bundles the workflows, so that a worker starts without webpack.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
const workflows = join(root, 'dist/src/workflows/index.js');
if (existsSync(workflows)) {
  const { bundleWorkflowCode } = require('@temporalio/worker');
  const quiet = { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error: console.error };
  const interceptors = [join(root, 'dist/src/workflows/interceptors.js')];
  const tracing = require.resolve('@temporalio/interceptors-opentelemetry/lib/workflow-interceptors');
  for (const [name, modules] of [
    ['workflow-bundle.js', interceptors],
    ['workflow-bundle-traced.js', [...interceptors, tracing]],
  ]) {
    const options = { workflowsPath: workflows, workflowInterceptorModules: modules, logger: quiet };
    const { code } = await bundleWorkflowCode(options);
    writeFileSync(join(root, 'dist', name), code);
  }
}
