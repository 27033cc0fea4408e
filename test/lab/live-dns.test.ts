import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import {
  ChangeResourceRecordSetsCommand,
  ListResourceRecordSetsCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { labDown, labUp } from '../../lab';
import type { Lab, TrafficTotals } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';
import type { DnsStack, DnsStacks } from '../../lab/info';
import { eventually } from './eventually';

jest.setTimeout(120_000);

let dir: string;
let lab: Lab;
let route53: Route53Client;
let dns: DnsStacks;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'crossfade-lab-'));
  lab = await labUp({ dir });
  await lab.setTraffic('ranker', { ratePerSecond: 0 });
  route53 = new Route53Client(userClientConfig(lab.info.aws));
  dns = (await lab.addWorkload({ name: 'edge', dns: true })).dns as DnsStacks;
});

afterAll(async () => {
  await labDown(dir);
  rmSync(dir, { recursive: true, force: true });
});

async function shift(target: number): Promise<void> {
  const { hostedZoneId: HostedZoneId, recordName } = dns;
  const { ResourceRecordSets = [] } = await route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId, StartRecordName: recordName, MaxItems: 2 }),
  );
  const Changes = ResourceRecordSets.map((record) => {
    const Weight = record.SetIdentifier === 'target' ? target : 100 - target;
    return { Action: 'UPSERT' as const, ResourceRecordSet: { ...record, Weight } };
  });
  await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Changes } }));
}

/** Of both sides since `from`. */
async function answered(from: TrafficTotals): Promise<{ source: number; target: number; failed: number }> {
  const { toSource, toTarget, failed } = await lab.trafficTotals('edge');
  return { source: toSource - from.toSource, target: toTarget - from.toTarget, failed };
}

/** Requests that CloudWatch has of one stack's load balancer, over the last minutes. */
async function countedBy({ loadBalancerArn, targetGroupArn }: DnsStack): Promise<number> {
  const Dimensions = [
    { Name: 'LoadBalancer', Value: loadBalancerArn.split(':loadbalancer/')[1] },
    { Name: 'TargetGroup', Value: targetGroupArn.slice(targetGroupArn.indexOf(':targetgroup/') + 1) },
  ];
  const Metric = { Namespace: 'AWS/ApplicationELB', MetricName: 'RequestCount', Dimensions };
  const reply = await new CloudWatchClient(userClientConfig(lab.info.aws)).send(
    new GetMetricDataCommand({
      StartTime: new Date(Date.now() - 300_000),
      EndTime: new Date(Date.now() + 1_000),
      MetricDataQueries: [{ Id: 'm', MetricStat: { Metric, Period: 3_600, Stat: 'Sum' } }],
    }),
  );
  return reply.MetricDataResults?.[0]?.Values?.[0] ?? 0;
}

test('a workload behind DNS: weights move its users, each stack counts its own, and nobody fails', async () => {
  const start = await lab.trafficTotals('edge');
  await eventually(async () => expect((await answered(start)).source).toBeGreaterThan(100));
  expect(await answered(start)).toMatchObject({ target: 0, failed: 0 });

  await shift(100);
  await eventually(async () => {
    const before = await lab.trafficTotals('edge');
    await eventually(async () => expect((await answered(before)).target).toBeGreaterThan(50));
    expect((await answered(before)).source).toBe(0);
  });

  const { target, failed } = await answered(start);
  expect(failed).toBe(0);
  await eventually(async () => expect(await countedBy(dns.target)).toBeGreaterThanOrEqual(target));
  expect(await countedBy(dns.source)).toBeGreaterThan(100);
});

test('a model fault from 50 %: begins when the records weigh that much', async () => {
  await shift(0);
  await lab.setModelFault('edge', 'target', { errorRate: 1, fromWeightPercent: 50 });
  const start = await lab.trafficTotals('edge');
  await eventually(async () => expect((await answered(start)).source).toBeGreaterThan(50));
  expect((await answered(start)).failed).toBe(0);

  await shift(50);
  await eventually(async () => expect((await answered(start)).failed).toBeGreaterThan(0));
});
