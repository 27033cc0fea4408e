import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openS3Store } from '../../src/adapters/s3-store';
import type { S3PlaceOptions } from '../../src/adapters/s3-store-place';
import { resolvePlace } from '../../src/adapters/s3-store-place';
import { NEVER } from '../support/s3/places';

const CREDENTIALS = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
const at = (options: Partial<S3PlaceOptions>): S3PlaceOptions => ({
  url: 's3://bucket/prefix',
  region: 'eu-west-1',
  credentials: CREDENTIALS,
  ...options,
});

const kept = { ...process.env };
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'crossfade-aws-'));
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) delete process.env[name];
  process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
  process.env['AWS_CONFIG_FILE'] = path.join(folder, 'config');
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'credentials');
});
afterEach(() => {
  process.env = { ...kept };
  rmSync(folder, { recursive: true, force: true });
});

test.each<[string, Partial<S3PlaceOptions>, string, string, boolean]>([
  ['AWS: the bucket in the host name', {}, 'bucket.s3.eu-west-1.amazonaws.com', '', true],
  ['AWS: a name that no certificate covers', { url: 's3://a.b' }, 's3.eu-west-1.amazonaws.com', '/a.b', true],
  ['AWS: as asked, in the path', { addressing: 'path' }, 's3.eu-west-1.amazonaws.com', '/bucket', true],
  ['China', { region: 'cn-north-1' }, 'bucket.s3.cn-north-1.amazonaws.com.cn', '', true],
  ['another server', { endpoint: 'http://127.0.0.1:9000' }, '127.0.0.1:9000', '/bucket', false],
  ['below a path', { endpoint: 'https://example.org/s3' }, 'example.org', '/s3/bucket', false],
  [
    'another server, as asked',
    { endpoint: 'https://example.org', addressing: 'host' },
    'bucket.example.org',
    '',
    false,
  ],
])('resolvePlace: %s', async (_name, options, host, basePath, isAws) => {
  expect(await resolvePlace(at(options))).toMatchObject({ host, basePath, isAws, accessKeyId: 'AKID' });
});

test('resolvePlace: AWS_ENDPOINT_URL_S3 counts as another server', async () => {
  process.env['AWS_ENDPOINT_URL_S3'] = 'http://127.0.0.1:9000';
  expect(await resolvePlace(at({}))).toMatchObject({ host: '127.0.0.1:9000', basePath: '/bucket', isAws: false });
});

test('resolvePlace: a profile brings its own credentials and region, whatever the environment says', async () => {
  process.env['AWS_ACCESS_KEY_ID'] = 'ENVIRONMENT';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  writeFileSync(path.join(folder, 'config'), '[profile old]\nregion = ap-south-1\n');
  writeFileSync(
    path.join(folder, 'credentials'),
    '[old]\naws_access_key_id = PROFILE\naws_secret_access_key = secret\n',
  );
  const place = await resolvePlace({ url: 's3://bucket', profile: 'old' });

  expect(place).toMatchObject({ accessKeyId: 'PROFILE', region: 'ap-south-1' });
});

test('resolvePlace: without a region, or without credentials, it says which place and what is missing', async () => {
  await expect(resolvePlace({ url: 's3://bucket', credentials: CREDENTIALS })).rejects.toMatchObject({
    code: 'ConfigInvalid',
    message: expect.stringMatching(/s3:\/\/bucket: .*[Rr]egion/) as string,
  });
  await expect(resolvePlace({ url: 's3://bucket', region: 'eu-west-1' })).rejects.toMatchObject({
    message: expect.stringMatching(/s3:\/\/bucket.*credentials/i) as string,
  });
});

test('openS3Store: a server that is not there is AwsUnavailable with its place', async () => {
  await expect(openS3Store(at({ endpoint: 'http://127.0.0.1:1' }), NEVER)).rejects.toMatchObject({
    code: 'AwsUnavailable',
    message: expect.stringContaining('s3://bucket') as string,
  });
});
