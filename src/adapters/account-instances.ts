/** Auto Scaling groups and instances of an account. */
import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import type { EC2Client, Filter, Instance, InstanceTypeInfo } from '@aws-sdk/client-ec2';
import { DescribeInstancesCommand, DescribeInstanceTypesCommand } from '@aws-sdk/client-ec2';
import type { InstanceFacts, InstanceTypeFacts, ScalingGroupFacts, TaggedInstanceFacts } from '../ports/account';
import { awsCall } from './aws-errors';
import { everyPage } from './pages';

/** A filter instead of IDs: one that is gone since is left out, and no error. */
const FILTER_VALUES_MAX = 200;
const ALIVE_STATES = ['pending', 'running'];
/** EC2's. */
const PAGE_SIZE_MAX = 1_000;

export class InstanceListing {
  constructor(
    private readonly ec2: EC2Client,
    private readonly autoScaling: AutoScalingClient,
  ) {}

  async scalingGroups(): Promise<ScalingGroupFacts[]> {
    const all = await everyPage(
      (NextToken) =>
        awsCall('autoscaling:DescribeAutoScalingGroups', 'the account', (abortSignal) =>
          this.autoScaling.send(new DescribeAutoScalingGroupsCommand({ NextToken }), { abortSignal }),
        ),
      (page) => page.AutoScalingGroups,
      (page) => page.NextToken,
    );
    return all.map(toScalingGroup);
  }

  async instances(ids: readonly string[]): Promise<InstanceFacts[]> {
    const found: InstanceFacts[] = [];
    for (let start = 0; start < ids.length; start += FILTER_VALUES_MAX)
      found.push(...(await this.batch(ids.slice(start, start + FILTER_VALUES_MAX))));
    return found;
  }

  async taggedInstances(tags: Readonly<Record<string, string>>): Promise<TaggedInstanceFacts[]> {
    const filters = Object.entries(tags).map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }));
    return (await this.alive(filters, 'the account')).map(toTagged);
  }

  /** A filter, too: a name that the region does not have is left out, and no error. */
  async instanceTypes(names: readonly string[]): Promise<InstanceTypeFacts[]> {
    const found: InstanceTypeInfo[] = [];
    for (let start = 0; start < names.length; start += FILTER_VALUES_MAX)
      found.push(...(await this.typesOf(names.slice(start, start + FILTER_VALUES_MAX))));
    return found.map(toType);
  }

  private typesOf(names: readonly string[]): Promise<InstanceTypeInfo[]> {
    const Filters = [{ Name: 'instance-type', Values: [...names] }];
    return everyPage(
      (NextToken) =>
        awsCall('ec2:DescribeInstanceTypes', names.join(', '), (abortSignal) =>
          this.ec2.send(new DescribeInstanceTypesCommand({ Filters, NextToken }), { abortSignal }),
        ),
      (page) => page.InstanceTypes,
      (page) => page.NextToken,
    );
  }

  private async batch(ids: readonly string[]): Promise<InstanceFacts[]> {
    const filters = [{ Name: 'instance-id', Values: [...ids] }];
    return (await this.alive(filters, ids.join(', '))).map(toInstance);
  }

  private async alive(filters: readonly Filter[], resource: string): Promise<Instance[]> {
    const Filters = [...filters, { Name: 'instance-state-name', Values: ALIVE_STATES }];
    const reservations = await everyPage(
      (NextToken) =>
        awsCall('ec2:DescribeInstances', resource, (abortSignal) =>
          this.ec2.send(new DescribeInstancesCommand({ Filters, NextToken, MaxResults: PAGE_SIZE_MAX }), {
            abortSignal,
          }),
        ),
      (page) => page.Reservations,
      (page) => page.NextToken,
    );
    return reservations.flatMap(({ Instances = [] }) => Instances);
  }
}

function toScalingGroup(group: AutoScalingGroup): ScalingGroupFacts {
  return {
    name: group.AutoScalingGroupName ?? '',
    min: group.MinSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    max: group.MaxSize ?? 0,
    subnetIds: (group.VPCZoneIdentifier ?? '').split(',').flatMap((id) => (id.trim() === '' ? [] : [id.trim()])),
    targetGroupArns: group.TargetGroupARNs ?? [],
    instanceIds: (group.Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []),
  };
}

function toInstance(instance: Instance): InstanceFacts {
  const profile = instance.IamInstanceProfile?.Arn;
  return {
    id: instance.InstanceId ?? '',
    instanceType: instance.InstanceType ?? '',
    imageId: instance.ImageId ?? '',
    subnetId: instance.SubnetId ?? '',
    securityGroupIds: (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    ...(profile === undefined ? {} : { instanceProfile: profile }),
  };
}

function toTagged(instance: Instance): TaggedInstanceFacts {
  const tags = (instance.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value] as const);
  return {
    id: instance.InstanceId ?? '',
    instanceType: instance.InstanceType ?? '',
    tags: Object.fromEntries(tags),
  };
}

function toType({ InstanceType, VCpuInfo, GpuInfo }: InstanceTypeInfo): InstanceTypeFacts {
  const gpus = GpuInfo?.Gpus ?? [];
  const gpu = gpus[0]?.Name;
  return {
    name: InstanceType ?? '',
    vcpus: VCpuInfo?.DefaultVCpus ?? 0,
    ...(gpu === undefined ? {} : { gpu }),
    gpuCount: gpus.reduce((sum, { Count = 0 }) => sum + Count, 0),
  };
}
