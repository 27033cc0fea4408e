import { randomBytes } from 'node:crypto';
import type { S3Store } from '../../src/adapters/s3-store';
import type { Forwarder, Gateway } from '../support/s3/in-front';
import { refuseWith, startForwarder, startGateway } from '../support/s3/in-front';
import { checked, contentOf, copierOf, entryOf, listed, NEVER, NO_FACTS, Places } from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack } from '../support/s3/servers';

jest.setTimeout(60_000);

let server: S3Server;
beforeAll(async () => {
  server = await startMinistack();
});
afterAll(() => server.stop());

describe('through the lab’s gateway', () => {
  let gateway: Gateway;
  let places: Places;
  let source: S3Store;
  let target: S3Store;

  beforeAll(async () => {
    gateway = await startGateway(server.endpoint);
    places = new Places({ ...server, endpoint: gateway.endpoint });
    [source, target] = [await places.openNew(), await places.openNew()];
    for (const key of ['good', 'k']) await source.put(key, checked('content'), NO_FACTS, NEVER);
  });
  afterEach(() => gateway.clearFaults());
  afterAll(async () => {
    await places.close();
    await gateway.stop();
  });

  test.each(['error_before', 'cut_reply'] as const)('reads: %s twice is asked again, unseen', async (kind) => {
    await gateway.addFault({ service: 's3', effect: { kind }, times: 2 });
    expect((await listed(source)).map(({ key }) => key)).toEqual(['good', 'k']);
    await gateway.addFault({ service: 's3', effect: { kind }, times: 2 });
    expect(await contentOf(source, 'k')).toBe('content');
  });

  test('writes: an error before the effect is AwsUnavailable, sent once, and the next attempt does it', async () => {
    const entry = await entryOf(source, 'k');
    await gateway.addFault({ service: 's3', operation: 'CopyObject', effect: { kind: 'error_before' }, times: 1 });
    const copier = copierOf(target, source);

    await expect(copier.copy(entry, NEVER)).rejects.toMatchObject({ code: 'AwsUnavailable' });
    expect(await target.find('k', NEVER)).toBeUndefined();
    await copier.copy(entry, NEVER);
    expect(await contentOf(target, 'k')).toBe('content');
  });

  test.each(['error_after', 'cut_reply'] as const)(
    'put: %s leaves the object; another attempt finds the same version',
    async (kind) => {
      await gateway.addFault({ service: 's3', operation: 'PutObject', effect: { kind }, times: 1 });
      const body = checked(`content ${kind}`);

      await expect(target.put(kind, body, NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'AwsUnavailable' });
      const found = await target.find(kind, NEVER);
      expect(found?.checksum).toEqual(body.checksum);
      expect(await target.put(kind, body, NO_FACTS, NEVER)).toMatchObject({ version: found?.version });
    },
  );

  test('SlowDown: is AwsUnavailable at once, for reads too, so that whoever steers the rate hears of it', async () => {
    await gateway.addFault({ service: 's3', operation: 'HeadObject', effect: { kind: 'throttle' }, times: 1 });
    await gateway.addFault({ service: 's3', operation: 'ListObjectsV2', effect: { kind: 'throttle' }, times: 1 });

    await expect(listed(source)).rejects.toMatchObject({ code: 'AwsUnavailable', cause: { name: 'SlowDown' } });
    expect((await listed(source)).length).toBe(2);
  });

  test('access denied on one key: is AwsDenied with that key, and the others go on', async () => {
    await gateway.addFault({ service: 's3', operation: 'CopyObject', contains: '/k', effect: { kind: 'deny' } });
    const copier = copierOf(target, source);
    const [good, denied] = await Promise.allSettled((await listed(source)).map((entry) => copier.copy(entry, NEVER)));

    expect(good?.status).toBe('fulfilled');
    expect(denied).toMatchObject({
      reason: { code: 'AwsDenied', message: expect.stringMatching(/s3:\/\/b-[^/]*\/k/) as string },
    });
  });

  test('completeUpload: an error after the effect is found out by the next attempt', async () => {
    const body = checked('whole');
    const upload = await target.beginUpload('parts', NO_FACTS, 5_242_880, 'crc32', NEVER);
    const part = await target.putPart(upload, 1, body, NEVER);
    await gateway.addFault({
      service: 's3',
      operation: 'CompleteMultipartUpload',
      effect: { kind: 'error_after' },
      times: 1,
    });

    // The SDK itself asks again, and S3 knows no such upload any more.
    await target.completeUpload(upload, [part], body.checksum, NEVER).catch(() => undefined);
    expect(await contentOf(target, 'parts')).toBe('whole');
  });
});

describe('servers with habits of their own', () => {
  let forwarder: Forwarder;
  let places: Places;

  beforeEach(async () => {
    forwarder = await startForwarder(server.endpoint);
    places = new Places({ ...server, endpoint: forwarder.endpoint });
  });
  afterEach(async () => {
    await places.close();
    await forwarder.stop();
  });

  test('a read that breaks in the middle: is taken up where it broke', async () => {
    const store = await places.openNew();
    const content = randomBytes(400_000);
    await store.put('k', checked(content), NO_FACTS, NEVER);
    const entry = await entryOf(store, 'k');
    const ranges: (string | undefined)[] = [];
    let cut = (): void => undefined;
    forwarder.habit = (request, response, forward) => {
      if (request.method !== 'GET' || request.url?.includes('tagging') === true) return false;
      ranges.push(request.headers.range);
      if (ranges.length > 1) return false;
      forward((reply) => {
        response.writeHead(reply.statusCode ?? 502, reply.headers);
        cut = () => void response.destroy();
        reply.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, 1_000)));
      });
      return true;
    };
    const { bytes } = await store.read(entry, undefined, NEVER);

    const chunks: Uint8Array[] = [];
    for await (const chunk of bytes) {
      if (chunks.length === 0) cut();
      chunks.push(chunk);
    }

    expect(Buffer.concat(chunks).equals(content)).toBe(true);
    expect(ranges).toEqual([undefined, 'bytes=1000-399999']);
  });

  test('a server that refuses checksums: gets none any more, says none, and the operator is told once', async () => {
    const told: string[] = [];
    forwarder.habit = (request, response) => {
      const isChecked = Object.keys(request.headers).some((name) => name.startsWith('x-amz-checksum-crc'));
      request.resume();
      return isChecked && refuseWith(response, 501, 'NotImplemented');
    };
    const store = await places.openNew({ onNotice: (text) => told.push(text) });
    const both = await Promise.all(['a', 'b'].map((key) => store.put(key, checked(key), NO_FACTS, NEVER)));
    await store.put('c', checked('c'), NO_FACTS, NEVER);

    expect(both.map(({ checksum }) => checksum)).toEqual([undefined, undefined]);
    expect(told).toEqual([expect.stringContaining('takes no checksums')]);
    expect(forwarder.seen.filter((line) => line.startsWith('PUT') && line.endsWith('/c'))).toHaveLength(1);
    expect((await listed(store)).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  });

  test('a refusal that has nothing to do with checksums: stays what it is', async () => {
    const told: string[] = [];
    const store = await places.openNew({ onNotice: (text) => told.push(text) });
    forwarder.habit = (request, response) => {
      request.resume();
      return request.method === 'PUT' && refuseWith(response, 400, 'InvalidRequest');
    };

    await expect(store.put('k', checked('k'), NO_FACTS, NEVER)).rejects.toMatchObject({ code: 'AwsRejected' });
    expect(told).toEqual([]);
  });

  test('a clock that is off: is corrected by the server’s, and the write sent again', async () => {
    const store = await places.openNew();
    const dates: string[] = [];
    forwarder.habit = (request, response) => {
      if (request.method !== 'PUT') return false;
      dates.push(String(request.headers['x-amz-date']));
      if (dates.length > 1) return false;
      request.resume();
      return refuseWith(response, 403, 'RequestTimeTooSkewed', { date: 'Tue, 01 Jan 2030 00:00:00 GMT' });
    };
    await store.put('k', checked('k'), NO_FACTS, NEVER);

    expect(dates[1]).toMatch(/^20300101T0000/);
  });

  test('a copy that fails after S3 has answered 200: is the error that its text says', async () => {
    const store = await places.openNew();
    await store.put('k', checked('k'), NO_FACTS, NEVER);
    const entry = await entryOf(store, 'k');
    const target = await places.openNew();
    forwarder.habit = (request, response) =>
      request.headers['x-amz-copy-source'] !== undefined && refuseWith(response, 200, 'InternalError');

    await expect(copierOf(target, store).copy(entry, NEVER)).rejects.toMatchObject({ code: 'AwsUnavailable' });
  });

  test('a server that knows no tags: is asked once', async () => {
    const told: string[] = [];
    const store = await places.openNew({ onNotice: (text) => told.push(text) });
    for (const key of ['a', 'b']) await store.put(key, checked('x'), NO_FACTS, NEVER);
    forwarder.habit = (request, response) =>
      request.url?.includes('tagging') === true && refuseWith(response, 501, 'NotImplemented');
    for (const key of ['a', 'b']) await store.find(key, NEVER);

    expect(forwarder.seen.filter((line) => line.includes('tagging'))).toHaveLength(1);
    expect(told).toEqual([expect.stringContaining('tells no tags')]);
  });

  test('a listing that is cut, and one that is not sorted: are errors, never short lists', async () => {
    const store = await places.openNew();
    for (const key of ['a', 'b']) await store.put(key, checked('x'), NO_FACTS, NEVER);
    const page = (keys: string[], end: string): string =>
      `<ListBucketResult><IsTruncated>false</IsTruncated>${keys.map((key) => `<Contents><Key>${key}</Key><ETag>e</ETag><Size>1</Size></Contents>`).join('')}${end}`;
    let text = page(['a'], '');
    forwarder.habit = (request, response) => {
      if (request.url?.includes('list-type') !== true) return false;
      response.end(text);
      return true;
    };

    await expect(listed(store)).rejects.toMatchObject({ code: 'AwsUnavailable' });
    text = page(['b', 'a'], '</ListBucketResult>');
    await expect(listed(store)).rejects.toMatchObject({ code: 'AwsRejected' });
  });
});
