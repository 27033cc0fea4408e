/**
 * The registry of the Distribution project, which holds container images over a directory, for the tests of images.
 * `node scripts/registry.mjs` prints where it is; fetched first where it is not there.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findGoProgram } from './go-program.mjs';

/**
 * @param {{mayBuild?: boolean}} options mayBuild: false takes only what is there already.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export function findRegistry(options) {
  return findGoProgram(
    {
      name: 'registry',
      module: 'github.com/distribution/distribution/v3/cmd/registry',
      version: 'v3.1.2',
      versionArguments: ['--version'],
      takes: '2 minutes',
      without: 'the tests on real registries of images are reported as skipped',
    },
    options,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const found = await findRegistry();
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
