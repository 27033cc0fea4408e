/** All that a migration can make or mark in the lab's AWS: to see that nothing is left behind. */
import type { ScalableTarget } from '@aws-sdk/client-application-auto-scaling';
import {
  ApplicationAutoScalingClient,
  paginateDescribeScalableTargets,
} from '@aws-sdk/client-application-auto-scaling';
import { AutoScalingClient, paginateDescribeAutoScalingGroups } from '@aws-sdk/client-auto-scaling';
import { EC2Client, paginateDescribeLaunchTemplates } from '@aws-sdk/client-ec2';
import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  ElasticLoadBalancingV2Client,
  paginateDescribeRules,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListResourceRecordSetsRequest, ResourceRecordSet } from '@aws-sdk/client-route-53';
import { ListResourceRecordSetsCommand, Route53Client, paginateListHostedZones } from '@aws-sdk/client-route-53';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  ListTagsCommand,
  SageMakerClient,
  paginateListEndpointConfigs,
  paginateListEndpoints,
  paginateListModels,
} from '@aws-sdk/client-sagemaker';
import { userClientConfig } from './aws-env';
import type { LabInfo } from './info';

/** By what it matches: its ARN says nothing of a workload. A probe's secret is not told. */
function ruleName({ Conditions = [] }: Rule): string {
  const hosts = Conditions.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []);
  const headers = Conditions.flatMap(({ HttpHeaderConfig }) => HttpHeaderConfig?.HttpHeaderName ?? []);
  return [...hosts, ...headers].join(' with ') || 'default';
}

type Names = (string | undefined)[];

/** What of a scalable target stands still. */
function suspensions({ ResourceId = '', SuspendedState: suspended = {} }: ScalableTarget): string[] {
  return Object.entries(suspended).flatMap(([what, isOn]) => (isOn ? [`${ResourceId} ${what}`] : []));
}

/** `endpoint key`, of the tags on endpoints. */
async function marks(client: SageMakerClient): Promise<Names> {
  const arns = await names(paginateListEndpoints({ client }, {}), ({ Endpoints }) =>
    Endpoints?.map(({ EndpointArn }) => EndpointArn),
  );
  const found = await Promise.all(
    arns.map(async (arn = '') => {
      const { Tags = [] } = await client.send(new ListTagsCommand({ ResourceArn: arn }));
      return Tags.map(({ Key }) => `${arn.slice(arn.lastIndexOf('/') + 1)} ${Key}`);
    }),
  );
  return found.flat();
}

/** `kind name`, sorted. */
export async function listResources({ aws, listenerArn }: Pick<LabInfo, 'aws' | 'listenerArn'>): Promise<string[]> {
  const client = userClientConfig(aws);
  const elb = { client: new ElasticLoadBalancingV2Client(client) };
  const sageMaker = { client: new SageMakerClient(client) };
  const autoScaling = { client: new AutoScalingClient(client) };
  const ec2 = { client: new EC2Client(client) };
  const scaling = { client: new ApplicationAutoScalingClient(client) };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const kinds: Record<string, Promise<Names>> = {
    'target group': names(paginateDescribeTargetGroups(elb, {}), (page) =>
      page.TargetGroups?.map(({ TargetGroupName }) => TargetGroupName),
    ),
    rule: names(paginateDescribeRules(elb, { ListenerArn: listenerArn }), (page) => page.Rules?.map(ruleName)),
    'launch template': names(paginateDescribeLaunchTemplates(ec2, {}), (page) =>
      page.LaunchTemplates?.map(({ LaunchTemplateName }) => LaunchTemplateName),
    ),
    'Auto Scaling group': names(paginateDescribeAutoScalingGroups(autoScaling, {}), (page) =>
      page.AutoScalingGroups?.map(({ AutoScalingGroupName }) => AutoScalingGroupName),
    ),
    model: names(paginateListModels(sageMaker, {}), (page) => page.Models?.map(({ ModelName }) => ModelName)),
    'endpoint configuration': names(paginateListEndpointConfigs(sageMaker, {}), (page) =>
      page.EndpointConfigs?.map(({ EndpointConfigName }) => EndpointConfigName),
    ),
    endpoint: names(paginateListEndpoints(sageMaker, {}), (page) =>
      page.Endpoints?.map(({ EndpointName }) => EndpointName),
    ),
    'scalable target': names(paginateDescribeScalableTargets(scaling, { ServiceNamespace: 'sagemaker' }), (page) =>
      page.ScalableTargets?.map(({ ResourceId }) => ResourceId),
    ),
    suspension: names(paginateDescribeScalableTargets(scaling, { ServiceNamespace: 'sagemaker' }), (page) =>
      page.ScalableTargets?.flatMap(suspensions),
    ),
    mark: marks(sageMaker.client),
    record: records(new Route53Client(client)),
    bucket: s3.send(new ListBucketsCommand({})).then(({ Buckets = [] }) => Buckets.map(({ Name }) => Name)),
  };
  const found = await Promise.all(
    Object.entries(kinds).map(async ([kind, listed]) => (await listed).map((name) => `${kind} ${name}`)),
  );
  return found.flat().sort();
}

/** Of every zone. */
async function records(client: Route53Client): Promise<Names> {
  const ids = await names(paginateListHostedZones({ client }, {}), ({ HostedZones }) =>
    HostedZones?.map(({ Id }) => Id),
  );
  const found = await Promise.all(ids.map((id) => names(recordPages(client, id), (page) => page.map(recordName))));
  return found.flat();
}

/** The SDK has no paginator for them. */
async function* recordPages(client: Route53Client, id: string | undefined): AsyncGenerator<ResourceRecordSet[]> {
  let next: ListResourceRecordSetsRequest | undefined = { HostedZoneId: id };
  while (next !== undefined) {
    const command: ListResourceRecordSetsCommand = new ListResourceRecordSetsCommand(next);
    const { ResourceRecordSets = [], ...more } = await client.send(command);
    yield ResourceRecordSets;
    next = more.IsTruncated
      ? {
          HostedZoneId: id,
          StartRecordName: more.NextRecordName,
          StartRecordType: more.NextRecordType,
          StartRecordIdentifier: more.NextRecordIdentifier,
        }
      : undefined;
  }
}

function recordName({ Name, Type, SetIdentifier = '' }: ResourceRecordSet): string {
  return `${Name} ${Type} ${SetIdentifier}`.trim();
}

async function names<Page>(pages: AsyncIterable<Page>, of: (page: Page) => Names | undefined): Promise<Names> {
  const found: Names = [];
  for await (const page of pages) found.push(...(of(page) ?? []));
  return found;
}
