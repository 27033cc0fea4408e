/**
 * Chromium, for the tests of what a person sees, and for the pictures of the docs. `node scripts/chromium.mjs` prints where
 * it is; fetched first where it is not there: Debian's package with all that it needs and that is not installed, unpacked
 * into the cache, without any rights. On a bare machine 233 MB are fetched and 835 MB stay.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { findDebianProgram } from './debian.mjs';
import { findOnPath } from './setup.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Everything comes from its own folder; fonts, too, where the machine has none. */
const LAUNCHER = `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")
for folder in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu; do
  LD_LIBRARY_PATH="\${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$folder"
done
export LD_LIBRARY_PATH
[ -d /etc/fonts ] || export FONTCONFIG_SYSROOT="$root"
exec "$root/usr/lib/chromium/chromium" "$@"
`;

/** @returns {Promise<string | undefined>} an executable; undefined where there is none to be had. */
export async function findChromium() {
  const installed = NAMES.map(findOnPath).find((file) => file !== undefined);
  if (installed !== undefined) return installed;
  return findDebianProgram({
    name: 'chromium',
    program: 'chromium',
    versionFlag: '--version',
    launcher: LAUNCHER,
    without: 'the tests in a browser fail',
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(path.resolve(process.argv[1])).href) {
  const found = await findChromium();
  if (found === undefined) process.exitCode = 1;
  else process.stdout.write(`${found}\n`);
}
