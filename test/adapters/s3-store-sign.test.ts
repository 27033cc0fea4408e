import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { escapeForS3, S3Signer } from '../../src/adapters/s3-store-sign';

/** As the SDK's signer wants its hash: with a secret, an HMAC. */
class Sha256 {
  private readonly hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }

  update(data: Uint8Array | string): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.hash.digest();
  }

  reset(): void {
    throw new Error('not needed by the signer');
  }
}

const REGION = 'eu-west-1';
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,15}$/).map((each) => `x-amz-meta-${each}`);
const value = fc.stringMatching(/^[ -~]{0,30}$/);
const request = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE'),
  key: text,
  query: fc.dictionary(fc.stringMatching(/^[a-z][a-z-]{0,10}$/), text, { maxKeys: 4 }),
  headers: fc.dictionary(name, value, { maxKeys: 5 }),
  sessionToken: fc.option(fc.stringMatching(/^[a-zA-Z0-9/+=]{1,40}$/), { nil: undefined }),
  secondsLater: fc.integer({ min: 0, max: 400_000 }),
});

/** One signer over all requests, so that what it keeps from one to the next is looked at as well. */
const signer = new S3Signer(REGION);

test('S3Signer: signs any request as the SDK’s signer does', async () => {
  const sign = async ({
    method,
    key,
    query,
    headers,
    sessionToken,
    secondsLater,
  }: typeof request extends fc.Arbitrary<infer T> ? T : never): Promise<void> => {
    const nowMs = Date.UTC(2026, 10, 20) + secondsLater * 1_000;
    const identity = {
      accessKeyId: 'AKID',
      secretAccessKey: 'secret',
      ...(sessionToken === undefined ? {} : { sessionToken }),
    };
    const path = `/bucket/${key.split('/').map(escapeForS3).join('/')}`;
    const names = Object.keys(query).sort();
    const all = { host: 'bucket.example', ...headers };
    const payloadSha256 = createHash('sha256').update(key).digest('hex');
    const theirs = await new SignatureV4({
      service: 's3',
      region: REGION,
      credentials: identity,
      sha256: Sha256,
      uriEscapePath: false,
      applyChecksum: false,
    }).sign(
      {
        method,
        protocol: 'http:',
        hostname: 'bucket.example',
        path,
        query,
        headers: { ...all, 'x-amz-content-sha256': payloadSha256 },
      },
      { signingDate: new Date(nowMs) },
    );

    const ours = signer.sign(
      {
        method,
        path,
        query: names.map((each) => `${each}=${escapeForS3(query[each] ?? '')}`).join('&'),
        headers: all,
        payloadSha256,
      },
      identity,
      nowMs,
    );

    expect(ours['authorization']).toBe(theirs.headers['authorization']);
    expect(ours['x-amz-date']).toBe(theirs.headers['x-amz-date']);
  };
  await fc.assert(fc.asyncProperty(request, sign), { numRuns: 500 });
});

test('S3Signer: metadata is signed as the bytes that go over the wire', () => {
  const sign = (meta: string): string | undefined =>
    signer.sign(
      { method: 'PUT', path: '/b/k', query: '', headers: { host: 'h', 'x-amz-meta-a': meta }, payloadSha256: 'e' },
      { accessKeyId: 'A', secretAccessKey: 's' },
      0,
    )['authorization'];

  expect(sign('gr\u00fc\u00dfe')).not.toBe(sign('gr??e'));
});
