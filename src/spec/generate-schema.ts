import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { specJsonSchema } from './json-schema';

/** Run from the repository's root, after a build: `node dist/src/spec/generate-schema.js`. */
const path = join('schema', 'migration.schema.json');
writeFileSync(path, `${JSON.stringify(specJsonSchema(), null, 2)}\n`);
console.log(`wrote ${path}`);
