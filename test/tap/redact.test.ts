import fc from 'fast-check';
import { compileRedaction, redactBody, redactHeaders, redactTarget } from '../../src/tap/redact';
import type { RedactionRules } from '../../src/tap/redact';

const NONE: RedactionRules = { headers: [], paths: [], query: [] };
const rules = (some: Partial<RedactionRules>) => compileRedaction({ ...NONE, ...some });
const JSON_TYPE = 'application/json; charset=utf-8';

function body(text: string | Buffer, paths: string[], contentType = JSON_TYPE, contentEncoding = '') {
  return redactBody({ bytes: Buffer.from(text), contentType, contentEncoding }, rules({ paths }));
}

test.each([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'x-amz-security-token',
  'x-crossfade-probe',
  'x-crossfade-tap',
  'referer',
])('redactHeaders: %s is never stored, in whatever case', (name) => {
  const stored = redactHeaders({ [name.toUpperCase()]: ['secret', 'other'], accept: '*/*' }, rules({}));
  expect(stored).toEqual({ [name]: '[redacted]', accept: '*/*' });
});

test('redactHeaders: a named header is taken out, its neighbours stay', () => {
  const redaction = rules({ headers: ['X-Tenant'] });
  expect(redactHeaders({ 'x-tenant': 'a', 'x-tenant-id': 'b' }, redaction)).toEqual({
    'x-tenant': '[redacted]',
    'x-tenant-id': 'b',
  });
});

test.each([
  ['/a?api_key=1&b=2', '/a?api_key=[redacted]&b=2'],
  ['/a?API_KEY=1', '/a?API_KEY=[redacted]'],
  ['/a?api%5Fkey=1', '/a?api%5Fkey=[redacted]'],
  ['/a?b=2;token=1', '/a?b=2;token=[redacted]'],
  ['/a?token[]=1&user[password]=2', '/a?token[]=[redacted]&user[password]=[redacted]'],
  ['/a?tenant=me&b=c=d', '/a?tenant=[redacted]&b=c=d'],
  ['/a?%zz=1', '/a?%zz=[redacted]'],
  ['/a?token', '/a?token'],
  ['/a?x=1?token=2', '/a?x=1?token=2'],
  ['/a', '/a'],
  ['http://user:secret@host/a?b=1#token=2', '/a?b=1'],
  ['http://host?token=1', '/?token=[redacted]'],
])('redactTarget: %s is stored as %s', (target, stored) => {
  expect(redactTarget(target, rules({ query: ['Tenant'] }))).toBe(stored);
});

test.each<[string, string[], unknown]>([
  ['{"a":{"b":1,"c":2}}', ['$.a.b'], { a: { b: '[redacted]', c: 2 } }],
  ['{"a":{"b":{"deep":[1]}}}', ['$.a.b'], { a: { b: '[redacted]' } }],
  [
    '{"m":[{"t":"x","r":1},{"t":"y","r":2}]}',
    ['$.m[*].t'],
    {
      m: [
        { t: '[redacted]', r: 1 },
        { t: '[redacted]', r: 2 },
      ],
    },
  ],
  ['{"m":[7,8]}', ['$.m[1]'], { m: [7, '[redacted]'] }],
  ['{"a b":1}', ['$["a b"]'], { 'a b': '[redacted]' }],
  ['{"a":1,"b":{"c":2}}', ['$.a', '$.b.*'], { a: '[redacted]', b: { c: '[redacted]' } }],
  ['"secret"', ['$'], '[redacted]'],
])('redactBody: %s without %j', (text, paths, json) => {
  expect(body(text, paths)).toEqual({ body: { json }, bodyRedacted: 'values' });
});

test('redactBody: a key called __proto__ is a key', () => {
  const stored = body('{"__proto__":{"a":"secret"}}', ['$.__proto__.a']);
  expect(JSON.stringify(stored.body)).toBe('{"json":{"__proto__":{"a":"[redacted]"}}}');
});

test.each<[string, string | Buffer, string[], string, string, object]>([
  ['JSON that cannot be parsed', '{"a":', [], JSON_TYPE, '', { bodyRedacted: 'unreadable' }],
  ['JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), [], JSON_TYPE, '', { bodyRedacted: 'unreadable' }],
  [
    'JSON that is nested without end',
    '['.repeat(100_000) + ']'.repeat(100_000),
    [],
    JSON_TYPE,
    '',
    { bodyRedacted: 'unreadable' },
  ],
  ['text while paths are given', 'a=secret', ['$.a'], 'text/plain', '', { bodyRedacted: 'not_json' }],
  ['a scalar that is not said to be JSON', '123', ['$.a'], 'text/plain', '', { bodyRedacted: 'not_json' }],
  ['bytes while paths are given', Buffer.from([0xff]), ['$.a'], '', '', { bodyRedacted: 'not_json' }],
  [
    'lines of JSON while paths are given',
    '{"a":1}\n{"a":2}',
    ['$.a'],
    'application/jsonlines',
    '',
    { bodyRedacted: 'not_json' },
  ],
  ['a packed body while paths are given', 'x', ['$.a'], JSON_TYPE, 'gzip', { bodyRedacted: 'encoded' }],
])('redactBody: %s is not stored', (_fact, text, paths, contentType, encoding, stored) => {
  expect(body(text, paths, contentType, encoding)).toEqual(stored);
});

test.each<[string, string | Buffer, string[], string, string, object]>([
  ['JSON without what the paths name', '{"a":1}', ['$.b', '$.a.b', '$.a[0]'], JSON_TYPE, '', { json: { a: 1 } }],
  ['JSON that would be written otherwise', '{"a": 1.0}', ['$.b'], JSON_TYPE, '', { text: '{"a": 1.0}' }],
  [
    'a number too long for JavaScript',
    '{"id":12345678901234567890}',
    [],
    JSON_TYPE,
    '',
    { text: '{"id":12345678901234567890}' },
  ],
  ['JSON by the name of something else', '{"a":1}', ['$.b'], 'text/plain', '', { json: { a: 1 } }],
  ['text', 'a', [], 'text/plain', '', { text: 'a' }],
  ['bytes', Buffer.from([0xff, 0]), [], 'image/png', '', { base64: '/wA=' }],
  ['a packed body without paths', 'x', [], JSON_TYPE, 'gzip', { base64: 'eA==' }],
])('redactBody: %s is stored as it came', (_fact, text, paths, contentType, encoding, stored) => {
  expect(body(text, paths, contentType, encoding)).toEqual({ body: stored });
});

test('redactBody: no body is no body', () => {
  expect(body('', ['$.a'])).toEqual({});
});

test('redactBody: a value at a path never appears in what is stored, wherever else the document is broken', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, cut) => {
      const whole = `{"a":{"secret":"SECRET"},"rest":${json}}`;
      const text = whole.slice(0, whole.length - (cut % 3));
      expect(JSON.stringify(body(text, ['$.a.secret']))).not.toContain('SECRET');
    }),
  );
});

test.each<[Partial<RedactionRules>, RegExp]>([
  [{ paths: ['a.b'] }, /not a path: a\.b/],
  [{ headers: [' '] }, /a header name to redact is empty/],
  [{ query: [''] }, /a query name to redact is empty/],
])('compileRedaction: %j is refused', (bad, words) => {
  expect(() => rules(bad)).toThrow(words);
});
