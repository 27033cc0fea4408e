/**
 * crane, the stranger that is asked whether two registries hold the same image. `node scripts/crane.mjs` prints where it
 * is; fetched first where it is not there.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findGoProgram } from './go-program.mjs';

/**
 * @param {{mayBuild?: boolean}} options mayBuild: false takes only what is there already.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export function findCrane(options) {
  return findGoProgram(
    {
      name: 'crane',
      module: 'github.com/google/go-containerregistry/cmd/crane',
      version: 'v0.22.1',
      versionArguments: ['version'],
      takes: '2 minutes',
      without: 'images are not compared by crane',
    },
    options,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const found = await findCrane();
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
