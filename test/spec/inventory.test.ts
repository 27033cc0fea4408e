import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseInventory } from '../../src/spec';
import { inventoryJsonSchema } from '../../src/spec/json-schema';
import { inventoryOf } from '../assess/support';

const NOTEBOOK = { name: 'one', kind: 'notebook' };

/** What is said of a document; empty for a good one. */
function complaint(document: unknown): string {
  try {
    parseInventory(document);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test.each<[string, Record<string, unknown>, RegExp]>([
  ['an unknown kind', { kind: 'web' }, /workloads\[0\]\.kind: must be artefact or .* \(got "web"\)/],
  [
    'a number without unit',
    { data: [{ name: 'd', from: 's3://a', expected: { bytes: 5 } }] },
    /workloads\[0\]\.data\[0\]\.expected\.bytes: must be an amount/,
  ],
  ['a misspelt key', { dependson: [] }, /workloads\[0\]\.dependson: unknown key; did you mean dependsOn\?/],
  [
    'a dependency that is not there',
    { dependsOn: ['two'] },
    /workloads\[0\]\.dependsOn\[0\]: no workload is called two/,
  ],
  ['a dependency on itself', { dependsOn: ['one'] }, /workloads\[0\]\.dependsOn\[0\]: is the workload itself/],
  ['hours that no month has', { compute: { hoursPerMonth: 745 } }, /compute\.hoursPerMonth: must be at most 744/],
  ['a version that YAML made a number', { framework: { cuda: 12.1 } }, /framework\.cuda: must be text/],
  ['a residency of no region', { residency: ['Ireland'] }, /residency\[0\]: must be a region such as eu-west-1/],
  ['no type at all', { instanceType: 'big' }, /instanceType: must be an instance type such as g5\.xlarge/],
])('inventory: %s is one problem with its path', (_fact, change, words) => {
  const said = complaint(inventoryOf([{ ...NOTEBOOK, ...change }]));
  expect(said).toMatch(/^the inventory has 1 problem\(s\):/);
  expect(said).toMatch(words);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['a deadline without a start', { deadline: '2027-01-01' }, /deadline: needs start/],
  ['a deadline on the first day', { start: '2027-01-01', deadline: '2027-01-01' }, /deadline: must be after start/],
  ['a date in words', { start: 'soon' }, /start: must be a date such as/],
  ['a day that no calendar has', { start: '2027-13-01' }, /start: must be a date such as/],
  ['a quota of no class', { quotas: { onDemand: { gpu: 4 } } }, /quotas\.onDemand\.gpu: unknown key/],
])('inventory: %s is refused', (_fact, change, words) => {
  expect(complaint(inventoryOf([NOTEBOOK], change))).toMatch(words);
});

test('inventory: two workloads of one name are refused', () => {
  expect(complaint(inventoryOf([NOTEBOOK, NOTEBOOK]))).toMatch(
    /workloads\[1\]\.name: is the name of workloads\[0\] too/,
  );
});

test('inventory: all errors of 10,000 lines are listed', () => {
  const workloads = Array.from({ length: 5_000 }, (_, index) => ({ name: `w${index}`, kind: 'wrong' }));
  const said = complaint(inventoryOf(workloads));
  expect(said).toMatch(/^the inventory has 5000 problem\(s\):/);
  expect(said.split('\n')).toHaveLength(5_001);
  expect(said).toContain('workloads[4999].kind');
});

test('schema: the file in the repository is the one that the code makes', () => {
  const file = join(__dirname, '../../schema/inventory.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(inventoryJsonSchema())));
});
