import { parseReport } from '../../src/adapters/datasync-report';

const URL = 's3://reports/Detailed-Reports/task-1/exec-1/exec-1.files-verified-v1-00001-0.json';
const parse = (report: unknown): unknown =>
  parseReport(URL, JSON.stringify({ TaskExecutionId: 'exec-1', ...(report as object) }));

test.each([
  ['a basic task', 'SrcMetadata', 'DstMetadata', 'DstHash'],
  ['an enhanced task', 'SourceMetadata', 'DestinationMetadata', 'DestinationHash'],
])('parseReport: of %s, path, size, hash and what went wrong', (_name, source, target, hash) => {
  const metadata = { [source]: { Type: 'Regular', ContentSize: 6 }, [target]: { Type: 'Regular', ContentSize: 7 } };
  expect(
    parse({
      Verified: [
        { RelativePath: '/a/b.bin', ...metadata, [hash]: 'abc', VerifyStatus: 'SUCCESS' },
        { RelativePath: '/c', ...metadata, VerifyStatus: 'FAILED', FailureReason: 'differs' },
        { RelativePath: '/dir', [source]: { Type: 'Directory' }, VerifyStatus: 'SUCCESS' },
      ],
    }),
  ).toEqual([
    { kind: 'file', section: 'verified', path: 'a/b.bin', sizeBytes: 6, hash: 'abc' },
    { kind: 'file', section: 'verified', path: 'c', sizeBytes: 6, failure: 'differs' },
    { kind: 'directory', section: 'verified', path: 'dir' },
  ]);
});

test('parseReport: a row without a status that says success is a failure', () => {
  expect(parse({ Transferred: [{ RelativePath: '/a' }] })).toEqual([
    { kind: 'file', section: 'transferred', path: 'a', failure: 'unknown' },
  ]);
});

test('parseReport: an empty list is a report, and the root is no file', () => {
  expect(parse({ Skipped: [{ RelativePath: '/', SkipStatus: 'SUCCESS' }], Deleted: [] })).toEqual([]);
});

test.each([
  ['no JSON', 'half of a rep', /is no task report of DataSync/],
  ['no object', '[]', /it is no object/],
  ['none of its lists', '{"TaskExecutionId":"exec-1"}', /has none of Transferred, Verified, Skipped, Deleted/],
  ['a list that is none', '{"Verified":{}}', /verified is no list/],
])('parseReport: %s is refused, not taken for an empty report', (_name, text, words) => {
  expect(() => parseReport(URL, text)).toThrow(words);
});
