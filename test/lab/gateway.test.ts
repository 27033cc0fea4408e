import type http from 'node:http';
import { AwsError, errorAnswer } from '../../lab/gateway/answer';
import { decodeCbor, encodeCbor } from '../../lab/gateway/cbor';
import { FaultRules, denial } from '../../lab/gateway/faults';
import { identify, signerOf } from '../../lab/gateway/request';
import type { AwsRequest } from '../../lab/gateway/request';

const authorization = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x`;

function request(
  service: string,
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
): AwsRequest {
  const incoming = {
    method,
    url,
    headers: { authorization: authorization(service), ...headers },
  } as unknown as http.IncomingMessage;
  return identify(incoming, signerOf(incoming), body === undefined ? undefined : Buffer.from(body));
}

const modifyRule = request(
  'elasticloadbalancing',
  'POST',
  '/',
  {},
  'Action=ModifyRule&RuleArn=arn%3Aaws%3Aelasticloadbalancing%3Arule',
);

test.each([
  ['ModifyRule', 'query', modifyRule],
  ['DescribeVpcs', 'ec2', request('ec2', 'POST', '/', {}, 'Action=DescribeVpcs')],
  [
    'GetMetricData',
    'json',
    request('monitoring', 'POST', '/', { 'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData' }, '{}'),
  ],
  [
    'GetMetricData',
    'cbor',
    request('monitoring', 'POST', '/service/GraniteServiceVersion20100801/operation/GetMetricData', {}, ''),
  ],
  ['ListObjectsV2', 's3', request('s3', 'GET', '/bucket?list-type=2')],
  ['CopyObject', 's3', request('s3', 'PUT', '/bucket/key', { 'x-amz-copy-source': 'other/key' })],
  ['PutPublicAccessBlock', 's3', request('s3', 'PUT', '/bucket?publicAccessBlock')],
  ['UploadPart', 's3', request('s3', 'PUT', '/bucket/key?partNumber=1&uploadId=u')],
  ['HeadBucket', 's3', request('s3', 'HEAD', '/bucket/')],
])('identify: %s over %s', (operation, protocol, seen) => {
  expect([seen.operation, seen.protocol]).toEqual([operation, protocol]);
});

test('signerOf: a presigned URL carries its service in the query', () => {
  const url = `/bucket/key?X-Amz-Credential=${encodeURIComponent('key/20260101/eu-west-1/s3/aws4_request')}`;

  expect(signerOf({ url, headers: {} })).toEqual({ accessKey: 'key', region: 'eu-west-1', service: 's3' });
});

test('faults: a rule is used up after its number of times', () => {
  const faults = new FaultRules();
  faults.add({ operation: 'ModifyRule', effect: { kind: 'throttle' }, times: 2 });

  expect([1, 2, 3].map(() => faults.take(modifyRule, 0)?.kind)).toEqual(['throttle', 'throttle', undefined]);
});

test.each([
  ['another service', { service: 's3' }],
  ['another operation', { operation: 'CreateRule' }],
  ['text that is not in it', { contains: 'listener-rule/app/other' }],
  ['a time that is over', { until: 99 }],
])('faults: a rule for %s leaves the request alone', (_what, match) => {
  const faults = new FaultRules();
  faults.add({ ...match, effect: { kind: 'deny' } });

  expect(faults.take(modifyRule, 100)).toBeUndefined();
});

test('faults: a rule with a member that nobody knows is refused', () => {
  expect(() => new FaultRules().add({ opration: 'ModifyRule', effect: { kind: 'deny' } })).toThrow(/opration/);
});

test('denial: names action and resource as AWS does', () => {
  expect(denial(modifyRule)).toMatchObject({
    code: 'AccessDenied',
    status: 403,
    message: expect.stringContaining(
      'is not authorized to perform: elasticloadbalancing:ModifyRule on resource: arn:aws:elasticloadbalancing:rule',
    ) as string,
  });
});

test.each([
  ['query', modifyRule, '<Code>TargetGroupNotFound</Code>'],
  ['ec2', request('ec2', 'POST', '/', {}, 'Action=X'), '<Errors><Error><Code>TargetGroupNotFound</Code>'],
  ['s3', request('s3', 'GET', '/b/k'), '<Error><Code>TargetGroupNotFound</Code>'],
  ['json', request('monitoring', 'POST', '/', { 'x-amz-target': 'G.X' }, '{}'), '"__type":"TargetGroupNotFound"'],
])('errorAnswer: speaks %s', (_protocol, to, expected) => {
  expect(errorAnswer(to, new AwsError('TargetGroupNotFound', 'a & b')).body.toString()).toContain(expected);
});

test.each([
  [0],
  [23],
  [24],
  [255],
  [70_000],
  [5_000_000_000],
  [-1],
  [-300],
  [1.5],
  ['text ü'],
  [true],
  [null],
  [[1, 'a', [2]]],
  [{ a: 1, b: { c: [false] } }],
])('cbor: %j comes back as it went', (value) => {
  expect(decodeCbor(encodeCbor(value))).toEqual(value);
});

test('cbor: a time becomes epoch seconds', () => {
  expect(decodeCbor(encodeCbor(new Date(1_500)))).toBe(1.5);
});

test('cbor: indefinite lists and maps, as some encoders send them, are read', () => {
  expect(decodeCbor(Buffer.from([0xbf, 0x61, 0x61, 0x9f, 0x01, 0x02, 0xff, 0xff]))).toEqual({ a: [1, 2] });
});

test('cbor: what is cut off is refused', () => {
  expect(() => decodeCbor(encodeCbor('some text').subarray(0, 4))).toThrow(/cut off/);
});
