import { MigrationError } from '../../src/domain/errors';
import { Copying } from './copying';

let copying: Copying;
beforeEach(() => {
  copying = new Copying();
});

const MIB = 1_048_576;
const large = (mib: number): Buffer => Buffer.alloc(mib * MIB + 5, 'a large object, ');

/** Said as one word: a difference of megabytes helps nobody. */
function arrived(key: string, content: Buffer): boolean {
  return content.equals(copying.to.objects.get(key)?.bytes ?? Buffer.alloc(0));
}

/** The first call of this kind for the key goes wrong, once or as often as said. */
function fail(side: 'from' | 'to', call: string, key: string, error: () => Error | void, times = 1): void {
  let left = times;
  copying[side].trouble = (name, of) => {
    if (name !== call || of !== key || left === 0) return;
    left -= 1;
    const thrown = error();
    if (thrown !== undefined) throw thrown;
  };
}

test('copy: an object that changes while it is read is copied in its newest version, and told', async () => {
  copying.from.set('a', 'old');
  fail('from', 'read', 'a', () => copying.from.set('a', 'newer'));
  // The read that was under way sees the old object, so the place refuses it.
  const old = copying.from.read.bind(copying.from);
  copying.from.read = async (entry, span) => {
    const read = await old(entry, span);
    if (copying.from.objects.get('a')?.version !== entry.version) throw new MigrationError('DataChanged', 'a');
    return read;
  };
  const result = await copying.run();
  expect(copying.to.contents()).toEqual({ a: 'newer' });
  expect(result).toMatchObject({ isProven: true, findingCounts: { changed_mid_copy: 1 } });
});

test('copy: an object that never stands still is told, and the data set is not proven', async () => {
  copying.from.set('a', '0');
  copying.from.set('b', 'still');
  fail(
    'from',
    'read',
    'a',
    () => (copying.from.set('a', `${copying.from.calls.length}`), new MigrationError('DataChanged', 'a')),
    99,
  );
  const result = await copying.run();
  expect(copying.to.contents()).toEqual({ b: 'still' });
  expect(result).toMatchObject({
    isProven: false,
    findings: [{ kind: 'changing', key: 'a' }],
    tally: { copied: 1, failed: 1 },
  });
});

test('copy: an object that goes while it is copied is told, and is no error', async () => {
  copying.from.set('a', 'x');
  copying.from.set('b', 'y');
  fail('from', 'read', 'a', () => (copying.from.objects.delete('a'), new MigrationError('NotFound', 'a')));
  const result = await copying.run();
  expect(copying.to.contents()).toEqual({ b: 'y' });
  expect(result).toMatchObject({ isProven: true, findings: [{ kind: 'gone_mid_copy', key: 'a' }] });
});

test('copy: what may not be read is listed, the others go on, and not proven is not passed', async () => {
  for (const key of ['a', 'b', 'c']) copying.from.set(key, key);
  fail('from', 'read', 'b', () => new MigrationError('AwsDenied', 'not allowed to s3:GetObject b'), 99);
  const result = await copying.run();
  expect(copying.to.contents()).toEqual({ a: 'a', c: 'c' });
  expect(result).toMatchObject({
    isProven: false,
    reasons: ['1 may not be read or written'],
    findings: [{ kind: 'denied', key: 'b' }],
  });
});

test('copy: a bucket that is gone ends it, whatever the source still has', async () => {
  copying.from.set('a', 'x');
  fail('to', 'put', 'a', () => new MigrationError('NotFound', 'no such bucket'), 99);
  await expect(copying.run()).rejects.toMatchObject({ code: 'NotFound' });
});

test('copy: a full disk ends it, and afterwards it goes on', async () => {
  for (const key of ['a', 'b', 'c']) copying.from.set(key, key);
  fail('to', 'put', 'b', () => new MigrationError('DiskFull', 'no room'));
  await expect(copying.run()).rejects.toMatchObject({ code: 'DiskFull' });
  expect(await copying.run()).toMatchObject({ isProven: true });
  expect(copying.to.contents()).toEqual({ a: 'a', b: 'b', c: 'c' });
});

test('copy: throttling is waited out', async () => {
  for (let n = 0; n < 20; n += 1) copying.from.set(`p/${n}`, `${n}`);
  let throttled = 0;
  copying.to.trouble = (call) => {
    if (call === 'put' && (throttled += 1) <= 15) throw new MigrationError('AwsUnavailable', 'SlowDown');
  };
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 20 } });
  expect(copying.sleptMs).toBeGreaterThan(0);
});

test('copy: a place that answers nobody ends it; one key that cannot be had does not', async () => {
  for (const key of ['a', 'b']) copying.from.set(key, key);
  copying.to.trouble = (call) => {
    if (call === 'put') throw new MigrationError('AwsUnavailable', 'down');
  };
  await expect(copying.run()).rejects.toMatchObject({ code: 'AwsUnavailable' });
  let isLate = false;
  copying.to.trouble = (call, key) => {
    if (call === 'put' && key === 'a') throw new MigrationError('AwsUnavailable', `broken ${(isLate = true)}`);
  };
  expect(await copying.run()).toMatchObject({ isProven: false, findings: [{ kind: 'unavailable', key: 'a' }] });
  expect(isLate).toBe(true);
});

test('copy: a source that says a wrong checksum of its bytes is told with both values', async () => {
  copying.from.set('a', 'right');
  const held = copying.from.objects.get('a');
  if (held !== undefined) held.checksum = { kind: 'crc32', value: 'AAAAAA==' };
  const { isProven, findings } = await copying.run();
  expect(isProven).toBe(false);
  expect(findings).toMatchObject([{ kind: 'mismatch', key: 'a', source: 'memory:from states crc32:AAAAAA==' }]);
  expect(copying.to.contents()).toEqual({});
});

test('copy: a target that keeps other bytes than it got is found out', async () => {
  copying.from.set('a', 'right');
  copying.to.spoil = () => Buffer.from('wrong');
  expect(await copying.run()).toMatchObject({ isProven: false, findings: [{ kind: 'mismatch', key: 'a' }] });
});

test('copy: places that state nothing are proven by reading', async () => {
  copying.from.states = copying.to.states = false;
  copying.from.set('a', 'one');
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { proofs: { read: 1, streamed: 0 } } });
  copying.to.spoil = () => Buffer.from('two');
  copying.from.set('a', 'six');
  expect(await copying.run()).toMatchObject({ isProven: false, findings: [{ kind: 'mismatch', key: 'a' }] });
});

test('copy: with verify none it is told that nothing is proven', async () => {
  copying.policy = { ...copying.policy, verify: { kind: 'none' } };
  copying.from.set('a', 'one');
  expect(await copying.run()).toMatchObject({ isProven: false, reasons: ['1 were copied and not proven'] });
});

test('copy: objects of no bytes and "directory" keys are objects', async () => {
  copying.from.set('dir/', '');
  copying.from.set('dir/a', 'x');
  copying.from.set('empty', '');
  expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 3 } });
  expect(copying.to.contents()).toEqual({ 'dir/': '', 'dir/a': 'x', empty: '' });
});

describe('going on', () => {
  /** Stops the copy before the call that is said. */
  function stopAt(call: string, key: string): void {
    copying.to.trouble = (name, of) => {
      if (name !== call || of !== key) return;
      copying.stop.abort(new Error('stopped'));
      throw new Error('cut off');
    };
  }

  async function stopped(): Promise<void> {
    await expect(copying.run()).rejects.toThrow('stopped');
    copying.stop = new AbortController();
    copying.to.trouble = () => undefined;
  }

  test.each(['00', '07', '19', '33'])(
    'copy: stopped at key %s, goes on, copies nothing twice, and proves the same',
    async (key) => {
      copying.limits = { ...copying.limits, objectsMax: 1 };
      for (let n = 0; n < 40; n += 1) copying.from.set(String(n).padStart(2, '0'), `content ${n % 7}`);
      copying.from.ranges = [{ upTo: '19' }, { after: '19' }];
      const whole = new Copying();
      for (const [name, { bytes }] of copying.from.objects) whole.from.set(name, bytes);
      stopAt('put', key);
      await stopped();
      const result = await copying.run();
      expect(copying.to.contents()).toEqual(copying.from.contents());
      expect(result).toEqual(await whole.run());
      // The one that was cut off is tried again.
      expect(copying.to.count('put')).toBe(41);
    },
  );

  test('copy: inside an object, only the parts that had not arrived are sent again', async () => {
    copying.from.set('big', large(6));
    copying.limits = { ...copying.limits, memoryBytesMax: MIB };
    stopAt('putPart', 'big#5');
    await stopped();
    expect(copying.to.uploads.size).toBe(1);
    expect(await copying.run()).toMatchObject({ isProven: true, tally: { copied: 1, proofs: { streamed: 1 } } });
    expect(copying.to.count('beginUpload')).toBe(1);
    expect(copying.to.calls.filter(([call]) => call === 'putPart').map(([, key]) => key)).toEqual(
      [1, 2, 3, 4, 5, 5, 6, 7].map((number) => `big#${number}`),
    );
    expect(arrived('big', large(6))).toBe(true);
  });

  test('copy: an object that changed meanwhile begins anew, and nothing of the old upload stays', async () => {
    copying.from.set('big', large(3));
    copying.limits = { ...copying.limits, memoryBytesMax: MIB };
    stopAt('putPart', 'big#2');
    await stopped();
    copying.from.set('big', large(4));
    expect(await copying.run()).toMatchObject({ isProven: true });
    expect(copying.to.uploads.size).toBe(0);
    expect(arrived('big', large(4))).toBe(true);
  });

  test('copy: the upload of an object that is gone meanwhile is cleaned up', async () => {
    copying.from.set('big', large(3));
    copying.from.set('small', 'x');
    stopAt('putPart', 'big#2');
    await stopped();
    copying.from.objects.delete('big');
    expect(await copying.run()).toMatchObject({ isProven: true });
    expect(copying.to.uploads.size).toBe(0);
  });

  test('copy: an upload that fails is cleaned up', async () => {
    copying.from.set('big', large(3));
    copying.from.set('small', 'x');
    fail('to', 'putPart', 'big#2', () => new MigrationError('AwsDenied', 'no'), 99);
    expect(await copying.run()).toMatchObject({ isProven: false, findings: [{ kind: 'denied', key: 'big' }] });
    expect(copying.to.uploads.size).toBe(0);
  });
});

describe('mirror', () => {
  beforeEach(() => {
    copying.policy = { ...copying.policy, mirror: true };
    for (let n = 0; n < 10; n += 1) copying.from.set(`${n}`, `${n}`);
  });

  test('copy: at the limit it removes, one past it removes nothing', async () => {
    await copying.run();
    copying.from.objects.delete('0');
    expect(await copying.run()).toMatchObject({ isProven: true, removal: { wanted: 1, removed: 1 } });
    copying.from.objects.delete('1');
    const refused = await copying.run();
    expect(refused).toMatchObject({ isProven: false, removal: { wanted: 1, removed: 0 } });
    expect(refused.removal?.refused).toContain('11.1 %');
    expect(Object.keys(copying.to.contents())).toHaveLength(9);
  });

  test('copy: an object that came back to the source stays', async () => {
    await copying.run();
    copying.from.objects.delete('0');
    copying.from.trouble = (call, key) => {
      if (call === 'find' && key === '0') copying.from.set('0', 'back');
    };
    await copying.run();
    expect(copying.to.contents()).toHaveProperty('0');
  });

  test('copy: what somebody changed on the target is not removed', async () => {
    await copying.run();
    copying.from.objects.delete('0');
    copying.to.set('0', 'theirs');
    expect(await copying.run()).toMatchObject({ tally: { extra: 1, toRemove: 0 } });
    expect(copying.to.contents()).toMatchObject({ 0: 'theirs' });
  });
});
