import { dataSetOf, openable, parseModelPackage, regionOf } from '../../src/domain/model-package';
import type { Json, ModelPackageEntry } from '../../src/domain/model-package';
import { contentOf, differencesIn, entryInTarget } from '../../src/domain/model-package-entry';
import { imageInTarget } from '../../src/domain/model-package-image';

const TO = 's3://new/ranker';
const container = (change: Record<string, Json> = {}): Record<string, Json> => ({
  Image: 'registry.example.com/ranker:1',
  ModelDataUrl: 's3://old/ranker/model.tar.gz',
  ...change,
});
const entryWith = (...Containers: Json[]): ModelPackageEntry => ({ InferenceSpecification: { Containers } });

test.each<[string, unknown]>([
  ['ranker/7', { group: 'ranker', version: 7 }],
  [
    'arn:aws:sagemaker:us-east-1:123456789012:model-package/ranker/7',
    { group: 'ranker', version: 7, region: 'us-east-1', account: '123456789012' },
  ],
  ['ranker', undefined],
  ['-ranker/1', undefined],
  ['ranker/1/2', undefined],
])('parseModelPackage: %s', (text, parsed) => {
  expect(parseModelPackage(text)).toEqual(parsed);
});

test("regionOf: the ARN's, else the one that is told, else the spec's own", () => {
  const one = { name: 'a', to: 'a', modelDataTo: TO };
  const arn = 'arn:aws:sagemaker:us-east-1:123456789012:model-package/ranker/7';
  expect(regionOf({ ...one, from: arn }, 'eu-west-1')).toBe('us-east-1');
  expect(regionOf({ ...one, from: 'a/1', region: 'us-west-2' }, 'eu-west-1')).toBe('us-west-2');
  expect(regionOf({ ...one, from: 'a/1' }, 'eu-west-1')).toBe('eu-west-1');
});

test.each<['object' | 'prefix', string, unknown]>([
  ['object', 's3://old/a/b/model.tar.gz', { url: 's3://old/a/b', key: 'model.tar.gz' }],
  ['object', 's3://old/model.tar.gz', { url: 's3://old', key: 'model.tar.gz' }],
  ['prefix', 's3://old/a/b/', { url: 's3://old/a/b' }],
  ['prefix', 's3://old/a/b', undefined],
  ['object', 's3://old/a/', undefined],
  ['object', 's3://old//a', undefined],
  ['object', 's3://old', undefined],
  ['object', 'https://old.s3.amazonaws.com/a', undefined],
])('openable: %s %s', (kind, address, opened) => {
  expect(openable(kind, address)).toEqual(opened);
});

test('contentOf: every place that an entry names, once, under a folder of its own', () => {
  const source = { S3DataSource: { S3Uri: 's3://old/llm/', S3DataType: 'S3Prefix', CompressionType: 'None' } };
  const { InferenceSpecification } = entryWith(
    container({ Environment: { CODE: 's3://old/code/source.tar.gz', LIST: 's3://old/lists', ETag: 'kept' } }),
    container(),
    { Image: 'i', ModelDataSource: source },
  );
  const entry = {
    InferenceSpecification: InferenceSpecification as Json,
    ModelMetrics: { ModelQuality: { Statistics: { ContentType: 'application/json', S3Uri: 's3://old/q.json' } } },
    SamplePayloadUrl: 's3://old/payload.tar.gz',
    CustomerMetadataProperties: { S3Uri: 's3://not/walked' },
  };
  const { places, images, variables } = contentOf(entry, TO, 'model package a');
  expect(places.map(({ kind, from, to }) => `${kind} ${from} ${to}`)).toEqual([
    'object s3://old/ranker/model.tar.gz s3://new/ranker/0/model.tar.gz',
    'object s3://old/code/source.tar.gz s3://new/ranker/1/source.tar.gz',
    'prefix s3://old/llm/ s3://new/ranker/2/',
    'object s3://old/q.json s3://new/ranker/3/q.json',
    'object s3://old/payload.tar.gz s3://new/ranker/4/payload.tar.gz',
  ]);
  expect(images).toHaveLength(3);
  expect(variables).toEqual(['InferenceSpecification.Containers[0].Environment.LIST (s3://old/lists)']);
});

test('entryInTarget: places and images are the new ones, ours stands beside the metadata, nothing else changes', () => {
  const entry: ModelPackageEntry = {
    ...entryWith(container({ ModelDataETag: '"a"', Environment: { MODE: 'fast' } })),
    CustomerMetadataProperties: { team: 'ranking', 'crossfade:source': 'of an earlier move' },
    Task: 'RANKING',
  };
  const { places } = contentOf(entry, TO, 'model package a');
  expect(entryInTarget(entry, places, (reference) => `new/${reference}`, { 'crossfade:run': 'r' })).toEqual({
    ...entryWith({
      Image: 'new/registry.example.com/ranker:1',
      ModelDataUrl: 's3://new/ranker/0/model.tar.gz',
      Environment: { MODE: 'fast' },
    }),
    CustomerMetadataProperties: { team: 'ranking', 'crossfade:run': 'r' },
    Task: 'RANKING',
  });
});

test.each<[string, ModelPackageEntry, string]>([
  ['an algorithm', { Task: 'OTHER' }, 'it has no InferenceSpecification'],
  ['a product', entryWith(container({ ProductId: 'p' })), 'Containers[0].ProductId is sold on AWS Marketplace'],
  [
    'a hub',
    entryWith({ Image: 'i', ModelDataSource: { S3DataSource: { S3Uri: 's3://old/a/', HubAccessConfig: {} } } }),
    'HubAccessConfig is in a hub',
  ],
  ['an address of the web', entryWith(container({ ModelDataUrl: 'https://h/a' })), 'ModelDataUrl: https://h/a must be'],
  [
    'a prefix that has no end',
    entryWith({ Image: 'i', ModelDataSource: { S3DataSource: { S3Uri: 's3://old/a', S3DataType: 'S3Prefix' } } }),
    'must be s3://bucket/prefix/',
  ],
  [
    'too much metadata',
    {
      ...entryWith(container()),
      CustomerMetadataProperties: Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`k${index}`, 'v'])),
    },
    'CustomerMetadataProperties has 46 keys',
  ],
  ['a book', entryWith(container({ Environment: { A: 'x'.repeat(140_000) } })), '131072 at most can be moved'],
])('contentOf: %s cannot be moved, and the member is told', (_name, entry, message) => {
  expect(() => contentOf(entry, TO, 'model package a')).toThrow(message);
});

test.each<[string, ModelPackageEntry, ModelPackageEntry, string[]]>([
  ['itself', entryWith(container()), entryWith(container()), []],
  [
    'what SageMaker looks up by itself',
    { ...entryWith(container()), Tags: [] },
    { ...entryWith(container({ ModelDataETag: '"a"', ImageDigest: 'sha256:a' })), SkipModelValidation: 'None' },
    [],
  ],
  [
    'another image',
    entryWith(container()),
    entryWith(container({ Image: 'b' })),
    ['InferenceSpecification.Containers[0].Image is "b" and should be "registry.example.com/ranker:1"'],
  ],
  ['something more', {}, { Task: 'OTHER' }, ['Task is "OTHER" and should be not there']],
  ['something less', { Task: 'OTHER' }, {}, ['Task is not there and should be "OTHER"']],
  [
    'validation that was left out',
    { SkipModelValidation: 'All' },
    {},
    ['SkipModelValidation is not there and should be "All"'],
  ],
])('differencesIn: %s', (_name, wanted, found, differences) => {
  expect(differencesIn(wanted, found)).toEqual(differences);
});

const DIGEST = `sha256:${'a'.repeat(64)}`;
const PART = `sha256:${'b'.repeat(64)}`;
const OTHER = `sha256:${'c'.repeat(64)}`;
const HOST = '210987654321.dkr.ecr.us-east-1.amazonaws.com';
const moved = {
  image: { name: 'server', from: `${HOST}/ranker:1`, to: 'ranker' },
  pinned: { digest: DIGEST, manifests: [DIGEST, PART], blobCount: 1, byteCount: 1 },
  uri: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker',
};

test.each<[string, string, string | undefined, string]>([
  ['the same tag', `${HOST}/ranker:1`, undefined, `${moved.uri}@${DIGEST}`],
  ['the same tag and digest', `${HOST}/ranker:1`, DIGEST.toUpperCase().replace('SHA', 'sha'), `${moved.uri}@${DIGEST}`],
  ['one platform of it, under another tag', `${HOST}/ranker:x`, PART, `${moved.uri}@${PART}`],
  [
    'one that is in the region',
    `${HOST.replace('us-east', 'eu-west')}/other:1`,
    undefined,
    `${HOST.replace('us-east', 'eu-west')}/other:1`,
  ],
  ['one of no ECR', 'registry.example.com/ranker:1', undefined, 'registry.example.com/ranker:1'],
])('imageInTarget: %s', (_name, reference, digest, found) => {
  expect(imageInTarget(reference, digest, [moved], 'eu-west-1')).toBe(found);
});

test.each<[string, string, string | undefined, string]>([
  ['another image under the tag', `${HOST}/ranker:1`, OTHER, `was registered as ${OTHER}`],
  ['one of another region that did not move', `${HOST}/other:1`, undefined, 'is in us-east-1'],
])('imageInTarget: %s cannot be moved', (_name, reference, digest, message) => {
  expect(() => imageInTarget(reference, digest, [moved], 'eu-west-1')).toThrow(message);
});

test('dataSetOf: the folder, and the one key where an object is meant', () => {
  const one = { name: 'ranker', from: 'ranker/1', to: 'ranker', modelDataTo: TO, kmsKeyId: 'alias/k' };
  const place = { kind: 'object', from: 's3://old/a/model.tar.gz', to: `${TO}/0/model.tar.gz` } as const;
  expect(dataSetOf(one, place, 0)).toMatchObject({ from: 's3://old/a', to: `${TO}/0`, key: 'model.tar.gz' });
  expect(dataSetOf(one, { kind: 'prefix', from: 's3://old/a/', to: `${TO}/1/` }, 1)).toMatchObject({
    from: 's3://old/a',
    to: `${TO}/1`,
    kmsKeyId: 'alias/k',
  });
});
