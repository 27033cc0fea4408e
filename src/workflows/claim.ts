import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import type { ClaimHolder } from '../domain/claim';

export interface HoldClaimInput extends ClaimHolder {
  readonly arn: string;
}

/** A lock: as long as it runs, one workload holds one ARN. Its ID is derived from the ARN, so there can be only one. */
export async function holdClaim(input: HoldClaimInput): Promise<void> {
  let released = false;
  setHandler(defineQuery<ClaimHolder>('holder'), () => ({ workload: input.workload, workflowId: input.workflowId }), {
    description: 'Who holds this claim.',
  });
  setHandler(
    defineSignal<[{ workload?: string }?]>('release'),
    (message) => {
      released ||= message?.workload === input.workload;
    },
    { description: 'Give the claim back; only its holder can. {"workload"}' },
  );
  await condition(() => released);
}
