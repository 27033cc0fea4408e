/** Auto Scaling groups and instances as Compute; launch templates are beside it. */
import type { AutoScalingClient, AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  CreateAutoScalingGroupCommand,
  CreateOrUpdateTagsCommand,
  DeleteAutoScalingGroupCommand,
  DeleteTagsCommand,
  DescribeAutoScalingGroupsCommand,
  PutScalingPolicyCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import type { EC2Client } from '@aws-sdk/client-ec2';
import { DescribeInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { MigrationError } from '../domain/errors';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_MIN_BEFORE } from '../domain/resources';
import type { Ec2TargetSpec } from '../domain/spec';
import type { AutoScalingGroupState, Compute } from '../ports/compute';
import type { Found } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagRecord } from './aws-tags';
import { exactlyOne } from './found';
import { LaunchTemplates } from './launch-templates';

/** Most values that one EC2 filter takes. */
const FILTER_VALUES_MAX = 200;
const ALIVE_STATES = ['pending', 'running', 'stopping', 'stopped'];

export class Ec2Compute implements Compute {
  private readonly templates: LaunchTemplates;

  constructor(
    private readonly ec2: EC2Client,
    private readonly autoScaling: AutoScalingClient,
  ) {
    this.templates = new LaunchTemplates(ec2);
  }

  findLaunchTemplate(name: string): Promise<Found<{ id: string }> | undefined> {
    return this.templates.find(name);
  }

  createLaunchTemplate(name: string, target: Ec2TargetSpec, owner: Owner): Promise<{ id: string }> {
    return this.templates.create(name, target, owner);
  }

  deleteLaunchTemplate(id: string): Promise<void> {
    return this.templates.delete(id);
  }

  async findAutoScalingGroup(name: string): Promise<Found<AutoScalingGroupState> | undefined> {
    const group = await this.describeGroup(name);
    if (group === undefined) return undefined;
    const value: AutoScalingGroupState = {
      name,
      minSize: group.MinSize ?? 0,
      desiredCapacity: group.DesiredCapacity ?? 0,
      maxSize: group.MaxSize ?? 0,
      instanceCount: group.Instances?.length ?? 0,
    };
    return { value, owner: ownerOf(tagRecord(group.Tags)) };
  }

  async createAutoScalingGroup(
    name: string,
    target: Ec2TargetSpec,
    launchTemplateId: string,
    targetGroupArn: string,
    owner: Owner,
  ): Promise<void> {
    const command = new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateId: launchTemplateId, Version: '$Default' },
      MinSize: target.min,
      DesiredCapacity: target.desired,
      MaxSize: target.max,
      VPCZoneIdentifier: target.subnetIds.join(','),
      TargetGroupARNs: [targetGroupArn],
      // The load balancer's health check decides: an instance whose model does not answer is replaced.
      HealthCheckType: 'ELB',
      HealthCheckGracePeriod: target.healthCheckGraceSeconds,
      Tags: groupTags(name, { Name: name, ...ownerTags(owner) }),
    });
    await awsCall('autoscaling:CreateAutoScalingGroup', name, (abortSignal) =>
      this.autoScaling.send(command, { abortSignal }),
    );
  }

  async putScalingPolicy(name: string, target: Ec2TargetSpec): Promise<void> {
    if (target.scaleOn === undefined) return;
    const { namespace, metric, value } = target.scaleOn;
    const command = new PutScalingPolicyCommand({
      AutoScalingGroupName: name,
      PolicyName: name,
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration: {
        TargetValue: value,
        CustomizedMetricSpecification: {
          Namespace: namespace,
          MetricName: metric,
          Statistic: 'Average',
          // The dimension that agents add by themselves; without one, another group's numbers would scale this one.
          Dimensions: [{ Name: 'AutoScalingGroupName', Value: name }],
        },
      },
    });
    await awsCall('autoscaling:PutScalingPolicy', name, (abortSignal) =>
      this.autoScaling.send(command, { abortSignal }),
    );
  }

  async deleteAutoScalingGroup(name: string): Promise<void> {
    if (isGone(await this.describeGroup(name))) return;
    try {
      await this.updateGroup(name, { MinSize: 0, DesiredCapacity: 0, MaxSize: 0 });
      const command = new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: name, ForceDelete: true });
      await awsCall('autoscaling:DeleteAutoScalingGroup', name, (abortSignal) =>
        this.autoScaling.send(command, { abortSignal }),
      );
    } catch (error) {
      // "Not found" and "being deleted" have the code of every other validation error, so look instead.
      if (!isGone(await this.describeGroup(name))) throw error;
    }
  }

  async freezeCapacity(name: string): Promise<void> {
    const group = await this.describeGroup(name);
    if (group === undefined)
      throw new MigrationError('NotFound', `Auto Scaling group ${name} is not there: its capacity cannot be frozen`);
    const remembered = tagRecord(group.Tags)[TAG_MIN_BEFORE];
    // Tag first: frozen without a memory, the group could never be thawed.
    if (remembered === undefined)
      await this.tagAutoScalingGroup(name, { [TAG_MIN_BEFORE]: String(group.MinSize ?? 0) }, false);
    else if (String(group.MinSize) !== remembered) return;
    await this.updateGroup(name, { MinSize: group.DesiredCapacity ?? 0 });
  }

  async unfreezeCapacity(name: string): Promise<void> {
    const group = await this.describeGroup(name);
    const remembered = tagRecord(group?.Tags)[TAG_MIN_BEFORE];
    if (group === undefined || remembered === undefined || isGone(group)) return;
    if (!/^\d+$/.test(remembered)) {
      throw new MigrationError(
        'AwsRejected',
        `the tag ${TAG_MIN_BEFORE} of Auto Scaling group ${name} is '${remembered}', not a number`,
      );
    }
    await this.updateGroup(name, { MinSize: Number(remembered) });
    const command = new DeleteTagsCommand({
      Tags: [{ ResourceId: name, ResourceType: 'auto-scaling-group', Key: TAG_MIN_BEFORE }],
    });
    await awsCall('autoscaling:DeleteTags', name, (abortSignal) => this.autoScaling.send(command, { abortSignal }));
  }

  async findInstances(instanceIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (let start = 0; start < instanceIds.length; start += FILTER_VALUES_MAX) {
      found.push(...(await this.findAlive(instanceIds.slice(start, start + FILTER_VALUES_MAX))));
    }
    return found;
  }

  async terminateInstances(instanceIds: readonly string[]): Promise<void> {
    if (instanceIds.length === 0) return;
    const command = new TerminateInstancesCommand({ InstanceIds: [...instanceIds] });
    await awsCall('ec2:TerminateInstances', instanceIds.join(', '), (abortSignal) =>
      this.ec2.send(command, { abortSignal }),
    );
  }

  async tagAutoScalingGroup(name: string, tags: Readonly<Record<string, string>>, propagate = true): Promise<void> {
    if (Object.keys(tags).length === 0) return;
    const command = new CreateOrUpdateTagsCommand({ Tags: groupTags(name, tags, propagate) });
    await awsCall('autoscaling:CreateOrUpdateTags', name, (abortSignal) =>
      this.autoScaling.send(command, { abortSignal }),
    );
  }

  private async describeGroup(name: string): Promise<AutoScalingGroup | undefined> {
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] });
    const reply = await awsCall('autoscaling:DescribeAutoScalingGroups', name, (abortSignal) =>
      this.autoScaling.send(command, { abortSignal }),
    );
    const groups = reply.AutoScalingGroups ?? [];
    return groups.length === 0 ? undefined : exactlyOne(groups, `Auto Scaling group ${name}`);
  }

  private async updateGroup(
    name: string,
    sizes: { MinSize?: number; DesiredCapacity?: number; MaxSize?: number },
  ): Promise<void> {
    const command = new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: name, ...sizes });
    await awsCall('autoscaling:UpdateAutoScalingGroup', name, (abortSignal) =>
      this.autoScaling.send(command, { abortSignal }),
    );
  }

  private async findAlive(instanceIds: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const Filters = [
        { Name: 'instance-id', Values: [...instanceIds] },
        { Name: 'instance-state-name', Values: ALIVE_STATES },
      ];
      const page = await awsCall('ec2:DescribeInstances', instanceIds.join(', '), (abortSignal) =>
        this.ec2.send(new DescribeInstancesCommand({ Filters, NextToken }), { abortSignal }),
      );
      const instances = (page.Reservations ?? []).flatMap((reservation) => reservation.Instances ?? []);
      found.push(...instances.flatMap((instance) => instance.InstanceId ?? []));
      NextToken = page.NextToken;
    } while (NextToken);
    return found;
  }
}

/** A group in deletion keeps its name for some minutes, and terminates its instances by itself. */
function isGone(group: AutoScalingGroup | undefined): boolean {
  return group === undefined || group.Status === 'Delete in progress';
}

function groupTags(
  name: string,
  tags: Readonly<Record<string, string>>,
  propagate = true,
): { ResourceId: string; ResourceType: string; Key: string; Value: string; PropagateAtLaunch: boolean }[] {
  return Object.entries(tags).map(([Key, Value]) => ({
    ResourceId: name,
    ResourceType: 'auto-scaling-group',
    Key,
    Value,
    PropagateAtLaunch: propagate,
  }));
}
