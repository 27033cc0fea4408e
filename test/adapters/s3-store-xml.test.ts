import { parseXML } from '@aws-sdk/xml-builder';
import fc from 'fast-check';
import { parseListing, parseTags, textOf } from '../../src/adapters/s3-store-xml';

const escapeXml = (text: string): string =>
  text.replace(
    /[&<>"\r]/g,
    (char) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#xD;' })[char] ?? char,
  );
/** As S3 does with `encoding-type=url`. */
const encodeKey = (key: string): string => encodeURIComponent(key).replace(/%20/g, '+').replace(/%2F/g, '/');

const key = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const object = fc.record({
  key,
  size: fc.nat(),
  etag: fc.stringMatching(/^"[0-9a-f]{1,32}(-[0-9]{1,4})?"$/),
  at: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1_000).toISOString()),
  owner: fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
});
const page = fc.record({
  objects: fc.array(object, { maxLength: 20 }),
  prefixes: fc.array(key, { maxLength: 5 }),
  token: fc.option(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 }), { nil: undefined }),
});

interface Page {
  readonly objects: readonly { key: string; size: number; etag: string; at: string; owner: string }[];
  readonly prefixes: readonly string[];
  readonly token: string | undefined;
}

function written({ objects, prefixes, token }: Page): string {
  const contents = objects.map(
    (each) =>
      `<Contents><Key>${encodeKey(each.key)}</Key><LastModified>${each.at}</LastModified><ETag>${escapeXml(each.etag)}</ETag>` +
      `<Owner><ID>${escapeXml(each.owner)}</ID></Owner><Size>${each.size}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  const rolled = prefixes.map((each) => `<CommonPrefixes><Prefix>${encodeKey(each)}</Prefix></CommonPrefixes>`);
  const next = token === undefined ? '' : `<NextContinuationToken>${escapeXml(token)}</NextContinuationToken>`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/>` +
    `<IsTruncated>${token !== undefined}</IsTruncated>${contents.join('')}${rolled.join('')}<EncodingType>url</EncodingType>${next}</ListBucketResult>`
  );
}

const asList = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

test('parseListing: finds in any page what the SDK’s own parser finds', () => {
  const compare = (made: Page): void => {
    const xml = written(made);
    const { ListBucketResult: theirs } = parseXML(xml) as {
      ListBucketResult: { Contents?: unknown; CommonPrefixes?: unknown; NextContinuationToken?: string };
    };
    const contents = asList(theirs.Contents as Record<string, string> | Record<string, string>[] | undefined);

    const ours = parseListing(xml);

    expect(ours.objects.map((each) => each.key)).toEqual(
      contents.map((each) => decodeURIComponent((each['Key'] ?? '').replace(/\+/g, ' '))),
    );
    expect(ours.objects.map((each) => each.key)).toEqual(made.objects.map((each) => each.key));
    expect(ours.objects.map((each) => [each.etag, String(each.sizeBytes)])).toEqual(
      contents.map((each) => [each['ETag'], each['Size']]),
    );
    expect(ours.objects.map((each) => each.modifiedAtMs)).toEqual(made.objects.map((each) => Date.parse(each.at)));
    expect(ours.prefixes).toEqual(made.prefixes);
    expect(ours.next).toBe(theirs.NextContinuationToken);
  };
  fc.assert(fc.property(page, compare), { numRuns: 300 });
});

test.each([
  ['a page that was cut', written({ objects: [], prefixes: [], token: undefined }).slice(0, -5)],
  [
    'a page that goes on and does not say where',
    '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>',
  ],
  ['an object without a size', '<ListBucketResult><Contents><Key>k</Key><ETag>e</ETag></Contents></ListBucketResult>'],
  ['an error', '<Error><Code>InternalError</Code></Error>'],
  ['a web page', '<html><body>sign in</body></html>'],
])('parseListing: %s is no listing', (_name, xml) => {
  expect(() => parseListing(xml)).toThrow(SyntaxError);
});

test('parseListing: a server that does not encode keys is read as it writes', () => {
  const xml =
    '<ListBucketResult><Contents><Key>a+b%20&amp;&#x9;&#10;&apos;</Key><Size>1</Size><ETag>&#34;e&#34;</ETag></Contents></ListBucketResult>';
  expect(parseListing(xml).objects[0]).toMatchObject({ key: "a+b%20&\t\n'", etag: '"e"' });
});

test('parseTags: names and values, in any characters', () => {
  const xml =
    '<Tagging><TagSet><Tag><Key>a&amp;b</Key><Value>1 &lt; 2</Value></Tag><Tag><Key>c</Key><Value/></Tag></TagSet></Tagging>';
  expect(parseTags(xml)).toEqual({ 'a&b': '1 < 2', c: '' });
});

test('textOf: what is not there is undefined, what is empty is empty', () => {
  expect([textOf('<a/>', 'a'), textOf('<a></a>', 'a'), textOf('<b/>', 'a')]).toEqual(['', '', undefined]);
});
