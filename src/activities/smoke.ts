import { heartbeat } from '@temporalio/activity';
import { compareOutputs } from '../analysis/equivalence';
import type { SmokeInput, SmokeResult } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { SmokeRequestSpec } from '../domain/spec';
import type { ProbeAnswer } from '../ports/prober';
import type { Ports } from './ports';
import { wayToTarget } from './probe';

/** The same requests to both sides: through the load balancer, where the header alone decides who answers, or to each by itself. @throws OutputsDiffer. */
export async function runSmoke(
  { balancing, prober }: Pick<Ports, 'balancing' | 'prober'>,
  input: SmokeInput,
): Promise<SmokeResult> {
  const { endpoint, host } = input;
  const target = await wayToTarget(balancing, input);
  const toSource: Record<string, string> = host === undefined ? {} : { host };
  // A health page says who answers, not what the workload computes: its status is compared, its body is not.
  const bodiesCount = input.requests.length > 0;
  const requests = bodiesCount ? input.requests : [healthRequest(input.healthPath)];

  for (const request of requests) {
    const source = await prober.send(endpoint, request, toSource);
    const answer = await prober.send(target.endpoint, request, target.headers);
    requireSameStatus(request, source, answer);
    if (bodiesCount) requireSameBody(request, source, answer, input);
    heartbeat({ path: request.path });
  }
  return { requestCount: requests.length, comparedCount: bodiesCount ? requests.length : 0 };
}

const healthRequest = (path: string): SmokeRequestSpec => ({ method: 'GET', path, headers: {} });

function requireSameStatus(request: SmokeRequestSpec, source: ProbeAnswer, target: ProbeAnswer): void {
  if (source.status === target.status && target.status < 500) return;
  throw new MigrationError(
    'OutputsDiffer',
    `${request.method} ${request.path}: source answered ${source.status}, target ${target.status}; they must be equal and below 500`,
  );
}

function requireSameBody(
  request: SmokeRequestSpec,
  source: ProbeAnswer,
  target: ProbeAnswer,
  { equivalence }: SmokeInput,
): void {
  const comparison = compareOutputs(source.body, target.body, equivalence);
  if (comparison.equal) return;
  throw new MigrationError(
    'OutputsDiffer',
    `${request.method} ${request.path} differs at ${comparison.path}: ${comparison.detail}`,
  );
}
