/** What happens to each workload in trouble, told as the facts that the tests then judge. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '../../lab';
import type { StatusView } from '../../src/contracts/messages';
import type { Listing } from './account';
import type { Ended, Stage } from './stage';
import type { Refusal } from './subject';

/** Blocked by a denial, bothered by others, retried, and abandoned while copies run. */
export async function deniedStory(stage: Stage): Promise<{
  blocked: StatusView['blocked'];
  runId: string;
  secondStart: Ended;
  sameRule: Refusal;
  sameGroup: Refusal;
  outcome: string;
  cleanSlate: () => Promise<void>;
}> {
  const { lab, account } = stage;
  const { sourceTargetGroupArn } = stage.workload('denied');
  const otherRule = await account.createRule('other.denied.internal', 302, sourceTargetGroupArn);
  const cleanSlate = await stage.slate('denied');
  await lab.setGatewayFault({
    service: 'ec2',
    operation: 'CreateLaunchTemplate',
    contains: 'crossfade-denied',
    effect: { kind: 'deny' },
    times: 1,
  });
  const subject = stage.subject('denied');
  const quick = stage.quickSpec('denied');
  const spec = { ...quick, shadow: { ...quick.shadow, firstHold: '60s' } };
  const runId = await subject.start(spec);
  const { blocked } = await subject.until('the denial', (status) => status.blocked !== null);

  const file = path.join(stage.dir, 'denied.json');
  writeFileSync(file, JSON.stringify(spec));
  const [secondStart, sameRule, sameGroup] = await Promise.all([
    stage.crossfade('start', file),
    stage.subject('same-rule').refusal({ ...spec, workload: 'same-rule' }),
    stage.subject('same-group').refusal({
      ...spec,
      workload: 'same-group',
      router: { alb: { ...spec.router.alb, ruleArn: otherRule } },
    }),
  ]);

  await subject.send('retry');
  await subject.until('copies', ({ phase, shadow }) => phase === 'shadow' && shadow.mirrored > 0);
  await subject.send('abandon');
  const outcome = await subject.outcome();
  return {
    blocked,
    runId,
    secondStart,
    sameRule,
    sameGroup,
    outcome,
    cleanSlate,
  };
}

/** Everything is built, the answers are wrong, and the operator gives up. */
export async function spoiltStory(stage: Stage): Promise<{
  blocked: StatusView['blocked'];
  built: Listing;
  outcome: string;
  cleanSlate: () => Promise<void>;
}> {
  const { lab, account } = stage;
  const cleanSlate = await stage.slate('spoilt');
  await lab.setModelFault('spoilt', 'target', { wrong: true });
  const subject = stage.subject('spoilt');
  await subject.start(stage.quickSpec('spoilt'));
  const { blocked } = await subject.until('the comparison', (status) => status.blocked !== null);
  const built = await account.listing('spoilt');
  await subject.send('abandon');
  const outcome = await subject.outcome();
  return {
    blocked,
    built,
    outcome,
    cleanSlate,
  };
}

/** Somebody changes the weights during a hold. */
export async function editedStory(stage: Stage): Promise<{
  rolledBack: StatusView;
  shares: string[];
  outcome: string;
  cleanSlate: () => Promise<void>;
}> {
  const { account } = stage;
  const { ruleArn } = stage.workload('edited');
  const cleanSlate = await stage.slate('edited');
  const spec = stage.quickSpec('edited');
  const subject = stage.subject('edited');
  await subject.start({ ...spec, cutover: { ...spec.cutover, stabilization: '30s' } });
  await subject.until(
    'the hold at 50 %',
    ({ phase, wanted, verdict }) => phase === 'cutover' && wanted.target === 50 && verdict?.kind === 'pass',
  );
  await account.setWeights(ruleArn, [0, 100]);
  const rolledBack = await subject.until('the rollback', ({ phase }) => phase === 'rolled_back');
  const shares = await account.shares(ruleArn);
  await subject.send('abandon');
  const outcome = await subject.outcome();
  return {
    rolledBack,
    shares,
    outcome,
    cleanSlate,
  };
}

/** Every kind of lost reply on the way to the end, where a rollback comes too late. */
export async function flakyStory(stage: Stage): Promise<{
  secrets: readonly string[];
  tooLate: StatusView;
  refusedRollback: string;
  refusedSignal: StatusView;
  listing: Listing;
  instanceCount: number;
  shares: string[];
  outcome: string;
}> {
  const { lab, account } = stage;
  const { ruleArn } = stage.workload('flaky');
  for (const kind of ['throttle', 'error_after', 'cut_reply'] as const) {
    for (const [service, operation] of [
      ['elasticloadbalancing', 'CreateTargetGroup'],
      ['autoscaling', 'CreateAutoScalingGroup'],
    ] as const) {
      await lab.setGatewayFault({ service, operation, contains: 'crossfade-flaky', effect: { kind }, times: 1 });
    }
    await lab.setGatewayFault({
      service: 'elasticloadbalancing',
      operation: 'ModifyRule',
      contains: ruleArn,
      effect: { kind },
      times: 1,
    });
  }
  await lab.setGatewayFault({
    service: 'autoscaling',
    operation: 'CreateOrUpdateTags',
    contains: 'cost-centre',
    effect: { kind: 'deny' },
    times: 1,
  });
  const spec = stage.quickSpec('flaky');
  const subject = stage.subject('flaky');
  await subject.start({ ...spec, decommission: { ...spec.decommission, costTags: { 'cost-centre': '4711' } } });
  await subject.until('copies', ({ phase }) => phase === 'shadow');
  const secrets = [await account.probeSecret('flaky'), await tapToken(lab)];
  const tooLate = await subject.until('the denied tags', (status) => status.blocked !== null);
  const refusedRollback = await subject.refusedRollback();
  await subject.send('rollback');
  const refusedSignal = await subject.until('the refusal', ({ decisions }) =>
    decisions.some((line) => line.includes('rollback refused')),
  );
  const [listing, instanceCount, shares] = [
    await account.listing('crossfade-flaky'),
    await account.instanceCount('flaky'),
    await account.shares(ruleArn),
  ];
  await subject.send('retry');
  return {
    secrets,
    tooLate,
    refusedRollback,
    refusedSignal,
    listing,
    instanceCount,
    shares,
    outcome: await subject.outcome(),
  };
}

/** From the environment of the worker that was given it. */
async function tapToken(lab: Lab): Promise<string> {
  const worker = (await lab.processes()).find(({ name }) => name === 'worker');
  const variables = readFileSync(`/proc/${worker?.pid}/environ`, 'utf8').split('\0');
  const token = variables.find((line) => line.startsWith('CROSSFADE_TAP_TOKEN='))?.split('=')[1];
  if (!token) throw new Error('the worker has no tap token');
  return token;
}
