import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { findLab, labDown, labUp } from '../../lab';
import type { Lab, TrafficTotals, WorkloadInfo } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';
import { isAlive, signalRecorded } from '../../lab/state';
import { CloudWatchMetrics } from '../../src/adapters/cloudwatch';
import { epochMs } from '../../src/domain/quantity';
import type { CloudWatchMetricsSpec } from '../../src/domain/spec';
import { parseSpec } from '../../src/spec';
import { eventually } from './eventually';
import { TargetFleet } from './target-fleet';

jest.setTimeout(120_000);

let dir: string;
let lab: Lab;
let ranker: WorkloadInfo;
let fleet: TargetFleet;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-lab-'));
  lab = await labUp({ dir });
  ranker = lab.info.workloads[0] as WorkloadInfo;
  fleet = new TargetFleet(lab.info, ranker);
  await fleet.create();
  await eventually(async () => expect(await fleet.states()).toEqual(['healthy', 'healthy']));
});

afterAll(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

const totals = (): Promise<TrafficTotals> => lab.trafficTotals('ranker');

/** Share of the target among the next `count` answered requests. */
async function targetShareOfNext(count: number): Promise<number> {
  const before = await totals();
  return eventually(async () => {
    const now = await totals();
    const [source, target] = [now.toSource - before.toSource, now.toTarget - before.toTarget];
    expect(source + target).toBeGreaterThanOrEqual(count);
    return target / (source + target);
  });
}

async function sumOf(metric: string, targetGroupArn: string): Promise<number> {
  const cloudWatch = new CloudWatchClient(userClientConfig(lab.info.aws));
  const Dimensions = [
    { Name: 'TargetGroup', Value: targetGroupArn.split(':').at(-1) },
    { Name: 'LoadBalancer', Value: lab.info.loadBalancerArn.split(':loadbalancer/')[1] },
  ];
  const reply = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 300_000),
      EndTime: new Date(),
      MetricDataQueries: [
        {
          Id: 'm',
          MetricStat: {
            Metric: { Namespace: 'AWS/ApplicationELB', MetricName: metric, Dimensions },
            Period: 1,
            Stat: 'Sum',
          },
        },
      ],
    }),
  );
  return (reply.MetricDataResults?.[0]?.Values ?? []).reduce((sum, value) => sum + value, 0);
}

function withOwnMetric(spec: Record<string, unknown>): Record<string, unknown> {
  const { metrics, ...source } = spec['source'] as { readonly metrics: object };
  const dimensions = { dimensions: { Fleet: 'old' }, targetDimensions: { Fleet: 'new' } };
  const gpu = { name: 'gpu', namespace: 'Ranker', metricName: 'Gpu', stat: 'Average', ...dimensions };
  return { ...spec, source: { ...source, metrics: { ...metrics, queries: [gpu] } } };
}

test('lab: a weight changed through the AWS API moves live requests', async () => {
  await fleet.setWeights(50, 50);
  await eventually(async () => expect(await targetShareOfNext(20)).toBeGreaterThan(0));
  const share = await targetShareOfNext(200);
  // Four standard deviations of 200 draws.
  expect(Math.abs(share - 0.5)).toBeLessThan(0.15);

  await fleet.setWeights(0, 100);
  await eventually(async () => expect(await targetShareOfNext(20)).toBe(1));

  await fleet.setWeights(100, 0);
  await eventually(async () => expect(await targetShareOfNext(20)).toBe(0));
  expect(await totals()).toMatchObject({ failed: 0, lastFailures: [] });
});

test('lab: CloudWatch counts the requests that the target answered', async () => {
  await fleet.setWeights(100, 0);
  await eventually(async () => expect(await targetShareOfNext(20)).toBe(0));
  const { toTarget } = await totals();

  await eventually(async () => expect(await sumOf('HTTPCode_Target_2XX_Count', fleet.targetGroupArn)).toBe(toTarget));
  expect(await sumOf('HTTPCode_Target_5XX_Count', fleet.targetGroupArn)).toBe(0);
});

test('lab: the product reads the workload’s own metrics of both sides beside what the load balancer publishes', async () => {
  await fleet.setWeights(50, 50);
  await eventually(async () => expect(await targetShareOfNext(20)).toBeGreaterThan(0));
  const cloudWatch = new CloudWatchClient(userClientConfig(lab.info.aws));
  const Timestamp = new Date();
  const datum = (Fleet: string, Value: number) => ({
    MetricName: 'Gpu',
    Dimensions: [{ Name: 'Fleet', Value: Fleet }],
    Timestamp,
    Value,
  });
  const MetricData = [datum('old', 60), datum('new', 40)];
  await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Ranker', MetricData }));

  const { metrics } = parseSpec(withOwnMetric(lab.spec('ranker'))).source;
  const { loadBalancerArn } = lab.info;
  const scope = {
    kind: 'rule' as const,
    loadBalancerArn,
    source: ranker.sourceTargetGroupArn,
    target: fleet.targetGroupArn,
  };
  const reader = new CloudWatchMetrics(cloudWatch);
  await eventually(async () => {
    const fromMs = epochMs(Timestamp.getTime() - 1_000);
    const evidence = await reader.readWindows(metrics as CloudWatchMetricsSpec, scope, fromMs, epochMs(Date.now()));
    const windows = evidence.complete ? evidence.windows : [];
    expect(windows.map(({ source, target }) => [source.metrics, target.metrics])).toContainEqual([
      { gpu: 60 },
      { gpu: 40 },
    ]);
  });
  await fleet.setWeights(100, 0);
});

test('lab: members that come and go under traffic fail no request', async () => {
  await fleet.setWeights(50, 50);
  await fleet.scaleTo(1);
  await eventually(async () => expect(await fleet.states()).toEqual(['healthy']));
  await fleet.scaleTo(2);
  await eventually(async () => expect(await fleet.states()).toEqual(['healthy', 'healthy']));
  await targetShareOfNext(60);
  await fleet.setWeights(100, 0);

  expect(await totals()).toMatchObject({ failed: 0, lastFailures: [] });
});

test.each([
  ['a weight of 1000', 'ValidationError', () => fleet.setWeights(1000, 0)],
  [
    'an unknown target group',
    'TargetGroupNotFoundException',
    () =>
      new TargetFleet(lab.info, { ...ranker, sourceTargetGroupArn: `${ranker.sourceTargetGroupArn}0` }).setWeights(
        1,
        1,
      ),
  ],
  ['a second Auto Scaling group of the same name', 'AlreadyExistsFault', () => fleet.createGroup()],
  ['deleting a group that has instances', 'ResourceInUseFault', () => fleet.deleteGroup()],
  ['deleting a target group on a rule', 'ResourceInUseException', () => fleet.deleteTargetGroup()],
])('lab: %s is refused with %s', async (_what, name, act) => {
  await expect(act()).rejects.toMatchObject({ name });
});

test('lab: a reply that is cut off comes after the effect', async () => {
  await lab.setGatewayFault({ operation: 'ModifyRule', effect: { kind: 'cut_reply' }, times: 1 });

  await expect(fleet.setWeights(99, 1)).rejects.toThrow();

  expect(await fleet.weights()).toEqual([99, 1]);
});

test('lab: a stale read shows the weights from before the write', async () => {
  await fleet.setWeights(100, 0);
  await fleet.weights();
  await lab.setGatewayFault({ operation: 'DescribeRules', effect: { kind: 'stale_read' }, times: 1 });
  await fleet.setWeights(98, 2);

  expect([await fleet.weights(), await fleet.weights()]).toEqual([
    [100, 0],
    [98, 2],
  ]);
});

test('lab: a denied call names action and resource', async () => {
  await lab.setGatewayFault({ operation: 'ModifyRule', effect: { kind: 'deny' }, times: 1 });

  await expect(fleet.setWeights(100, 0)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining(`elasticloadbalancing:ModifyRule on resource: ${ranker.ruleArn}`) as string,
  });
});

test('lab: its spec is one that the product accepts', () => {
  expect(parseSpec(lab.spec('ranker', { hold: '3s' }))).toMatchObject({
    workload: 'ranker',
    cutover: { stabilizationMs: 3_000 },
  });
});

test('lab: a fault from a weight on begins and ends with that weight', async () => {
  await fleet.setWeights(100, 0);
  await lab.setModelFault('ranker', 'target', { errorRate: 1, fromWeightPercent: 50 });
  await fleet.setWeights(75, 25);
  await eventually(async () => expect(await targetShareOfNext(40)).toBeGreaterThan(0));
  const { failed } = await totals();
  expect(failed).toBe(0);

  await fleet.setWeights(50, 50);
  await eventually(async () => expect((await totals()).failed).toBeGreaterThan(0));
  await fleet.setWeights(100, 0);
});

test('lab: a killed daemon leaves nothing behind', async () => {
  const processes = await lab.processes();
  const [daemon] = processes;
  expect(daemon?.name).toBe('daemon');

  signalRecorded(daemon as (typeof processes)[0], 'SIGKILL');

  await eventually(() => expect(processes.filter(isAlive)).toEqual([]));
  expect(findLab(dir)).toBeUndefined();
});
