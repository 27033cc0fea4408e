import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generalPolicy } from '../domain/iam-policy';
import { POLICY_NAMES } from '../domain/iam-template';

/** Run from the repository's root, after a build: `node dist/src/cli/generate-policies.js`; then format. */
for (const name of POLICY_NAMES) {
  const path = join('docs', `iam-policy${name === 'base' ? '' : `-${name}`}.json`);
  writeFileSync(path, `${JSON.stringify(generalPolicy(name), null, 2)}\n`);
  console.log(`wrote ${path}`);
}
