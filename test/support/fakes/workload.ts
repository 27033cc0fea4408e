import { parseSpec } from '../../../src/spec';
import type { MigrationSpec } from '../../../src/domain/spec';
import type { Route } from '../../../src/contracts/activities';
import { addTap } from './tap';
import { Timeline } from './traffic-model';
import type { World } from './world';

const ELB = 'arn:aws:elasticloadbalancing:eu-west-1:123456789012';

/** Where things are in the world of one workload. */
export interface Place {
  readonly workload: string;
  readonly route: Route & { readonly listenerArn: string; readonly loadBalancerArn: string };
  readonly sourceFleet: string;
  readonly sourceInstance: string;
  readonly tap: string;
  readonly dataFrom: string;
  readonly dataTo: string;
  readonly ledger: string;
}

export const LEDGER_BUCKET = 'crossfade-ledger';

/** A workload as it runs before anybody thought of migrating it: rule, source fleet, data, tap. */
export function addWorkload(world: World, workload = 'ranker'): Place {
  const loadBalancerArn = `${ELB}:loadbalancer/app/${workload}/1111111111111111`;
  const listenerArn = `${ELB}:listener/app/${workload}/1111111111111111/2222222222222222`;
  const arn = `${ELB}:listener-rule/app/${workload}/1111111111111111/2222222222222222/3333333333333333`;
  const sourceTargetGroupArn = `${ELB}:targetgroup/${workload}-source/4444444444444444`;
  const [sourceFleet, sourceInstance] = [
    `${workload}-source`,
    `i-${Buffer.from(workload).toString('hex').padEnd(17, '0').slice(0, 17)}`,
  ];
  const [from, to, tap] = [`${workload}-models`, `${workload}-target`, `http://tap.${workload}.internal:9091`];

  world.targetGroups.set(sourceTargetGroupArn, {
    arn: sourceTargetGroupArn,
    name: `${workload}-source`,
    owner: undefined,
    tags: {},
    registeredCount: 1,
    unhealthyCount: 0,
  });
  const shares = new Timeline([{ backend: sourceTargetGroupArn, weight: 1 }]);
  world.routes.set(arn, {
    arn,
    kind: 'rule',
    listenerArn,
    loadBalancerArn,
    shares,
    stickinessEnabled: false,
    workload,
  });
  world.autoScalingGroups.set(sourceFleet, {
    name: sourceFleet,
    owner: undefined,
    targetGroupArn: sourceTargetGroupArn,
    createdAtMs: Number.NEGATIVE_INFINITY,
    minSize: 1,
    desiredCapacity: 2,
    maxSize: 4,
    tags: {},
  });
  world.instances.set(sourceInstance, 'running');
  world.buckets.set(from, {
    owner: undefined,
    objects: new Map([
      ['ranker/a.bin', 'weights'],
      ['ranker/b.bin', 'vocabulary'],
    ]),
    isLedger: false,
  });
  if (!world.buckets.has(LEDGER_BUCKET))
    world.buckets.set(LEDGER_BUCKET, { owner: undefined, objects: new Map(), isLedger: true });
  addTap(world, tap, workload);

  return {
    workload,
    route: { arn, kind: 'rule', listenerArn, loadBalancerArn, sourceTargetGroupArn },
    sourceFleet,
    sourceInstance,
    tap,
    dataFrom: `s3://${from}/ranker`,
    dataTo: `s3://${to}/model`,
    ledger: `s3://${LEDGER_BUCKET}/migrations`,
  };
}

type Json = Record<string, unknown>;

/** A target that SageMaker serves, with proxies behind the load balancer: `documentFor(place, { target: HOSTED_TARGET })`. */
export const HOSTED_TARGET = {
  sagemaker: {
    image: '123456789012.dkr.ecr.eu-west-1.amazonaws.com/ranker:1',
    modelData: 's3://ranker-target/model/model.tar.gz',
    executionRoleArn: 'arn:aws:iam::123456789012:role/ranker-endpoint',
    instanceType: 'ml.g5.xlarge',
    instanceCount: 2,
    scaling: { min: 2, max: 4, on: 'gpu', value: 60 },
    proxy: {
      instanceType: 'c6i.large',
      imageId: 'ami-0123456789abcdef0',
      subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
      securityGroupIds: ['sg-0123456789abcdef0'],
      container: 'crossfade:0.1.0',
      min: 2,
      desired: 2,
      max: 4,
    },
  },
} as const;

/** What an operator would write for this workload. Holds are seconds, gates are off: tests change what they are about. */
export function documentFor(place: Place, changes: Json = {}): Json {
  return {
    apiVersion: 'crossfade/v1',
    workload: place.workload,
    region: 'eu-west-1',
    source: {
      endpoint: `http://${place.workload}.example.com`,
      host: `${place.workload}.example.com`,
      metrics: { kind: 'cloudwatch', period: '1s', lag: '1s' },
      owned: { autoScalingGroups: [place.sourceFleet], instances: [place.sourceInstance] },
    },
    target: {
      ec2: {
        instanceType: 'g5.xlarge',
        imageId: 'ami-0123456789abcdef0',
        subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        securityGroupIds: ['sg-0123456789abcdef0'],
        port: 8080,
        healthPath: '/health',
        min: 2,
        desired: 2,
        max: 4,
      },
    },
    router: { alb: { ruleArn: place.route.arn, sourceTargetGroupArn: place.route.sourceTargetGroupArn } },
    data: [{ name: 'model', from: place.dataFrom, to: place.dataTo }],
    baseline: { window: '60s' },
    smoke: { requests: [{ method: 'POST', path: '/v1/score', body: { text: 'hello' } }] },
    shadow: { tap: place.tap, startPercent: 20, stepPercent: 30, maxPercent: 50, firstHold: '3s', hold: '3s' },
    guardrails: {
      splitSettle: '0s',
      requestCountMin: 20,
      passConfidence: 0.4,
      errorRateDetect: 0.02,
      latency: [{ ratioDetect: 2 }],
      blindHold: '10s',
      coverageMin: 0.5,
    },
    cutover: { weights: [10, 100], stabilization: '3s', approvals: { beforeFirst: false, beforeEach: false } },
    decommission: { after: '3s', standby: '3s', approval: 'not_required' },
    checkEvery: '1s',
    notify: [{ webhook: 'https://hooks.example.com/crossfade' }],
    ledger: place.ledger,
    ...changes,
  };
}

export function specFor(place: Place, changes: Json = {}): MigrationSpec {
  return parseSpec(documentFor(place, changes));
}
