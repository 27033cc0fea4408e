import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure, translateFailures, withoutSecrets } from '../../src/activities/failure';
import { ERROR_CATALOG, MigrationError } from '../../src/domain/errors';
import type { ErrorCode } from '../../src/domain/errors';

describe('toFailure', () => {
  test.each(Object.keys(ERROR_CATALOG) as ErrorCode[])(
    'toFailure: %s keeps its code, its message and its retry rule',
    (code) => {
      const failure = toFailure(new MigrationError(code, 'reading rule r'));

      expect(failure).toBeInstanceOf(ApplicationFailure);
      expect(failure).toMatchObject({
        type: code,
        message: 'reading rule r',
        nonRetryable: ERROR_CATALOG[code].retry === 'never',
      });
    },
  );

  test('toFailure: the cause is kept by name and message, without what the SDK hung on it', () => {
    const cause = Object.assign(new Error('Access denied'), {
      name: 'AccessDenied',
      $response: { headers: { authorization: 'AWS4 Signature=abc' } },
    });

    const failure = toFailure(
      new MigrationError('AwsDenied', 'not allowed to read rule r', { cause }),
    ) as ApplicationFailure;

    expect(failure.cause).toMatchObject({ name: 'AccessDenied', message: 'Access denied' });
    expect(JSON.stringify(Object.getOwnPropertyDescriptors(failure.cause))).not.toContain('Signature');
  });

  const passing: [string, Error][] = [
    ['a cancellation', new CancelledFailure('asked for')],
    ['an abort', Object.assign(new Error('aborted'), { name: 'AbortError' })],
    ['an error we do not know', new TypeError('x is undefined')],
  ];
  test.each(passing)('toFailure: %s passes as it is', (_name, error) => {
    expect(toFailure(error)).toBe(error);
  });

  const secrets: [string, string][] = [
    ['a signature in a URL', 'GET https://b.s3.amazonaws.com/k?X-Amz-Signature=deadbeef&x=1 failed'],
    ['a password in a URL', 'connecting to http://user:deadbeef@host/'],
    ['an authorization header', 'headers: authorization: AWS4-HMAC-SHA256 Credential=deadbeef'],
    ['a probe header', 'headers: x-crossfade-probe: deadbeef'],
  ];
  test.each(secrets)('withoutSecrets: %s is blanked', (_name, text) => {
    expect(withoutSecrets(text)).not.toContain('deadbeef');
  });
});

test('translateFailures: every function of the set leaves its errors through toFailure', async () => {
  const wrapped = translateFailures({
    one: () => Promise.reject(new MigrationError('NotFound', 'no rule')),
    two: async (input: { n: number }) => input.n + 1,
  });

  await expect(wrapped.one()).rejects.toMatchObject({ type: 'NotFound', nonRetryable: true });
  await expect(wrapped.two({ n: 1 })).resolves.toBe(2);
});
