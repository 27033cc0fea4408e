/** Auto Scaling groups and instances of an account. */
import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import type { EC2Client, Instance } from '@aws-sdk/client-ec2';
import { DescribeInstancesCommand } from '@aws-sdk/client-ec2';
import type { InstanceFacts, ScalingGroupFacts } from '../ports/account';
import { awsCall } from './aws-errors';
import { everyPage } from './pages';

/** A filter instead of IDs: one that is gone since is left out, and no error. */
const FILTER_VALUES_MAX = 200;
const ALIVE_STATES = ['pending', 'running'];

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

  private async batch(ids: readonly string[]): Promise<InstanceFacts[]> {
    const Filters = [
      { Name: 'instance-id', Values: [...ids] },
      { Name: 'instance-state-name', Values: ALIVE_STATES },
    ];
    const reservations = await everyPage(
      (NextToken) =>
        awsCall('ec2:DescribeInstances', ids.join(', '), (abortSignal) =>
          this.ec2.send(new DescribeInstancesCommand({ Filters, NextToken }), { abortSignal }),
        ),
      (page) => page.Reservations,
      (page) => page.NextToken,
    );
    return reservations.flatMap(({ Instances = [] }) => Instances.map(toInstance));
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
