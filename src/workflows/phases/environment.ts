import { assertNever } from '../../domain/errors';
import type { EnvironmentStep } from '../../domain/plan';
import type { DataSetSpec } from '../../domain/spec';
import { call } from '../calls';
import { passPause } from '../gate';
import { note } from '../journal';
import type { Run } from '../run';
import { registerUndo, routeOf, targetGroupOf } from '../state';
import { must } from '../wait';

/** Phase 2: the target, beside production and never in it. */
export async function runEnvironment(run: Run): Promise<void> {
  const { state } = run;
  const steps = state.plan.environment;
  for (let step = steps[state.cursor.step]; step !== undefined; step = steps[state.cursor.step]) {
    const current = step;
    await passPause(run);
    await must(run, `${current.kind} ${current.name}`, () => runStep(run, current));
    state.cursor.step += 1;
  }
}

async function runStep(run: Run, step: EnvironmentStep): Promise<void> {
  switch (step.kind) {
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
      return copyData(step.dataSet);
    case 'verify-data':
      return verifyData(run, step.dataSet);
    case 'targets-healthy':
      return waitHealthy(run);
    case 'smoke':
      return smoke(run);
    default:
      return assertNever(step);
  }
}

async function createTargetGroup(run: Run, name: string): Promise<void> {
  const { state } = run;
  const { owner, adopt, spec } = state;
  registerUndo(state, { kind: 'target-group', name });
  const created = await call('createTargetGroup', 'quick', `target group ${name}`, {
    name,
    target: spec.target.ec2,
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
    target: spec.target.ec2,
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
  const { min, desired, max } = spec.target.ec2;
  await call('createAutoScalingGroup', 'quick', `Auto Scaling group ${name} (${min} to ${max}, desired ${desired})`, {
    name,
    target: spec.target.ec2,
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

async function copyData(dataSet: DataSetSpec): Promise<void> {
  await call('copyData', 'long', `copy ${dataSet.from} to ${dataSet.to}`, { dataSet });
}

async function verifyData(run: Run, dataSet: DataSetSpec): Promise<void> {
  const proof = await call('verifyData', 'long', `verify ${dataSet.to}`, { dataSet });
  note(
    run.state,
    'data_verified',
    `${dataSet.name}: ${proof.objectCount} objects, ${proof.byteCount} bytes equal on both sides`,
    {
      values: { ...proof },
    },
  );
}

async function waitHealthy(run: Run): Promise<void> {
  const { desired } = run.state.spec.target.ec2;
  await call('waitTargetsHealthy', 'long', `wait for ${desired} healthy targets`, {
    targetGroupArn: targetGroupOf(run.state),
    healthyCount: desired,
  });
}

async function smoke(run: Run): Promise<void> {
  const { spec } = run.state;
  const result = await call('runSmoke', 'quick', 'smoke requests to both sides', {
    endpoint: spec.source.endpoint,
    ...(spec.source.host === undefined ? {} : { host: spec.source.host }),
    healthPath: spec.target.ec2.healthPath,
    requests: spec.smoke.requests,
    equivalence: spec.shadow.equivalence,
    listenerArn: routeOf(run.state).listenerArn,
    workload: spec.workload,
  });
  note(
    run.state,
    'smoke_compared',
    `${result.comparedCount} of ${result.requestCount} smoke requests compared, outputs equivalent`,
  );
}
