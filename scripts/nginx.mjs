/** `node scripts/nginx.mjs`: prints where nginx is, which the tap is measured against; fetched first where it is not there. */
import { findDebianProgram } from './debian.mjs';

const found = await findDebianProgram({
  name: 'nginx',
  program: 'usr/sbin/nginx',
  versionFlag: '-v',
  without: 'the tap cannot be measured against it',
});
if (found === undefined) process.exitCode = 1;
else process.stdout.write(`${found}\n`);
