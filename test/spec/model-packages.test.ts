import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { completeDocument, minimalDocument, withValue } from './support';

const ARN = 'arn:aws:sagemaker:us-east-1:210987654321:model-package/ranker/7';
const least = { name: 'ranker', from: ARN, to: 'ranker', modelDataTo: 's3://models-eu/registry/ranker' };

type Json = Record<string, unknown>;

const documentWith = (...modelPackages: Json[]): Json => withValue(completeDocument(), 'modelPackages', modelPackages);

test('spec: model packages are what was written, and none where the section is left out', () => {
  const full = { ...least, from: 'ranker/7', region: 'us-east-1', kmsKeyId: 'alias/models' };
  expect(parseSpec(documentWith(full)).modelPackages).toEqual([full]);
  expect(parseSpec(documentWith({ ...least, modelDataTo: 's3://models-eu/' })).modelPackages?.[0]?.modelDataTo).toBe(
    's3://models-eu',
  );
  expect(parseSpec(minimalDocument())).not.toHaveProperty('modelPackages');
});

const A_VERSION = 'must be the ARN of a version';
test.each<[string, Json, string, string]>([
  ['a group without a version', { from: 'ranker' }, 'modelPackages[0].from', A_VERSION],
  ['version 0', { from: 'ranker/0' }, 'modelPackages[0].from', A_VERSION],
  ["a group's ARN", { from: ARN.replace('package', 'package-group') }, 'modelPackages[0].from', A_VERSION],
  ['a region beside an ARN', { region: 'us-east-1' }, 'modelPackages[0].region', 'is in the ARN already'],
  ['a region that is none', { from: 'a/1', region: 'mars' }, 'modelPackages[0].region', 'must be an AWS region'],
  ['an ARN as group', { to: ARN }, 'modelPackages[0].to', 'must be the name of a model package group'],
  ['no S3 address', { modelDataTo: 'gs://x' }, 'modelPackages[0].modelDataTo', 'is not supported'],
  [
    'files among those of a data set',
    { modelDataTo: 's3://example-ranker-target/model/registry' },
    'modelPackages[0].modelDataTo',
    'must not overlap data[0].to',
  ],
])('spec: %s in a model package is one problem at its path', (_name, change, at, message) => {
  expect(specProblems(documentWith({ ...least, ...change }))).toEqual([
    { path: at, problem: expect.stringContaining(message) },
  ]);
});

test('spec: two of one name, of one source or of one place are told', () => {
  const problems = specProblems(documentWith(least, least)).map(({ path }) => path);
  expect(problems.sort()).toEqual(['from', 'modelDataTo', 'name'].map((key) => `modelPackages[1].${key}`));
});

test('planMigration: every entry is looked at first, files go before what names them, a group is made once', () => {
  const second = { ...least, name: 'other', from: 'other/1', modelDataTo: 's3://models-eu/registry/other' };
  const plan = planMigration(parseSpec(documentWith(least, second)));
  const steps = plan.environment.map(({ kind, name }) => `${kind} ${name}`);
  const first = steps.indexOf('model-entry ranker');
  expect(steps.slice(first, first + 2)).toEqual(['model-entry ranker', 'model-entry other']);
  expect(steps.indexOf('verify-image server')).toBeLessThan(first);
  const copy = steps.indexOf('copy-model-data ranker');
  expect(steps.indexOf('verify-data model')).toBeLessThan(copy);
  expect(steps.slice(copy, copy + 9)).toEqual([
    'copy-model-data ranker',
    'verify-model-data ranker',
    'model-package-group ranker',
    'model-package ranker',
    'verify-model-package ranker',
    'copy-model-data other',
    'verify-model-data other',
    'model-package other',
    'verify-model-package other',
  ]);
  expect(plan.creates).toEqual(
    expect.arrayContaining(['model-package-group ranker', 'model-package ranker', 'model-package other']),
  );
});
