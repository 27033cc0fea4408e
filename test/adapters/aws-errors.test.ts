import { awsCall, awsCodeOf, translateAwsError } from '../../src/adapters/aws-errors';
import type { ErrorCode } from '../../src/domain/errors';
import { MigrationError } from '../../src/domain/errors';

const ACTION = 'elasticloadbalancing:ModifyRule';
const RULE = 'arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/app/a/b/c/d';

/** An error as the SDK throws it. */
function awsError(name: string, status?: number, more: object = {}): Error {
  const error = new Error(`what ${name} says`);
  error.name = name;
  return Object.assign(
    error,
    status === undefined ? {} : { $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status } },
    more,
  );
}

function codeOf(error: unknown): ErrorCode | 'itself' {
  const translated = translateAwsError(error, ACTION, RULE);
  return translated instanceof MigrationError ? translated.code : 'itself';
}

const TABLE: [name: string, error: Error, expected: ErrorCode | 'itself'][] = [
  ['AccessDenied 403', awsError('AccessDenied', 403), 'AwsDenied'],
  ['UnauthorizedOperation 403', awsError('UnauthorizedOperation', 403), 'AwsDenied'],
  ['a 400 that means denied', awsError('AccessDeniedException', 400), 'AwsDenied'],
  ['an unknown code with 403', awsError('UnknownError', 403), 'AwsDenied'],
  ['throttling with 400', awsError('Throttling', 400), 'AwsUnavailable'],
  ['ThrottlingException', awsError('ThrottlingException', 400), 'AwsUnavailable'],
  ['RequestLimitExceeded 503', awsError('RequestLimitExceeded', 503), 'AwsUnavailable'],
  ['SlowDown 503', awsError('SlowDown', 503), 'AwsUnavailable'],
  ['an unknown code with 500', awsError('Whatever', 500), 'AwsUnavailable'],
  ['ConditionalRequestConflict 409', awsError('ConditionalRequestConflict', 409), 'AwsUnavailable'],
  ['ResourceInUse 400', awsError('ResourceInUse', 400), 'AwsUnavailable'],
  ['expired credentials', awsError('ExpiredToken', 403), 'AwsUnavailable'],
  ['a refused connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'AwsUnavailable'],
  ['a timeout of the SDK', awsError('TimeoutError'), 'AwsUnavailable'],
  [
    'a success that cannot be parsed',
    Object.assign(new SyntaxError('<'), { $metadata: {}, $response: { statusCode: 200 } }),
    'AwsUnavailable',
  ],
  ['RuleNotFound 400', awsError('RuleNotFoundException', 400), 'NotFound'],
  ['NoSuchBucket 404', awsError('NoSuchBucket', 404), 'NotFound'],
  ['InvalidInstanceID.NotFound 400', awsError('InvalidInstanceID.NotFound', 400), 'NotFound'],
  ['an answer to HEAD: 404 without a body', awsError('NotFound', 404), 'NotFound'],
  ['ValidationError 400', awsError('ValidationError', 400), 'AwsRejected'],
  ['BucketAlreadyExists 409', awsError('BucketAlreadyExists', 409), 'AwsRejected'],
  ['PermanentRedirect 301', awsError('PermanentRedirect', 301), 'AwsRejected'],
  ['a plain Error', new Error('Region is missing'), 'itself'],
  ['a programming error', new TypeError('x is undefined'), 'itself'],
  ['an abort', awsError('AbortError'), 'itself'],
];

test.each(TABLE)('translateAwsError: %s', (_name, error, expected) => {
  expect(codeOf(error)).toBe(expected);
});

test('translateAwsError: a denial names the action and the resource', () => {
  const translated = translateAwsError(awsError('AccessDenied', 403), ACTION, RULE) as MigrationError;
  expect(translated.message).toContain(`not allowed to ${ACTION} on ${RULE}`);
});

test('translateAwsError: what is translated already stays as it is', () => {
  const error = new MigrationError('NotExactlyOne', 'two of them');
  expect(translateAwsError(error, ACTION, RULE)).toBe(error);
});

test('awsCodeOf: the service’s own code is found behind the translation', () => {
  expect(awsCodeOf(translateAwsError(awsError('NoSuchTagSet', 404), ACTION, RULE))).toBe('NoSuchTagSet');
});

test('awsCall: a call that never answers ends as AwsUnavailable at its deadline', async () => {
  const call = awsCall(ACTION, RULE, () => new Promise(() => undefined), { deadlineMs: 5 });
  await expect(call).rejects.toMatchObject({
    code: 'AwsUnavailable',
    message: expect.stringContaining('no answer within 5 ms'),
  });
});

test('awsCall: at the deadline the request itself is aborted', async () => {
  let seen: AbortSignal | undefined;
  const call = awsCall(ACTION, RULE, (signal) => ((seen = signal), new Promise(() => undefined)), { deadlineMs: 5 });
  await expect(call).rejects.toBeInstanceOf(MigrationError);
  expect(seen?.aborted).toBe(true);
});

test('awsCall: a cancellation is thrown as its own reason', async () => {
  const controller = new AbortController();
  const reason = new Error('cancelled by Temporal');
  const call = awsCall(ACTION, RULE, () => new Promise(() => undefined), { signal: controller.signal });
  controller.abort(reason);
  await expect(call).rejects.toBe(reason);
});

test('awsCall: a signal that has fired already sends nothing', async () => {
  const send = jest.fn();
  await expect(awsCall(ACTION, RULE, send, { signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over');
  expect(send).not.toHaveBeenCalled();
});
