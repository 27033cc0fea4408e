import { mapOrdered } from '../../src/adapters/ordered';
import { lifecycleRules } from '../../src/adapters/s3-buckets';
import { copySource, decodeListedKey, keyAt } from '../../src/adapters/s3-listing';
import type { DataSetSpec } from '../../src/domain/spec';

test.each([
  ['a/b.bin', 'bucket/a/b.bin'],
  ['with space', 'bucket/with%20space'],
  ['plus+percent%', 'bucket/plus%2Bpercent%25'],
  ['ünï/模型', 'bucket/%C3%BCn%C3%AF/%E6%A8%A1%E5%9E%8B'],
  ['q?a=1&b#c', 'bucket/q%3Fa%3D1%26b%23c'],
  ['//double', 'bucket///double'],
  ['line\nbreak', 'bucket/line%0Abreak'],
])('copySource: %j is escaped, its slashes are not', (key, expected) => {
  expect(copySource('bucket', key)).toBe(expected);
});

test.each([['with space+plus%'], ['ünï/模型'], ['\u0001\r\n'], ['a&b<c>']])(
  'decodeListedKey: %j survives S3’s encoding',
  (key) => {
    const asS3Does = encodeURIComponent(key).replace(/%20/g, '+').replace(/%2F/g, '/');
    expect(decodeListedKey(asS3Does)).toBe(key);
  },
);

test('keyAt: no prefix, no slash', () => {
  expect(keyAt({ bucket: 'b', prefix: '' }, 'k')).toBe('k');
  expect(keyAt({ bucket: 'b', prefix: 'p/q' }, 'k')).toBe('p/q/k');
});

test('lifecycleRules: they stay within the data set’s prefix, so that two may share a bucket', () => {
  const dataSet = (name: string, to: string): DataSetSpec => ({
    name,
    from: 's3://bucket-from',
    to,
    method: 'auto',
    infrequentAccessAfterDays: 30,
  });
  const [models, logs] = [
    lifecycleRules(dataSet('models', 's3://bucket-to/models')),
    lifecycleRules(dataSet('logs', 's3://bucket-to/logs')),
  ];
  expect(models.map((rule) => rule.Filter?.Prefix)).toEqual(['models/', 'models/']);
  expect(new Set([...models, ...logs].map((rule) => rule.ID)).size).toBe(4);
});

describe('mapOrdered', () => {
  async function* numbers(count: number): AsyncGenerator<number> {
    for (let n = 0; n < count; n += 1) yield n;
  }

  test('mapOrdered: results keep the order of the input, and never more than the limit are in flight', async () => {
    let [flying, most] = [0, 0];
    const run = async (n: number): Promise<number> => {
      most = Math.max(most, (flying += 1));
      for (let turn = n % 3; turn > 0; turn -= 1) await Promise.resolve();
      flying -= 1;
      return n;
    };
    const results: number[] = [];
    for await (const n of mapOrdered(numbers(20), 4, run)) results.push(n);
    expect(results).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(most).toBeLessThanOrEqual(4);
  });

  test('mapOrdered: after an error nothing is in flight any more', async () => {
    let flying = 0;
    const run = async (n: number): Promise<number> => {
      flying += 1;
      await new Promise((resolve) => setImmediate(resolve));
      flying -= 1;
      if (n === 1) throw new Error('one is broken');
      return n;
    };
    const drain = async (): Promise<void> => {
      for await (const _ of mapOrdered(numbers(20), 4, run));
    };
    await expect(drain()).rejects.toThrow('one is broken');
    expect(flying).toBe(0);
  });
});
