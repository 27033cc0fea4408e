import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { referencePages } from './reference-pages';

/** Run from the repository's root, after a build: `node dist/src/cli/generate-reference.js`. */
const FOLDER = join('docs', 'reference');
mkdirSync(FOLDER, { recursive: true });
for (const [name, text] of Object.entries(referencePages())) {
  writeFileSync(join(FOLDER, name), text);
  console.log(`wrote ${join(FOLDER, name)}`);
}
