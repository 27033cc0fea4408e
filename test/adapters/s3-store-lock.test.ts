import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { S3Store } from '../../src/adapters/s3-store';
import { lockHeaders } from '../../src/adapters/s3-store-lock';
import { assertLocksKept } from '../../src/data/object-lock';
import { epochMs } from '../../src/domain/quantity';
import type { ObjectFacts } from '../../src/ports/object-store';
import { refuseWith, startForwarder } from '../support/s3/in-front';
import { checked, copierOf, entryOf, NEVER, NO_FACTS, Places } from '../support/s3/places';
import type { S3Server } from '../support/s3/servers';
import { startMinistack, startVersitygw, VERSITYGW } from '../support/s3/servers';

jest.setTimeout(60_000);

const UNTIL = epochMs(Date.UTC(2099, 0, 1));
const LOCKED: ObjectFacts = {
  ...NO_FACTS,
  lock: { retention: { mode: 'GOVERNANCE', until: UNTIL }, isHeld: true },
};
/** ministack forgets the lock of an upload in parts. */
const SERVERS = [
  { name: 'ministack', start: startMinistack, program: 'always there', uploads: NO_FACTS.lock },
  {
    name: 'versitygw',
    start: () => startVersitygw(VERSITYGW ?? '', undefined, true),
    program: VERSITYGW,
    uploads: LOCKED.lock,
  },
];

describe.each(SERVERS)('locks on $name', ({ start, program, uploads }) => {
  const check = program === undefined ? test.skip : test;
  let places: Places;
  let locking: string;
  let store: S3Store;

  beforeAll(async () => {
    places = await Places.on(start());
  });
  beforeEach(async () => {
    locking = await places.bucket({ isLocking: true });
    store = await places.open(`s3://${locking}`);
  });
  afterAll(() => places.close());

  check('put: retention and legal hold are written and read again; without object lock they are refused', async () => {
    await store.put('k', checked('x'), LOCKED, NEVER);
    expect((await store.find('k', NEVER))?.facts.lock).toEqual(LOCKED.lock);
    const plain = await places.openNew();
    await expect(plain.put('k', checked('x'), LOCKED, NEVER)).rejects.toMatchObject({
      code: 'AwsRejected',
      message: expect.stringMatching(/^k is locked at the source \(GOVERNANCE until 2099-.*legal hold\)/) as string,
    });
    expect(await plain.find('k', NEVER)).toBeUndefined();
  });

  check(
    'copy inside the server: takes the lock along; withoutLocks it does not, and needs no such bucket',
    async () => {
      await store.put('k', checked('x'), LOCKED, NEVER);
      const entry = await entryOf(store, 'k');
      const target = await places.open(`s3://${await places.bucket({ isLocking: true })}`);
      await copierOf(target, store).copy(entry, NEVER, LOCKED.lock);
      expect((await target.find('k', NEVER))?.facts.lock).toEqual(LOCKED.lock);
      const plain = await places.openNew({ withoutLocks: true });
      await copierOf(plain, store).copy(entry, NEVER, LOCKED.lock);
      expect((await plain.find('k', NEVER))?.facts.lock).toBeUndefined();
    },
  );

  check('an upload in parts: is locked as a put is', async () => {
    const upload = await store.beginUpload('k', LOCKED, 5_242_880, 'crc32', NEVER);
    const part = await store.putPart(upload, 1, checked('x'), NEVER);
    await store.completeUpload(upload, [part], checked('x').checksum, NEVER);
    const lock = (await store.find('k', NEVER))?.facts.lock;
    expect(lock).toEqual(uploads);
  });

  check('lockSupport: on or off, as the bucket was made', async () => {
    expect(await store.lockSupport(NEVER)).toBe('on');
    expect(await (await places.openNew()).lockSupport(NEVER)).toBe('off');
  });

  check('assertLocksKept: locks that would be lost end it before anything is copied', async () => {
    const plain = await places.openNew();
    await expect(assertLocksKept(store, plain, NEVER)).rejects.toMatchObject({ code: 'ConfigInvalid' });
    expect(await assertLocksKept(store, await places.open(`s3://${locking}`), NEVER)).toBe(true);
    expect(await assertLocksKept(plain, plain, NEVER)).toBe(false);
  });
});

describe('a server in front', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startMinistack();
  });
  afterAll(() => server.stop());

  test('assertLocksKept: whoever may not see locks is told so, and loses none in silence', async () => {
    const forwarder = await startForwarder(server.endpoint);
    const places = new Places({ ...server, endpoint: forwarder.endpoint });
    const bucket = await places.bucket({ isLocking: true });
    await places.sdk.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' }));
    const store = await places.open(`s3://${bucket}`);
    forwarder.habit = (request, response) =>
      request.url?.includes('retention') === true && refuseWith(response, 403, 'AccessDenied');
    await expect(assertLocksKept(store, store, NEVER)).rejects.toMatchObject({
      code: 'AwsDenied',
      message: expect.stringContaining('s3:GetObjectRetention') as string,
    });
    await places.close();
    await forwarder.stop();
  });

  test('remove: an object that is locked is told with the reason, and the others are removed', async () => {
    const forwarder = await startForwarder(server.endpoint);
    const places = new Places({ ...server, endpoint: forwarder.endpoint });
    const store = await places.openNew();
    forwarder.habit = (request, response) => {
      if (request.method !== 'POST' || request.url?.includes('delete') !== true) return false;
      request.resume();
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(
        '<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code><Message>object protected by object lock</Message></Error></DeleteResult>',
      );
      return true;
    };
    expect(await store.remove(['j', 'k'], NEVER)).toEqual([
      { key: 'k', reason: expect.stringContaining('object lock') as string },
    ]);
    await places.close();
    await forwarder.stop();
  });
});

test('lockHeaders: a retention that is over is not asked for, one that is not is', () => {
  const lock = { retention: { mode: 'COMPLIANCE', until: epochMs(1_000) }, isHeld: false };
  expect(lockHeaders(lock, 1_000)).toEqual({});
  expect(lockHeaders(lock, 999)).toEqual({
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': '1970-01-01T00:00:01.000Z',
  });
});
