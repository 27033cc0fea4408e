import { planMigration } from '../../src/domain/plan';
import { parseSpec, specProblems } from '../../src/spec';
import { completeDocument, minimalDocument, withValue } from './support';

const DIGEST = `sha256:${'a1'.repeat(32)}`;
const least = { name: 'server', from: 'registry.example.com:5000/team/ranker:1.4', to: 'team/ranker' };

type Json = Record<string, unknown>;

const documentWith = (...images: Json[]): Json => withValue(completeDocument(), 'images', images);

test('spec: images are what was written, and none where the section is left out', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:registry-AbCdEf';
  const full = { ...least, credentials: { secretArn }, kmsKeyId: 'alias/images' };
  expect(parseSpec(documentWith(full)).images).toEqual([full]);
  expect(parseSpec(minimalDocument())).not.toHaveProperty('images');
});

test.each([
  'localhost:5000/a:1',
  '127.0.0.1:5000/team/ranker:1.4',
  `docker.io/library/nginx@${DIGEST}`,
  `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/ran-ker__x:v1@${DIGEST}`,
])('spec: %s is an image', (from) => {
  expect(parseSpec(documentWith({ ...least, from })).images?.[0]?.from).toBe(from);
});

const A_REFERENCE = 'must be registry/repository:tag or registry/repository@sha256:…';
const A_VARIABLE = 'must be the name of a variable that starts with CROSSFADE_REGISTRY_';
test.each<[string, Json, string, string]>([
  ['no registry', { from: 'nginx:1' }, 'images[0].from', A_REFERENCE],
  ['a short name', { from: 'library/nginx:1' }, 'images[0].from', A_REFERENCE],
  ['neither tag nor digest', { from: 'registry.example.com/ranker' }, 'images[0].from', A_REFERENCE],
  ['a digest of another kind', { from: 'registry.example.com/ranker@sha512:ab' }, 'images[0].from', A_REFERENCE],
  ['capitals', { from: 'registry.example.com/Ranker:1' }, 'images[0].from', A_REFERENCE],
  ['a password', { from: 'https://me:pw@registry.example.com/ranker:1' }, 'images[0].from', A_REFERENCE],
  [
    'a registry as target',
    { to: 'host.example.com/x:1' },
    'images[0].to',
    'must be the name of an ECR repository such as team/ranker',
  ],
  ['any variable', { credentials: { env: 'AWS_SECRET_ACCESS_KEY' } }, 'images[0].credentials.env', A_VARIABLE],
  ['no credentials', { credentials: {} }, 'images[0].credentials', 'needs exactly one of env and secretArn'],
])('spec: %s in an image is one problem at its path', (_name, change, at, message) => {
  expect(specProblems(documentWith({ ...least, ...change }))).toEqual([
    { path: at, problem: expect.stringContaining(message) },
  ]);
});

test('spec: two images of one name are told', () => {
  expect(specProblems(documentWith(least, { ...least, to: 'team/other' }))).toEqual([
    { path: 'images[1].name', problem: expect.stringContaining('is there twice (first at [0])') },
  ]);
});

test('planMigration: every tag is looked up before the first copy, and every image proven before anything is made', () => {
  const plan = planMigration(parseSpec(documentWith(least, { ...least, name: 'sidecar', to: 'team/sidecar' })));
  expect(plan.environment.slice(0, 10).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
    'budget crossfade-ranker',
    'image-digest server',
    'image-digest sidecar',
    'image-repository team/ranker',
    'copy-image server',
    'verify-image server',
    'image-repository team/sidecar',
    'copy-image sidecar',
    'verify-image sidecar',
    'model-entry ranker',
  ]);
  expect(plan.creates).toContain('image-repository team/ranker');
});
