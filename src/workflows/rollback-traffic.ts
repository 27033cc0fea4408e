import { CancellationScope, setCurrentDetails } from '@temporalio/workflow';
import type { OperatorMessage } from '../contracts/messages';
import type { EpochMs } from '../domain/quantity';
import { ALL_ON_SOURCE } from '../domain/weights';
import { call } from './calls';

export interface RollbackInput extends OperatorMessage {
  readonly workload?: string;
}

export interface RollbackResult {
  readonly workload: string;
  readonly generation: number;
  readonly confirmedAt: number;
  /** false: the ledger did not take the record; traffic is on the source all the same. */
  readonly recorded: boolean;
}

/**
 * The next number may belong to a step of the migration that has not written yet. Were it 100/0 too, it would pass for
 * this decision, and the migration would go on as if nobody had rolled back.
 */
const GENERATION_STEP = 2;

/**
 * All traffic to the source without the migration's own workflow: for the day when that is wedged or was terminated.
 * On a queue of its own, so that nothing else can keep it waiting.
 */
export async function rollbackTraffic(input: RollbackInput = {}): Promise<RollbackResult> {
  const workload = input.workload ?? '';
  setCurrentDetails('## EMERGENCY ROLLBACK\n\nlooking for the route');
  const found = await call('findRoute', 'quick', 'find the route', { workload });
  const { route, generation, ledger, ledgerHead, shadows = [] } = found;
  return CancellationScope.nonCancellable(async () => {
    const restored = await call('restoreSource', 'rollback', 'all traffic to the source', {
      route,
      generation: generation + GENERATION_STEP,
      workload,
    });
    const copies = shadows.map((name) => `; ${name} still gets copies, which no user waits for`).join('');
    setCurrentDetails(`## TRAFFIC IS ON THE SOURCE\n\ngeneration ${restored.generation}${copies}`);
    const actor = { requestedBy: input.requestedBy ?? 'unknown', reason: input.reason ?? 'unknown' };
    const recorded = await call('appendRecord', 'record', 'ledger: emergency rollback', {
      target: ledger,
      head: ledgerHead,
      entry: {
        kind: 'rolled_back',
        at: Date.now() as EpochMs,
        phase: 'emergency',
        text: `emergency rollback: traffic is on the source (generation ${restored.generation})${copies}`,
        actor,
        weights: ALL_ON_SOURCE,
      },
    }).then(
      () => true,
      () => false,
    );
    return { workload, generation: restored.generation, confirmedAt: restored.confirmedAt, recorded };
  });
}
