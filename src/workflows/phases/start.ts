import { ApplicationFailure, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import { migrationId } from '../../contracts/messages';
import { call } from '../calls';
import { plain } from '../details';
import { actorOf, note } from '../journal';
import type { Run } from '../run';
import { newState, registerUndo } from '../state';
import type { MigrationState } from '../state';
import { failureOf, must } from '../wait';

/** Reads the spec. A bad one ends the run at once: nothing was looked at, nothing was made. */
export async function readSpec(document: unknown): Promise<MigrationState> {
  setCurrentDetails('## STARTING\n\nchecking the spec');
  try {
    const parsed = await call('parseSpec', 'quick', 'check the spec', { document });
    checkWorkflowId(parsed.spec.workload);
    return newState(parsed, wantsAdoption(document));
  } catch (error) {
    const { code, message } = failureOf(error);
    setCurrentDetails(`## REFUSED: ${code}\n\n${message.split('\n').map(plain).join('\n\n')}`);
    // The operator's mistake, said in one failure without the machinery around it.
    if (code !== 'Unknown') throw ApplicationFailure.nonRetryable(message, code);
    throw error;
  }
}

/** The ID is the lock that keeps a workload from migrating twice at once. */
function checkWorkflowId(workload: string): void {
  const { workflowId } = workflowInfo();
  const wanted = migrationId(workload);
  if (workflowId !== wanted) {
    throw ApplicationFailure.nonRetryable(`the workflow ID must be ${wanted}, got ${workflowId}`, 'WrongWorkflowId');
  }
}

export function wantsAdoption(document: unknown): boolean {
  return typeof document === 'object' && document !== null && (document as { adopt?: unknown }).adopt === true;
}

/** Looks at the account and takes the claims. What can be refused is refused here, before anything is created. */
export async function runStart(run: Run): Promise<void> {
  const { state } = run;
  const { route, generation, targetBackend, notes } = await must(run, 'look at the account', () =>
    call('preflight', 'quick', 'look at the account', { spec: state.spec, owner: state.owner, adopt: state.adopt }),
  );
  state.route = route;
  state.generation = generation;
  if (targetBackend !== undefined) state.targetGroupArn = targetBackend;
  // A record's set identifier means something inside its own set only, a variant's name on its own endpoint.
  const arns =
    route.kind === 'record' || route.kind === 'endpoint' ? [route.arn] : [route.arn, route.sourceTargetGroupArn];
  registerUndo(state, { kind: 'claims', arns });
  await must(run, 'claim the route', () =>
    call('acquireClaims', 'quick', 'claim rule and target group', {
      arns,
      workload: state.spec.workload,
      workflowId: workflowInfo().workflowId,
    }),
  );
  const known = notes === undefined ? '' : `; ${notes.join('; ')}`;
  note(state, 'started', `migration of ${state.spec.workload} starts${known}`, {
    actor: actorOf(workflowInfo().memo),
    values: { plan: state.plan, policyHash: state.policyHash, ...(notes === undefined ? {} : { notes }) },
  });
}
