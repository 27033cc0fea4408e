/** What the proxy sends by itself, beside what the SDK's client sends for the same inference. */
import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';
import type { InvokeEndpointCommandInput } from '@aws-sdk/client-sagemaker-runtime';
import { Endpoint } from '../../src/proxy/endpoint';
import type { Asked } from '../support/sagemaker/fake-endpoint';
import { FakeEndpoint } from '../support/sagemaker/fake-endpoint';

const SIGNED_AT = new Date('2026-11-22T03:04:05Z');
/** The SDK says more about itself, and allows for a retry. */
const OF_THE_SDK = ['user-agent', 'x-amz-user-agent', 'amz-sdk-invocation-id', 'amz-sdk-request'];

let fake: FakeEndpoint;
let endpoint: Endpoint;
let sdk: SageMakerRuntimeClient;

beforeEach(async () => {
  fake = await new FakeEndpoint().start();
  Object.assign(process.env, fake.env, { AWS_SESSION_TOKEN: 'session' });
  // Only the clock is set: timers are the connections'.
  jest.useFakeTimers({ now: SIGNED_AT, doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout'] });
  endpoint = new Endpoint('ranker', 4, 'crossfade');
  sdk = new SageMakerRuntimeClient({ maxAttempts: 1 });
});

afterEach(async () => {
  jest.useRealTimers();
  delete process.env['AWS_SESSION_TOKEN'];
  endpoint.close();
  sdk.destroy();
  await fake.stop();
});

const BODY = Buffer.from([0, 1, 2, 253, 254, 255]);

test.each([
  ['with all that a user may say', { contentType: 'text/csv', accept: 'text/plain', attributes: 'trace=7, a "b"' }],
  ['with nothing but a body', { contentType: undefined, accept: undefined, attributes: undefined }],
])("invoke-proxy: %s, it sends what the SDK's client sends", async (_name, said) => {
  await endpoint.invoke({ body: BODY, ...said }, new AbortController().signal);
  const [ours] = fake.asked as [Asked];
  const InferenceId = String(ours.headers['x-amzn-sagemaker-inference-id']);
  await sdk.send(new InvokeEndpointCommand({ ...inputOf(said), InferenceId }));

  const [, theirs] = fake.asked as [Asked, Asked];
  expect(ours.url).toBe(theirs.url);
  expect(ours.body.equals(theirs.body)).toBe(true);
  expect(ours.headers['x-amz-security-token']).toBe('session');
  expect(without(ours)).toEqual(without(theirs));
});

test('invoke-proxy: what it signs is every header that says something about the inference', async () => {
  const said = { contentType: 'text/csv', accept: 'text/plain', attributes: 'trace=7' };
  await endpoint.invoke({ body: BODY, ...said }, new AbortController().signal);
  const { authorization = '' } = fake.asked[0]?.headers ?? {};
  expect(authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=test\/20261122\/eu-west-1\/sagemaker\/aws4_request, /);
  const [, signed = ''] = /SignedHeaders=([^,]+),/.exec(authorization) ?? [];
  expect(signed.split(';')).toEqual([
    'accept',
    'content-length',
    'content-type',
    'host',
    'x-amz-content-sha256',
    'x-amz-date',
    'x-amz-security-token',
    'x-amzn-sagemaker-custom-attributes',
    'x-amzn-sagemaker-inference-id',
    'x-amzn-sagemaker-target-variant',
  ]);
});

function inputOf(
  said: Record<'contentType' | 'accept' | 'attributes', string | undefined>,
): InvokeEndpointCommandInput {
  const { contentType: ContentType, accept: Accept, attributes: CustomAttributes } = said;
  return { EndpointName: 'ranker', TargetVariant: 'crossfade', Body: BODY, ContentType, Accept, CustomAttributes };
}

/** Signatures differ with the headers that are signed. */
function without({ headers }: Asked): Record<string, unknown> {
  const left = Object.entries(headers).filter(([name]) => name !== 'authorization' && !OF_THE_SDK.includes(name));
  return Object.fromEntries(left);
}
