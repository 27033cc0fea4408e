/**
 * versitygw, an S3 server over a directory, for the tests and the bench of data. `node scripts/versitygw.mjs` prints where
 * it is; fetched first where it is not there. Where it cannot be had, those tests are reported as skipped.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findGoProgram } from './go-program.mjs';

/** @returns {Promise<string | undefined>} an executable; undefined where there is none to be had. */
export function findVersitygw() {
  return findGoProgram({
    name: 'versitygw',
    module: 'github.com/versity/versitygw/cmd/versitygw',
    version: 'v1.8.0',
    versionArguments: ['--version'],
    takes: 'a minute',
    without: 'the tests on a real S3 server are reported as skipped',
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const found = await findVersitygw();
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
