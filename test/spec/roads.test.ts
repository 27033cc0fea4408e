import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { minimalDocument, withValue } from './support';

type Json = Record<string, unknown>;

const snowball = {
  addressId: 'ADID12345678-1234-1234-1234-123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/snowball',
  kmsKeyArn: 'arn:aws:kms:eu-west-1:123456789012:key/12345678-1234-1234-1234-123456789012',
};
const directConnect = { connectionId: 'dxcon-fg1234567' };
const data = { name: 'corpus', from: 's3://example-old/corpus', to: 's3://example-new/corpus' };
const documentWith = (change: Json): Json => withValue(minimalDocument(), 'data', [{ ...data, ...change }]);

test.each<[string, Json, string[]]>([
  ['a Snowball', { method: 'snowball', snowball }, ['data-order', 'import-order', 'data-arrived', 'import-done']],
  ['a line', { method: 'direct-connect', directConnect }, ['line-available']],
  ['a Snowball of which nothing is told', { method: 'snowball' }, ['data-order', 'data-arrived']],
  ['a line of which nothing is told', { method: 'direct-connect' }, ['data-order', 'data-arrived']],
])('plan: %s is followed where it can be, and then the rest is copied', (_fact, change, steps) => {
  expect(specProblems(documentWith(change))).toEqual([]);
  const kinds = planMigration(parseSpec(documentWith(change))).environment.map(({ kind }) => String(kind));
  const first = kinds.indexOf('bucket') + 1;
  expect(kinds.slice(first, first + steps.length + 2)).toEqual([...steps, 'copy-data', 'verify-data']);
});

test.each<[string, Json, string, RegExp]>([
  ['a Snowball on another road', { method: 'sdk', snowball }, 'snowball', /needs method: snowball/],
  ['a line on another road', { method: 'snowball', directConnect }, 'directConnect', /needs method: direct-connect/],
  [
    'an address that is none',
    { method: 'snowball', snowball: { ...snowball, addressId: 'x' } },
    'snowball.addressId',
    /create-address/,
  ],
  [
    'a line that is none',
    { method: 'direct-connect', directConnect: { connectionId: 'x' } },
    'directConnect.connectionId',
    /dxcon-/,
  ],
])('spec: %s is refused', (_fact, change, path, words) => {
  expect(specProblems(documentWith(change))).toContainEqual({
    path: `data[0].${path}`,
    problem: expect.stringMatching(words),
  });
});
