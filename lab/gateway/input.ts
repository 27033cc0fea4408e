/** What a request says, whatever protocol it speaks, and the refusal of what AWS's own model does not allow. */
import { gunzipSync } from 'node:zlib';
import { AwsError } from './answer';
import type { InputProblem, ServiceModel } from './botocore';
import { decodeCbor } from './cbor';
import type { AwsRequest } from './request';

export function decodeInput(model: ServiceModel, request: AwsRequest): unknown {
  const body = request.body ?? Buffer.alloc(0);
  const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  if (plain.length === 0) return {};
  switch (request.protocol) {
    case 'json':
      return JSON.parse(plain.toString('utf8'));
    case 'cbor':
      return decodeCbor(plain);
    default:
      return model.decodeQuery(request.operation, new URLSearchParams(plain.toString('utf8')));
  }
}

/** A protocol's words for a refusal, or a service's where it has its own. */
export type RefusalWords = 'query' | 'cloudwatch' | 'json' | 'datasync' | 'dms';

/** All problems in the words and with the code of the service. */
export function refuse(problems: readonly InputProblem[], service: RefusalWords): void {
  const [first] = problems;
  if (first === undefined) return;
  const text = `${problems.length} validation error${problems.length === 1 ? '' : 's'} detected: ${problems
    .map((problem) => `Value at '${problem.path}' failed to satisfy constraint: ${problem.message}`)
    .join('; ')}`;
  if (service === 'json') throw new AwsError('ValidationException', text);
  if (service === 'datasync')
    throw new AwsError('InvalidRequestException', text, 400, { errorCode: 'InvalidParameter' });
  if (service === 'dms') throw new AwsError('InvalidParameterValueException', text);
  if (service === 'query') throw new AwsError('ValidationError', text);
  if (first.kind === 'missing')
    throw new AwsError('MissingParameter', `The parameter ${first.path} is required. ${text}`);
  throw new AwsError('InvalidParameterValue', text);
}
