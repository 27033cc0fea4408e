import { NO_FACTS, checked, copierOf, entryOf, listed, NEVER, Places } from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack } from '../support/s3/servers';

jest.setTimeout(60_000);

let server: S3Server;
let places: Places;

beforeAll(async () => {
  server = await startMinistack();
  places = new Places(server);
});
afterAll(async () => {
  await places.close();
  await server.stop();
});

test('a place of one key: lists that object alone, wherever the range allows it, and copies it on the server', async () => {
  const url = `s3://${await places.bucket()}/ranker`;
  const all = await places.open(url);
  for (const key of ['model.tar', 'model.tar.gz', 'model.tar.gz.old', 'other'])
    await all.put(key, checked(key), NO_FACTS, NEVER);
  const one = await places.open(url, { key: 'model.tar.gz' });
  const keys = async (range = {}): Promise<string[]> => (await listed(one, range)).map(({ key }) => key);

  expect(await keys()).toEqual(['model.tar.gz']);
  expect(await keys({ after: 'model.tar', upTo: 'model.tar.gz' })).toEqual(['model.tar.gz']);
  expect(await keys({ after: 'model.tar.gz' })).toEqual([]);
  expect(await keys({ upTo: 'model.tar' })).toEqual([]);
  expect(await one.divide(8, NEVER)).toEqual([{}]);
  expect(await listed(await places.open(url, { key: 'model.t' }))).toEqual([]);

  const target = await places.openNew({ key: 'model.tar.gz' });
  await copierOf(target, one).copy(await entryOf(one, 'model.tar.gz'), NEVER);
  expect(await listed(target)).toMatchObject([{ key: 'model.tar.gz', sizeBytes: 'model.tar.gz'.length }]);
});
