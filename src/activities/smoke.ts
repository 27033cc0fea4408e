import { heartbeat } from '@temporalio/activity';
import { compareOutputs } from '../analysis/equivalence';
import type { SmokeInput, SmokeResult } from '../contracts/activities';
import { MigrationError } from '../domain/errors';
import type { SmokeRequestSpec } from '../domain/spec';
import type { ProbeAnswer } from '../ports/prober';
import type { Ports } from './ports';
import { requireProbeRule } from './probe';

/** The same requests to both sides, through the load balancer; the header alone decides who answers. @throws OutputsDiffer. */
export async function runSmoke(
  { router, prober }: Pick<Ports, 'router' | 'prober'>,
  input: SmokeInput,
): Promise<SmokeResult> {
  const { endpoint, host, listenerArn, workload } = input;
  const probe = await requireProbeRule(router, listenerArn, workload);
  const toSource: Record<string, string> = host === undefined ? {} : { host };
  const toTarget = { ...toSource, [probe.headerName]: probe.headerValue };
  // A health page says who answers, not what the workload computes: its status is compared, its body is not.
  const bodiesCount = input.requests.length > 0;
  const requests = bodiesCount ? input.requests : [healthRequest(input.healthPath)];

  for (const request of requests) {
    const source = await prober.send(endpoint, request, toSource);
    const target = await prober.send(endpoint, request, toTarget);
    requireSameStatus(request, source, target);
    if (bodiesCount) requireSameBody(request, source, target, input);
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
