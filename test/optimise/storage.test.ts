import type { ObservedBucket } from '../../src/domain/observed';
import { tierBucket } from '../../src/optimise/storage';

const TB = 1e12;
const bucket = (figures: Partial<ObservedBucket>): ObservedBucket => ({
  bucket: 'models',
  source: 'CloudWatch',
  ...figures,
});

test.each<[fact: string, figures: Partial<ObservedBucket>, what: string, usdAMonth: number]>([
  [
    'what is never read',
    { standardBytes: 10 * TB, readBytesPerMonth: 0 },
    'S3 Glacier Instant Retrieval',
    10_000 * 0.019,
  ],
  [
    'what is read once a month',
    { standardBytes: 10 * TB, readBytesPerMonth: 10 * TB },
    'S3 Standard-IA',
    10_000 * (0.023 - 0.0125 - 0.01),
  ],
  [
    'what lies in Standard-IA and is read often',
    { infrequentBytes: 10 * TB, readBytesPerMonth: 30 * TB },
    'S3 Standard',
    10_000 * (0.0125 - 0.023) + 30_000 * 0.01,
  ],
])('storage: %s goes to the class in which it costs least', (_fact, figures, name, usdAMonth) => {
  const advised = tierBucket(bucket(figures));
  expect(advised).toMatchObject({ what: `keep models in ${name}` });
  expect(advised).toHaveProperty('saving.value', expect.closeTo(usdAMonth, 6));
});

test.each<[fact: string, figures: Partial<ObservedBucket>, why: RegExp]>([
  ['a size that nobody knows', { readBytesPerMonth: 0 }, /knows no size/],
  ['reads that nobody counts', { standardBytes: TB }, /switch its request metrics on/],
  ['an empty bucket', { standardBytes: 0, readBytesPerMonth: 0 }, /is empty/],
  ['what is read all day', { standardBytes: TB, readBytesPerMonth: 100 * TB }, /lies right/],
])('storage: %s is no ground for advice', (_fact, figures, why) => {
  expect(tierBucket(bucket(figures))).toEqual({ kind: 'storage', why: expect.stringMatching(why) });
});
