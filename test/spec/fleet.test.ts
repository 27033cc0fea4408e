import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFleet, readSpecFile } from '../../src/spec';
import { fleetJsonSchema } from '../../src/spec/json-schema';
import { fleetFileSchema } from '../../src/spec/schema-migrations';
import { EXAMPLES, minimalDocument } from './support';

const SCHEMAS = join(__dirname, '../../schema');
const example = readSpecFile(join(EXAMPLES, 'fleet.yaml')) as Record<string, unknown>;

/** Paths of what the schema of files refuses. */
function refused(change: Record<string, unknown>): string[] {
  const { error } = fleetFileSchema.safeParse({ ...example, ...change });
  return (error?.issues ?? []).map(({ path, code }) => `${path.join('.')} ${code}`);
}

test('fleet schema: the file in the repository is the one that the code makes', () => {
  const file = readFileSync(join(SCHEMAS, 'fleet.schema.json'), 'utf8');
  expect(JSON.parse(file)).toEqual(JSON.parse(JSON.stringify(fleetJsonSchema())));
});

test('fleet schema: a spec inside a fleet is completed by the schema of specs, which stands beside it', () => {
  const [, ref] = /"\$ref":"([^"]+)"/.exec(JSON.stringify(fleetJsonSchema())) ?? [];
  expect(existsSync(join(SCHEMAS, ref ?? ''))).toBe(true);
});

test.each([
  ['the example as it is written', {}],
  ['specs by name alone', { migrations: ['minimal.yaml'] }],
  ['a spec itself', { migrations: [{ spec: minimalDocument() }] }],
  [
    'freezes instead of a calendar',
    { freezeCalendar: undefined, freezes: [{ from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z', why: 'x' }] },
  ],
  ['people to tell, and a schema', { notify: [{ slack: 'env:CROSSFADE_NOTIFY_SLACK' }], $schema: 'fleet.schema.json' }],
])('fleet schema: takes %s', (_fact, change) => {
  expect(refused(change)).toEqual([]);
});

test.each([
  ['a misspelt key', { paralelMax: 2 }, [' unrecognized_keys']],
  ['a stage of no name', { migrations: [{ spec: 'a.yaml', stage: 'later' }] }, ['migrations.0 invalid_union']],
  ['a calendar that is none', { freezeCalendar: 5 }, ['freezeCalendar invalid_type']],
  ['nobody to tell', { notify: [{}] }, ['notify.0 custom']],
])('fleet schema: refuses %s', (_fact, change, problems) => {
  expect(refused(change)).toEqual(problems);
});

test('fleet: who is told is what a spec would say', () => {
  const webhook = 'https://ops.example.com/x';
  const document = { apiVersion: 'crossfade/v1', fleet: 'spring', migrations: [{ spec: minimalDocument() }] };
  expect(parseFleet(document).notify).toEqual([]);
  expect(parseFleet({ ...document, notify: [{ webhook }] }).notify).toEqual([{ webhook }]);
  expect(() => parseFleet({ ...document, notify: [{ webhook, slack: webhook }] })).toThrow(
    /notify\[0\]: needs exactly one of sns, slack and webhook/,
  );
});
