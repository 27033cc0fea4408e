import { parseSpec, specProblems } from '../../src/spec';
import { completeDocument, withValue } from './support';

/** Where a value is set, the value (undefined: left out), the path of the problem, and words that it must have. */
const CASES: readonly (readonly [fact: string, at: string, value: unknown, path: string, words: RegExp])[] = [
  [
    'an amount of data in words',
    'data.0.expected.bytes',
    'a lot',
    'data[0].expected.bytes',
    /must be an amount of data such as 500GB/,
  ],
  [
    'an amount of data without unit',
    'data.0.expected.bytes',
    5,
    'data[0].expected.bytes',
    /must be an amount of data such as .*\(got 5\)/,
  ],
  ['no data at all', 'data.0.expected.bytes', '0GB', 'data[0].expected.bytes', /must be more than zero \(got "0GB"\)/],
  [
    'bits where bytes are meant',
    'data.0.expected.changePerDay',
    '20Gb',
    'data[0].expected.changePerDay',
    /must be an amount of data/,
  ],
  [
    'a rate that could be bits or bytes',
    'data.0.expected.bandwidth',
    '200mb',
    'data[0].expected.bandwidth',
    /must be a rate such as 200Mbps/,
  ],
  [
    'a line that carries nothing',
    'data.0.expected.bandwidth',
    '0Mbps',
    'data[0].expected.bandwidth',
    /must be more than zero/,
  ],
  ['a freeze of data that is copied once', 'data.0.syncEvery', undefined, 'data[0].freezeMax', /needs syncEvery/],
  [
    'a limit of deletes where nothing is deleted',
    'data.0.deletes',
    'keep',
    'data[0].maxDeletePercent',
    /needs deletes: mirror/,
  ],
  [
    'a run that deletes more than all',
    'data.0.maxDeletePercent',
    100.1,
    'data[0].maxDeletePercent',
    /must be at most 100/,
  ],
  ['a verification that is none', 'data.0.verify', 'sample(0)', 'data[0].verify', /must be changed, full or sample/],
  [
    'a limit without a unit of time',
    'data.0.bandwidth',
    '25:00,10M',
    'data[0].bandwidth',
    /must be a limit such as 10M/,
  ],
  [
    'a class that must be restored first',
    'data.0.storageClass',
    'DEEP_ARCHIVE',
    'data[0].storageClass',
    /not supported.*GLACIER_IR/,
  ],
  [
    'a database that nobody called one',
    'data.0.from',
    'postgres://db/models',
    'data[0].from',
    /so kind must be database/,
  ],
  [
    'a password of a database',
    'data.0.from',
    'postgres://me:secret@db/models',
    'data[0].from',
    /must be s3:\/\/bucket .*…@db/,
  ],
  [
    'a bucket that is called a database',
    'data.0.kind',
    'database',
    'data[0].from',
    /must be a database such as postgres/,
  ],
  ['DMS for objects', 'data.0.method', 'dms', 'data[0].method', /is for kind: database alone/],
  [
    'Glacier before Infrequent Access can be',
    'data.0.storage.glacierAfterDays',
    30,
    'data[0].storage.glacierAfterDays',
    /must be at least 31/,
  ],
  [
    'a replication role that is none',
    'data.0.storage.replication.roleArn',
    'me',
    'data[0].storage.replication.roleArn',
    /must be the ARN of a role/,
  ],
  [
    'Glacier less than 30 days after Infrequent Access',
    'data.0.storage',
    { glacierAfterDays: 59 },
    'data[0].storage.glacierAfterDays',
    /must be at least 60: 30 days after infrequentAccessAfterDays/,
  ],
  ['a copy that nobody makes', 'data.0.fanOut', 0, 'data[0].fanOut', /must be at least 1/],
  ['more ranges than there may be', 'data.0.fanOut', 65, 'data[0].fanOut', /must be at most 64/],
  ['half a range', 'data.0.fanOut', 1.5, 'data[0].fanOut', /must be a whole number|integer|int/],
  ['a road of people that follows', 'data.0.kind', 'database', 'data[0].syncEvery', /is not for databases/],
];

test.each(CASES)('spec: %s is refused', (_fact, at, value, path, words) => {
  const problems = specProblems(withValue(completeDocument(), at, value));
  expect(problems).toContainEqual({ path, problem: expect.stringMatching(words) });
});

test('spec: Glacier exactly 30 days after Infrequent Access is taken, and any day with tiers by use', () => {
  const storages = [{ glacierAfterDays: 60 }, { glacierAfterDays: 31, intelligentTiering: {} }];
  for (const storage of storages)
    expect(specProblems(withValue(completeDocument(), 'data.0.storage', storage))).toEqual([]);
});

test('spec: one range is the copy as it is without, so that its plan and its commands stay what they were', () => {
  const dataSets = [1, 2, undefined].map(
    (fanOut) => parseSpec(withValue(completeDocument(), 'data.0.fanOut', fanOut)).data[0],
  );
  expect(dataSets.map((dataSet) => dataSet?.fanOut)).toEqual([undefined, 2, undefined]);
  expect(dataSets[0]).toEqual(dataSets[2]);
});
