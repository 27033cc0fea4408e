/** SageMaker, Application Auto Scaling and Service Quotas in one loopback server: all three speak JSON. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { SageMakerHosting } from '../../src/adapters/sagemaker-hosting';
import type { Wire, WireAnswer } from './wire';
import { openWire } from './wire';

/** `SageMaker.CreateModel` → `CreateModel`; Application Auto Scaling and Service Quotas name theirs alike. */
const operationOf = (headers: Record<string, unknown>): string => String(headers['x-amz-target']).split('.')[1] ?? '';

export type Replies = Readonly<Record<string, unknown>>;

/** Each operation is answered with its reply; of a list's replies one after the other, and the last one again and again. */
export async function openSageMaker(replies: Replies): Promise<Wire> {
  const left = new Map(
    Object.entries(replies).map(([name, reply]) => [name, Array.isArray(reply) ? [...reply] : [reply]]),
  );
  return openWire(({ headers }): WireAnswer => {
    const queue: unknown[] = left.get(operationOf(headers)) ?? [];
    const next = queue.length > 1 ? queue.shift() : queue[0];
    return next instanceof Refusal ? next.answer : { body: JSON.stringify(next ?? {}) };
  });
}

export async function openHosting(replies: Replies): Promise<{ hosting: SageMakerHosting; wire: Wire }> {
  const wire = await openSageMaker(replies);
  const hosting = new SageMakerHosting(
    new SageMakerClient(wire.client),
    new ApplicationAutoScalingClient(wire.client),
    new ServiceQuotasClient(wire.client),
  );
  return { hosting, wire };
}

export class Refusal {
  constructor(
    readonly code: string,
    readonly message: string,
  ) {}

  get answer(): WireAnswer {
    return { status: 400, body: JSON.stringify({ __type: this.code, message: this.message }) };
  }
}

/** Operation and body of everything that was sent. */
export const sent = (wire: Wire): [string, unknown][] =>
  wire.seen.map(({ headers, body }) => [operationOf(headers), JSON.parse(body) as unknown]);
