/**
 * The target as a shadow variant of the endpoint that answers today, and its way from there to a production variant.
 *
 * 1. The endpoint's own configuration is kept: it is the way back from each of the others.
 * 2. A shadow variant and a production variant of ours are never there together: SageMaker allows one beside one.
 * 3. After a rollback the endpoint serves its own configuration, with the source alone.
 */
import type { EnvironmentStep, Promotion } from '../../domain/plan';
import { resourceName, shadowConfigName } from '../../domain/resources';
import type { SageMakerTargetSpec, ShadowVariantSpec } from '../../domain/spec';
import { call } from '../calls';
import { askGate } from '../gate';
import { goOnOrBack } from '../hold';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo } from '../state';
import type { MigrationState, UndoEntry } from '../state';
import { failureOf, must, perform } from '../wait';

type ShadowPart = Extract<EnvironmentStep, { kind: 'shadow-config' | 'shadow-endpoint' }>;

export async function createShadowConfig(run: Run, { name, endpointName }: ShadowPart): Promise<void> {
  const { state } = run;
  const { owner, adopt, spec } = state;
  const { target, variant } = shadowedOf(state);
  registerUndo(state, { kind: 'endpoint-config', name });
  const { configBefore } = await call('createShadowConfig', 'quick', `configuration ${name} for ${endpointName}`, {
    name,
    endpointName,
    model: resourceName(spec.workload),
    target,
    variant,
    owner,
    adopt,
  });
  state.configBefore = configBefore;
}

export async function shadowEndpoint(run: Run, { name, endpointName }: ShadowPart): Promise<void> {
  const { state } = run;
  const { configBefore, spec } = state;
  if (configBefore === undefined) throw new Error('the configuration of the endpoint is not known yet');
  const { instanceCount } = shadowedOf(state).target;
  const move = { endpointName, configName: name, configBefore, isCaptureChanged: true as const };
  registerUndo(state, { kind: 'endpoint-join', ...move });
  await call('shadowEndpoint', 'long', `${endpointName} to ${name}, ${instanceCount} instances more`, {
    ...move,
    instanceCount,
    jointConfigName: resourceName(spec.workload),
  });
  note(
    state,
    'endpoint_joined',
    `${endpointName} serves ${name} with the target in its shadow; before: ${configBefore}`,
  );
}

/** Also when the phase begins again after a rollback, which took the target off the endpoint. */
export async function beginShadow(run: Run): Promise<void> {
  const { state } = run;
  const { plan, cursor } = state;
  if (cursor.step > 0 || cursor.part !== 'start') return;
  for (const step of plan.environment) {
    if (step.kind === 'shadow-config')
      await must(run, `${step.kind} ${step.name}`, () => createShadowConfig(run, step));
    if (step.kind === 'shadow-endpoint') await must(run, `${step.kind} ${step.name}`, () => shadowEndpoint(run, step));
  }
}

/** SageMaker takes minutes to carry it out. */
export async function setCopies(state: MigrationState, fractionPercent: number): Promise<void> {
  const { spec } = state;
  const { endpointName } = shadowedOf(state);
  await call('setShadowVariant', 'long', `shadow ${fractionPercent} %`, {
    endpointName,
    configName: shadowConfigName(spec.workload),
    fractionPercent,
  });
}

/** An update of production's own endpoint, so a person decides. */
export async function askPromotion(run: Run, { gate }: Promotion): Promise<void> {
  const { endpointName } = shadowedOf(run.state);
  const answer = await askGate(
    run,
    gate,
    `Update ${endpointName} to two production variants, the target at weight 0 (its shadow ends; ${run.state.configBefore} is kept)?`,
  );
  await goOnOrBack(run, answer);
}

/** Best effort is not enough: copies would go on with nobody watching. A person may go on without it. */
export async function leaveEndpoint(run: Run): Promise<void> {
  const { state } = run;
  if (state.cursor.part === LEFT) return;
  for (const move of movesOf(state)) {
    const step = { name: `bring ${move.endpointName} back to ${move.configBefore}`, skippable: true };
    await perform(run, step, () => leave(move));
    note(state, 'endpoint_left', `${move.endpointName} serves ${move.configBefore}, not ${move.configName}`);
  }
  state.cursor.part = LEFT;
}

const LEFT = 'left';

/** For a run that ends, and waits for nobody's answer. */
export async function leaveAtEnd({ state }: Run): Promise<void> {
  for (const move of movesOf(state))
    await leave(move).catch((error: unknown) =>
      note(state, 'cancelled', `${move.endpointName} is not back on ${move.configBefore}: ${failureOf(error).message}`),
    );
}

type Join = Extract<UndoEntry, { kind: 'endpoint-join' }>;

/** Newest first; each accepts that it never happened. */
function movesOf({ spec, undo }: MigrationState): Join[] {
  if (spec.shadow.variant === undefined) return [];
  return undo.filter((entry): entry is Join => entry.kind === 'endpoint-join').reverse();
}

function leave({ kind: _kind, ...move }: Join): Promise<void> {
  return call('leaveEndpoint', 'long', `${move.endpointName} back to ${move.configBefore}`, move);
}

function shadowedOf({ spec }: MigrationState): {
  endpointName: string;
  target: SageMakerTargetSpec;
  variant: ShadowVariantSpec;
} {
  const { sagemaker: router } = spec.router;
  const { sagemaker: target } = spec.target;
  const { variant } = spec.shadow;
  if (router === undefined || target === undefined || variant === undefined)
    throw new Error('the target is no shadow variant');
  return { endpointName: router.endpointName, target, variant };
}
