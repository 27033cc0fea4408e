import { patched } from '@temporalio/workflow';
import type { EpochMs } from '../../domain/quantity';
import { formatDuration } from '../../domain/quantity';
import { namesOf, resourceName, shadowConfigName } from '../../domain/resources';
import type { OwnedSpec } from '../../domain/spec';
import { call } from '../calls';
import { askGate, passPause } from '../gate';
import { forever, goOnOrBack, holdQuietly } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { routeOf, targetGroupOf } from '../state';
import type { MigrationState } from '../state';
import { removeReplications } from './databases';
import { endEvidence, must, perform, recordAll, stopWatching } from '../wait';

/** How much of the newest past must show no request on the source. Unit: windows of the metric source. */
const PROOF_WINDOWS = 5;

/** Phase 5: the source waits, stands by, and leaves; each part is entered once, so that a later run goes on in the middle. */
export async function runDecommission(run: Run): Promise<void> {
  const { cursor } = run.state;
  const parts: Record<string, { next: string; act: (run: Run) => Promise<void> }> = {
    start: { next: 'standby', act: waitAfterCutover },
    standby: { next: 'gate', act: standBy },
    gate: { next: 'prove', act: passGate },
    prove: { next: 'retire', act: proveAndDecide },
    retire: { next: 'terminate', act: retireSource },
    terminate: { next: 'tidy', act: terminateSource },
    tidy: { next: 'done', act: tidyUp },
  };
  for (let part = parts[cursor.part]; part !== undefined; part = parts[cursor.part]) {
    await passPause(run);
    await part.act(run);
    cursor.part = part.next;
  }
}

async function waitAfterCutover(run: Run): Promise<void> {
  const { afterMs } = run.state.plan.decommission;
  run.state.doing = `all traffic on the target, ${formatDuration(afterMs)} before standby`;
  await holdQuietly(run, { label: 'after-cutover', holdMs: afterMs });
}

/** The source keeps running with its capacity: a rollback is still one signal away. */
async function standBy(run: Run): Promise<void> {
  const { standbyMs } = run.state.plan.decommission;
  run.state.doing = `source on standby for ${formatDuration(standbyMs)}`;
  await holdQuietly(run, { label: 'standby', holdMs: standbyMs });
}

async function passGate(run: Run): Promise<void> {
  const { state } = run;
  const { gate, terminate } = state.plan.decommission;
  if (gate === undefined) return;
  const names = namesOf(terminate).join(', ');
  const answer = await askGate(
    run,
    gate,
    `Terminate the source for good (${names || 'nothing is named'})? After this there is no rollback.`,
  );
  await goOnOrBack(run, answer);
}

async function proveAndDecide(run: Run): Promise<void> {
  const { state } = run;
  await must(run, 'prove that the source receives no traffic', () => proveNoTraffic(state));
  const { terminate } = state.plan.decommission;
  note(state, 'point_of_no_return', 'the source leaves now; from here on there is no rollback', {
    values: { terminate },
  });
  await recordAll(run);
  if (state.operator.interrupt !== null) await forever();
  // Until this line a rollback wins; after it the weights stay where they are.
  state.stage = 'source_leaving';
  stopWatching(run);
}

async function proveNoTraffic(state: MigrationState): Promise<void> {
  const { metrics } = state.spec.source;
  const periodMs = metrics.periodSeconds * 1_000;
  const toMs = Math.floor((Date.now() - metrics.lagMs) / periodMs) * periodMs;
  await call('proveNoTraffic', 'quick', 'no traffic on the source', {
    metrics,
    sides: { route: routeOf(state), targetGroupArn: targetGroupOf(state) },
    fromMs: (toMs - PROOF_WINDOWS * periodMs) as EpochMs,
    toMs: toMs as EpochMs,
  });
}

async function retireSource(run: Run): Promise<void> {
  const { state } = run;
  await must(run, 'take the source off the rule', () =>
    call('retireSource', 'shift', 'take the source off the rule', {
      route: routeOf(state),
      targetGroupArn: targetGroupOf(state),
      workload: state.spec.workload,
    }),
  );
}

async function terminateSource(run: Run): Promise<void> {
  const { state } = run;
  const owned = state.plan.decommission.terminate;
  const { terminated } = await must(run, 'terminate the source', async () => {
    // Proven again at every try: a step may have been blocked for days.
    await proveNoTraffic(state);
    await retireVariants(state, owned);
    return call('terminateSource', 'long', 'terminate what the spec names', { owned });
  });
  state.stage = 'source_gone';
  note(state, 'terminated', `terminated: ${terminated.join(', ') || 'nothing, the spec names nothing'}`, {
    values: { terminated },
  });
}

/** Takes the source's variant off the endpoint, if the spec says that it may go. */
async function retireVariants({ spec, owner }: MigrationState, { endpoints = [] }: OwnedSpec): Promise<void> {
  for (const endpointName of endpoints) {
    await call('retireVariant', 'long', `take the source's variant off ${endpointName}`, {
      endpointName,
      name: resourceName(spec.workload),
      owner,
    });
  }
}

async function tidyUp(run: Run): Promise<void> {
  const { state } = run;
  const { spec, owner } = state;
  await removeReplications(run);
  if (spec.shadow.variant !== undefined) {
    const name = shadowConfigName(spec.workload);
    await perform(run, { name: 'remove the shadow configuration', skippable: true }, () =>
      call('removeEndpointConfig', 'quick', `remove endpoint configuration ${name}`, { name, owner }),
    );
  }
  if (spec.router.sagemaker !== undefined && patched('release-variant')) await releaseVariant(run);
  // A stack or an endpoint that was there before is not ours to tag, and has no probe rule of ours.
  if (spec.target.existing !== undefined || spec.router.sagemaker !== undefined) return endEvidence(run);
  await perform(run, { name: 'tag for cost allocation', skippable: true }, () =>
    call('tagCosts', 'quick', 'cost-allocation tags', {
      name: resourceName(spec.workload),
      targetGroupArn: targetGroupOf(state),
      ...(spec.target.sagemaker === undefined ? {} : { endpointName: resourceName(spec.workload) }),
      tags: { ...spec.decommission.costTags },
    }),
  );
  await perform(run, { name: 'remove the probe rule', skippable: true }, () =>
    call('removeProbeRule', 'quick', 'remove probe rule', { listenerArn: routeOf(state).listenerArn, owner }),
  );
  endEvidence(run);
}

/** A variant that stays, at weight 0, may shrink again; of one that left, only the note is taken off the endpoint. */
async function releaseVariant(run: Run): Promise<void> {
  const { state } = run;
  const { owned } = state.spec.source;
  await perform(run, { name: 'release the scaling of the source', skippable: true }, () =>
    call('unfreezeSource', 'quick', 'release the scaling of the source', { owned, route: routeOf(state) }),
  );
}
