import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleetJsonSchema, inventoryJsonSchema, specJsonSchema } from './json-schema';

/** Run from the repository's root, after a build: `node dist/src/spec/generate-schema.js`. */
for (const [name, schema] of [
  ['migration', specJsonSchema()],
  ['inventory', inventoryJsonSchema()],
  ['fleet', fleetJsonSchema()],
] as const) {
  const path = join('schema', `${name}.schema.json`);
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
  console.log(`wrote ${path}`);
}
