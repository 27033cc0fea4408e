/**
 * rclone, the peer that copies of data are measured against, and the stranger that is asked whether two places are equal.
 * `node scripts/rclone.mjs` prints where it is; fetched first where it is not there.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findGoProgram } from './go-program.mjs';

/**
 * @param {{mayBuild?: boolean}} options mayBuild: false takes only what is there already.
 * @returns {Promise<string | undefined>} an executable; undefined where there is none to be had.
 */
export function findRclone(options) {
  return findGoProgram(
    {
      name: 'rclone',
      module: 'github.com/rclone/rclone',
      version: 'v1.76.0',
      versionArguments: ['version'],
      takes: '2 minutes',
      without: 'copies are not compared by rclone',
    },
    options,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const found = await findRclone();
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
