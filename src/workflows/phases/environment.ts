import { isDatabaseStep } from '../../domain/database-steps';
import { assertNever } from '../../domain/errors';
import { capacityOf, fleetOf } from '../../domain/fleet';
import type { BuiltStep, EnvironmentStep } from '../../domain/plan';
import { SHADOW_VARIANT, shadowConfigName } from '../../domain/resources';
import type { DataSetSpec, SageMakerTargetSpec } from '../../domain/spec';
import { call } from '../calls';
import { rememberRun } from '../data-state';
import { copyOnce, runText, showRanges } from '../data-sync';
import { passPause } from '../gate';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo, routeOf, targetGroupOf, wayToTarget } from '../state';
import type { MigrationState } from '../state';
import { must } from '../wait';
import { createShadowConfig, shadowEndpoint } from './shadow-variant';
import { askRoad, isRoadStep } from './data-roads';
import { waitRoad } from './data-waits';
import { buildDatabase } from './databases';
import { buildImage } from './images';
import { buildModelPackage } from './model-packages';
import { checkReads } from './read-check';
import { verifyFirstCopy } from './verify';

/** Phase 2: the target, beside production and never in it. */
export async function runEnvironment(run: Run): Promise<void> {
  const { state } = run;
  const steps = state.plan.environment;
  for (let step = steps[state.cursor.step]; step !== undefined; step = steps[state.cursor.step]) {
    const current = step;
    await passPause(run);
    // Outside of `must`: a gate waits for as long as it takes, and may be continued by another run.
    if (isRoadStep(current)) await askRoad(run, current);
    else if (isDatabaseStep(current))
      await must(run, `${current.kind} ${current.name}`, () => buildDatabase(run, current));
    else if (current.kind === 'read-check') await checkReads(run, current);
    else await must(run, `${current.kind} ${current.name}`, () => buildStep(run, current));
    state.cursor.step += 1;
  }
}

/** Each may be done again. */
export async function buildStep(run: Run, step: BuiltStep): Promise<void> {
  switch (step.kind) {
    case 'budget':
      return createBudget(run, step.name);
    case 'model':
    case 'endpoint-config':
      return createHosted(run, step);
    case 'endpoint':
      return createEndpoint(run, step);
    case 'joint-config':
      return createJointConfig(run, step);
    case 'join-endpoint':
      return joinEndpoint(run, step);
    case 'shadow-config':
      return createShadowConfig(run, step);
    case 'shadow-endpoint':
      return shadowEndpoint(run, step);
    case 'endpoint-scaling':
      return call('putEndpointScaling', 'quick', `scale endpoint ${step.name}`, {
        name: step.name,
        scaling: step.scaling,
      });
    case 'target-group':
      return createTargetGroup(run, step.name);
    case 'launch-template':
      return createLaunchTemplate(run, step.name);
    case 'probe-rule':
      return createProbeRule(run);
    case 'auto-scaling-group':
      return createAutoScalingGroup(run, step.name);
    case 'bucket':
      return createBucket(run, step.dataSet);
    case 'copy-data':
      return copyData(run, step.dataSet);
    case 'transfer-task':
      return createTransfer(run, step.name, step.dataSet);
    case 'transfer-data':
      return runTransfer(run, step.name, step.dataSet);
    case 'import-order':
    case 'import-done':
    case 'line-available':
      return waitRoad(run, step);
    case 'verify-data':
      return verifyFirstCopy(run, step.dataSet);
    case 'image-digest':
    case 'image-repository':
    case 'copy-image':
    case 'verify-image':
      return buildImage(run, step);
    case 'model-entry':
    case 'copy-model-data':
    case 'verify-model-data':
    case 'model-package-group':
    case 'model-package':
    case 'verify-model-package':
      return buildModelPackage(run, step);
    case 'targets-healthy':
      return waitHealthy(run);
    case 'smoke':
      return smoke(run);
    default:
      return assertNever(step);
  }
}

/** A spec of an earlier version has none, so its runs have no such step. */
async function createBudget(run: Run, name: string): Promise<void> {
  const { owner, adopt, spec } = run.state;
  if (spec.budget === undefined) throw new Error('a budget is planned that the spec does not have');
  registerUndo(run.state, { kind: 'budget', name });
  const { budget } = spec;
  await call('createBudget', 'quick', `budget ${name}: USD ${budget.monthlyUsd} a month`, {
    name,
    budget,
    owner,
    adopt,
  });
}

type Hosted = Extract<EnvironmentStep, { kind: 'model' | 'endpoint-config' | 'endpoint' }>;

const CREATE_HOSTED = {
  model: 'createModel',
  'endpoint-config': 'createEndpointConfig',
  endpoint: 'createEndpoint',
} as const satisfies Record<Hosted['kind'], string>;

async function createHosted(run: Run, { kind, name }: Hosted): Promise<void> {
  const { state } = run;
  const { owner, adopt } = state;
  registerUndo(state, { kind, name });
  // An endpoint that failed is removed first, which takes a while.
  const callKind = kind === 'endpoint' ? 'long' : 'quick';
  await call(CREATE_HOSTED[kind], callKind, `SageMaker ${kind} ${name}`, {
    name,
    target: hostedOf(state),
    owner,
    adopt,
  });
}

/** One step with the wait: tried again, it makes an endpoint that failed anew. */
async function createEndpoint(run: Run, step: Hosted): Promise<void> {
  const { name } = step;
  const { instanceCount } = hostedOf(run.state);
  await createHosted(run, step);
  await call('waitEndpointInService', 'long', `wait for ${instanceCount} instances of ${name}`, {
    name,
    instanceCount,
  });
}

type Joint = Extract<EnvironmentStep, { kind: 'joint-config' | 'join-endpoint' }>;

async function createJointConfig(run: Run, { name, endpointName }: Joint): Promise<void> {
  const { state } = run;
  const { owner, adopt } = state;
  registerUndo(state, { kind: 'endpoint-config', name });
  const { configBefore } = await call('createJointConfig', 'quick', `configuration ${name} for ${endpointName}`, {
    name,
    endpointName,
    target: hostedOf(state),
    owner,
    adopt,
  });
  state.configBefore = configBefore;
}

/** The endpoint's own configuration stays as it is: its name is the way back. */
async function joinEndpoint(run: Run, { name, endpointName }: Joint): Promise<void> {
  const { state } = run;
  const { configBefore, spec } = state;
  if (configBefore === undefined) throw new Error('the configuration of the endpoint is not known yet');
  const isShadow = spec.shadow.variant !== undefined;
  const move = {
    endpointName,
    configName: name,
    configBefore,
    ...(isShadow ? { isCaptureChanged: true as const } : {}),
  };
  registerUndo(state, { kind: 'endpoint-join', ...move });
  const { instanceCount } = hostedOf(state);
  await call('joinEndpoint', 'long', `${endpointName} to ${name}, ${instanceCount} instances more`, {
    ...move,
    ...(isShadow ? { shadowConfigName: shadowConfigName(spec.workload) } : {}),
    instanceCount,
  });
  note(state, 'endpoint_joined', `${endpointName} serves ${name} with the target at weight 0; before: ${configBefore}`);
}

function hostedOf({ spec }: MigrationState): SageMakerTargetSpec {
  if (spec.target.sagemaker === undefined) throw new Error('the target is not served by SageMaker');
  return spec.target.sagemaker;
}

async function createTargetGroup(run: Run, name: string): Promise<void> {
  const { state } = run;
  const { owner, adopt, spec } = state;
  registerUndo(state, { kind: 'target-group', name });
  const created = await call('createTargetGroup', 'quick', `target group ${name}`, {
    name,
    target: fleetOf(spec),
    route: routeOf(state),
    owner,
    adopt,
  });
  state.targetGroupArn = created.arn;
}

async function createLaunchTemplate(run: Run, name: string): Promise<void> {
  const { state } = run;
  const { owner, adopt, spec } = state;
  registerUndo(state, { kind: 'launch-template', name });
  const created = await call('createLaunchTemplate', 'quick', `launch template ${name}`, {
    name,
    target: fleetOf(spec),
    owner,
    adopt,
  });
  state.launchTemplateId = created.id;
}

async function createProbeRule(run: Run): Promise<void> {
  const { state } = run;
  registerUndo(state, { kind: 'probe-rule' });
  await call('createProbeRule', 'quick', 'probe rule with a secret header', {
    route: routeOf(state),
    targetGroupArn: targetGroupOf(state),
    owner: state.owner,
    adopt: state.adopt,
  });
}

async function createAutoScalingGroup(run: Run, name: string): Promise<void> {
  const { state } = run;
  const { owner, adopt, spec } = state;
  if (state.launchTemplateId === null) throw new Error('the launch template is not known yet');
  registerUndo(state, { kind: 'auto-scaling-group', name });
  const target = fleetOf(spec);
  const { min, desired, max } = target;
  await call('createAutoScalingGroup', 'quick', `Auto Scaling group ${name} (${min} to ${max}, desired ${desired})`, {
    name,
    target,
    launchTemplateId: state.launchTemplateId,
    targetGroupArn: targetGroupOf(state),
    owner,
    adopt,
  });
}

async function createBucket(run: Run, dataSet: DataSetSpec): Promise<void> {
  const { state } = run;
  registerUndo(state, { kind: 'bucket', dataSetName: dataSet.name });
  await call('createBucket', 'quick', `bucket for ${dataSet.to}`, {
    dataSet,
    region: state.spec.region,
    owner: state.owner,
    adopt: state.adopt,
  });
}

/** Of one that is shared out the ledger tells the sums; the verification tells what one worker copied. */
async function copyData(run: Run, dataSet: DataSetSpec): Promise<void> {
  const { state } = run;
  const done = await copyOnce(state.spec, dataSet, 'copy', showRanges(run, dataSet));
  rememberRun(state, dataSet, done);
  if (done.rangeCount !== undefined)
    note(state, 'data_transferred', runText(dataSet.name, done), { values: { ...done } });
}

async function createTransfer(run: Run, name: string, dataSet: DataSetSpec): Promise<void> {
  const { state } = run;
  const { owner, adopt } = state;
  registerUndo(state, { kind: 'transfer', name, dataSetName: dataSet.name });
  await call('createTransfer', 'quick', `DataSync task ${name}`, { name, dataSet, owner, adopt });
}

async function runTransfer(run: Run, name: string, dataSet: DataSetSpec): Promise<void> {
  const { owner } = run.state;
  const summary = `DataSync moves ${dataSet.from} to ${dataSet.to}`;
  const moved = await call('runTransfer', 'long', summary, { name, dataSet, owner });
  const { execution, objectCount, byteCount } = moved;
  note(run.state, 'data_transferred', `${dataSet.name}: ${objectCount} files, ${byteCount} bytes by ${execution}`);
}

async function waitHealthy(run: Run): Promise<void> {
  const { healthyWanted } = capacityOf(run.state.spec);
  await call('waitTargetsHealthy', 'long', `wait for ${healthyWanted} healthy targets`, {
    route: routeOf(run.state),
    targetGroupArn: run.state.spec.shadow.variant === undefined ? targetGroupOf(run.state) : SHADOW_VARIANT,
    healthyCount: healthyWanted,
  });
}

async function smoke(run: Run): Promise<void> {
  const { spec } = run.state;
  const result = await call('runSmoke', 'quick', 'smoke requests to both sides', {
    endpoint: spec.source.endpoint,
    ...(spec.source.host === undefined ? {} : { host: spec.source.host }),
    healthPath: capacityOf(spec).healthPath,
    requests: spec.smoke.requests,
    equivalence: spec.shadow.equivalence,
    ...wayToTarget(run.state),
    workload: spec.workload,
  });
  note(
    run.state,
    'smoke_compared',
    `${result.comparedCount} of ${result.requestCount} smoke requests compared, outputs equivalent`,
  );
}
