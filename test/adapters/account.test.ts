import { ChangeResourceRecordSetsCommand, CreateHostedZoneCommand, Route53Client } from '@aws-sdk/client-route-53';
import { SageMakerClient } from '@aws-sdk/client-sagemaker';
import { userClientConfig } from '../../lab/aws-env';
import { LabAccount } from '../../lab/daemon/account';
import { openAccount } from '../../src/adapters/account';
import { EndpointListing } from '../../src/adapters/account-endpoints';
import type { Account } from '../../src/ports/account';
import { Moto } from '../support/moto';
import { closeWires, openWire } from './wire';

jest.setTimeout(60_000);

let moto: Moto;
let account: Account;
let listenerArn: string;
let ruleArn: string;
let groupArn: string;

beforeAll(async () => {
  moto = await Moto.start();
  const lab = new LabAccount(moto.url);
  const network = await lab.network();
  groupArn = await lab.targetGroup('ranker', network.vpcId);
  const made = await lab.loadBalancer(network, 'shop', groupArn);
  listenerArn = made.listenerArn;
  await lab.fleet('ranker', 'source', network, [groupArn]);
  const place = { vpcId: network.vpcId, listenerArn, index: 0 };
  ruleArn = (await lab.production('tapped', 'ranker.example.com', place, [{ id: '10.0.0.9', port: 8080 }])).ruleArn;
  account = openAccount(userClientConfig(moto.url));
});

afterAll(async () => {
  await moto.stop();
  await closeWires();
});

test('account: load balancers, with the rules of their listeners and what these forward to', async () => {
  const [balancer] = await account.loadBalancers();
  expect(balancer).toMatchObject({ name: 'shop', dnsName: expect.stringContaining('.elb.') as string });
  const [listener] = await account.listeners(balancer?.arn ?? '');
  expect(listener).toMatchObject({ arn: listenerArn, protocol: 'HTTP', port: 80 });
  expect(listener?.rules).toMatchObject([
    { arn: ruleArn, isDefault: false, priority: '100', hosts: ['ranker.example.com'], forwards: [{ weight: 100 }] },
    { isDefault: true, hosts: [], forwards: [{ targetGroupArn: groupArn, weight: 1 }] },
  ]);
});

test('account: a target group with its targets, the group that registers them, and their instances', async () => {
  const group = await account.targetGroup(groupArn);
  expect(group).toMatchObject({ name: 'ranker', port: 8080, healthPath: '/health', members: [{ isHealthy: true }] });
  const [scaling] = await account.scalingGroups();
  expect(scaling).toMatchObject({ name: 'ranker-source', min: 1, desired: 1, max: 2, targetGroupArns: [groupArn] });
  expect(scaling?.instanceIds).toEqual(group.members.map(({ id }) => id));
  expect(scaling?.subnetIds).toHaveLength(2);
  const [instance, ...others] = await account.instances(scaling?.instanceIds ?? []);
  expect(others).toEqual([]);
  expect(instance).toMatchObject({ id: group.members[0]?.id, instanceType: 'g4dn.xlarge', imageId: 'ami-03cf127a' });
});

test('account: an instance that is gone is left out, and no error', async () => {
  expect(await account.instances(['i-0123456789abcdef0'])).toEqual([]);
});

test('account: a target group that is gone is NotFound', async () => {
  await expect(account.targetGroup(`${groupArn}0`)).rejects.toMatchObject({ code: 'NotFound' });
});

test('account: weighted records of a zone, addresses and aliases, and no others', async () => {
  const client = new Route53Client(userClientConfig(moto.url));
  const zone = await client.send(new CreateHostedZoneCommand({ Name: 'example.com', CallerReference: 'one' }));
  const [balancer] = await account.loadBalancers();
  const Name = 'ranker.example.com';
  const AliasTarget = { HostedZoneId: 'Z32O12XQLNTSW2', DNSName: `${balancer?.dnsName}.`, EvaluateTargetHealth: true };
  const records = [
    { Name, Type: 'A' as const, SetIdentifier: 'blue', Weight: 100, AliasTarget },
    { Name, Type: 'A' as const, SetIdentifier: 'green', Weight: 0, TTL: 60, ResourceRecords: [{ Value: '192.0.2.1' }] },
    { Name: 'www.example.com', Type: 'A' as const, TTL: 60, ResourceRecords: [{ Value: '192.0.2.2' }] },
  ];
  const Changes = records.map((record) => ({ Action: 'CREATE' as const, ResourceRecordSet: record }));
  await client.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: zone.HostedZone?.Id, ChangeBatch: { Changes } }),
  );
  const [found] = await account.zones();
  expect(found).toMatchObject({ name: 'example.com', isPrivate: false });
  const shared = { name: Name, type: 'A' };
  expect(await account.weightedRecords(found?.id ?? '')).toEqual([
    { ...shared, setIdentifier: 'blue', weight: 100, leadsTo: [balancer?.dnsName], isAlias: true },
    { ...shared, setIdentifier: 'green', weight: 0, leadsTo: ['192.0.2.1'], isAlias: false },
  ]);
});

interface Asked {
  readonly NextToken?: string;
}

const SAGEMAKER: Readonly<Record<string, (asked: Asked) => object>> = {
  'SageMaker.ListEndpoints': ({ NextToken }) =>
    NextToken === undefined
      ? { Endpoints: [{ EndpointName: 'a', EndpointStatus: 'InService' }], NextToken: 'more' }
      : { Endpoints: [{ EndpointName: 'b', EndpointStatus: 'Creating' }] },
  'SageMaker.DescribeEndpoint': () => ({
    EndpointArn: 'arn:aws:sagemaker:eu-west-1:123456789012:endpoint/a',
    EndpointStatus: 'InService',
    EndpointConfigName: 'a-1',
    ProductionVariants: [
      { VariantName: 'live', CurrentWeight: 1, CurrentInstanceCount: 2 },
      { VariantName: 'serverless', CurrentWeight: 0, CurrentServerlessConfig: {} },
    ],
  }),
  'SageMaker.DescribeEndpointConfig': () => ({
    ProductionVariants: [
      { VariantName: 'serverless', ModelName: 'model' },
      { VariantName: 'live', ModelName: 'model', InstanceType: 'ml.g5.xlarge' },
    ],
  }),
  'SageMaker.DescribeModel': () => ({
    PrimaryContainer: { Image: 'image:1', ModelDataUrl: 's3://models/one.tar.gz' },
    ExecutionRoleArn: 'arn:aws:iam::123456789012:role/ranker',
  }),
};

test('account: endpoints of every page, and what their variants run', async () => {
  const wire = await openWire(({ headers, body }) => ({
    body: JSON.stringify(SAGEMAKER[String(headers['x-amz-target'])]?.(JSON.parse(body) as Asked)),
  }));
  const listing = new EndpointListing(new SageMakerClient(wire.client));
  expect(await listing.endpoints()).toEqual([
    { name: 'a', status: 'InService' },
    { name: 'b', status: 'Creating' },
  ]);
  const runs = {
    image: 'image:1',
    modelData: 's3://models/one.tar.gz',
    executionRoleArn: 'arn:aws:iam::123456789012:role/ranker',
  };
  expect(await listing.variants('a')).toEqual([
    { name: 'live', weight: 1, instanceCount: 2, instanceType: 'ml.g5.xlarge', ...runs },
    { name: 'serverless', weight: 0, instanceCount: 0, ...runs },
  ]);
});
