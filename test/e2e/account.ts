/** The lab's AWS account as a third person sees and touches it. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplatesCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Rule } from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { LabInfo } from '../../lab';
import { userClientConfig } from '../../lab/aws-env';

type Tags = readonly { Key?: string | undefined; Value?: string | undefined }[];

/** One line for each resource: kind, name and what matters about it. Sorted, so that two listings can be compared. */
export type Listing = readonly string[];

export class Account {
  private readonly elb: ElasticLoadBalancingV2Client;
  private readonly ec2: EC2Client;
  private readonly autoScaling: AutoScalingClient;
  private readonly s3: S3Client;

  constructor(private readonly info: LabInfo) {
    const config = userClientConfig(info.aws);
    this.elb = new ElasticLoadBalancingV2Client(config);
    this.ec2 = new EC2Client(config);
    this.autoScaling = new AutoScalingClient(config);
    this.s3 = new S3Client({ ...config, forcePathStyle: true });
  }

  /** Target groups, launch templates, Auto Scaling groups, rules and buckets with their tags. @param about part of the lines that count; all without it. */
  async listing(about = ''): Promise<Listing> {
    const lines = await Promise.all([
      this.groups(),
      this.templates(),
      this.scalingGroups(),
      this.rules(),
      this.buckets(),
    ]);
    return lines
      .flat()
      .filter((line) => line.includes(about))
      .sort();
  }

  /** Instances that Crossfade launched for the workload and that are not terminated. */
  async instanceCount(workload: string): Promise<number> {
    const { Reservations = [] } = await this.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: 'tag:crossfade:workload', Values: [workload] },
          { Name: 'instance-state-name', Values: ['pending', 'running'] },
        ],
      }),
    );
    return Reservations.flatMap(({ Instances = [] }) => Instances).length;
  }

  /** The secret of the workload's probe rule. */
  async probeSecret(workload: string): Promise<string> {
    for (const rule of await this.allRules()) {
      const header = rule.Conditions?.find(({ HttpHeaderConfig }) => HttpHeaderConfig !== undefined);
      const secret = header?.HttpHeaderConfig?.Values?.[0];
      const tags = await this.tagsOf(rule.RuleArn ?? '');
      if (secret !== undefined && tags.includes(`crossfade:workload=${workload}`)) return secret;
    }
    throw new Error(`there is no probe rule of ${workload}`);
  }

  async createRule(host: string, priority: number, targetGroupArn: string, stickySeconds?: number): Promise<string> {
    const made = await this.elb.send(
      new CreateRuleCommand({
        ListenerArn: this.info.listenerArn,
        Priority: priority,
        Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [host] } }],
        Actions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: targetGroupArn, Weight: 100 }],
              ...(stickySeconds === undefined
                ? {}
                : { TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: stickySeconds } }),
            },
          },
        ],
      }),
    );
    return made.Rules?.[0]?.RuleArn ?? '';
  }

  async createTargetGroup(name: string): Promise<string> {
    const made = await this.elb.send(
      new CreateTargetGroupCommand({ Name: name, Protocol: 'HTTP', Port: 80, VpcId: this.info.network.vpcId }),
    );
    return made.TargetGroups?.[0]?.TargetGroupArn ?? '';
  }

  async createLaunchTemplate(name: string): Promise<void> {
    await this.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: { ImageId: this.info.network.imageId, InstanceType: 't3.micro' },
      }),
    );
  }

  async createScalingGroup(name: string): Promise<void> {
    await this.createLaunchTemplate(`${name}-template`);
    await this.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: name,
        LaunchTemplate: { LaunchTemplateName: `${name}-template`, Version: '$Latest' },
        MinSize: 0,
        MaxSize: 0,
        VPCZoneIdentifier: this.info.network.subnetIds.join(','),
      }),
    );
  }

  async createBucket(name: string): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: name }));
  }

  /** What a third hand does: other weights on a rule whose target groups stay. @param weights in the order of the rule. */
  async setWeights(ruleArn: string, weights: readonly number[]): Promise<void> {
    const { Rules = [] } = await this.elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    const groups = Rules[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? [];
    const TargetGroups = groups.map((group, index) => ({ ...group, Weight: weights[index] ?? 0 }));
    await this.elb.send(
      new ModifyRuleCommand({ RuleArn: ruleArn, Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups } }] }),
    );
  }

  /** `arn=weight` for each target group of the rule. */
  async shares(ruleArn: string): Promise<string[]> {
    const { Rules = [] } = await this.elb.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }));
    return sharesOf(Rules[0]);
  }

  /** The text of every object in a bucket. */
  async objects(Bucket: string): Promise<string> {
    const { Contents = [] } = await this.s3.send(new ListObjectsV2Command({ Bucket }));
    const bodies = await Promise.all(
      Contents.map(async ({ Key }) =>
        (await this.s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString(),
      ),
    );
    return bodies.join('\n');
  }

  private async groups(): Promise<string[]> {
    const { TargetGroups = [] } = await this.elb.send(new DescribeTargetGroupsCommand({}));
    return Promise.all(
      TargetGroups.map(async ({ TargetGroupName, TargetGroupArn = '' }) => {
        return `target group ${TargetGroupName} [${await this.tagsOf(TargetGroupArn)}]`;
      }),
    );
  }

  private async templates(): Promise<string[]> {
    const { LaunchTemplates = [] } = await this.ec2.send(new DescribeLaunchTemplatesCommand({}));
    return LaunchTemplates.map(
      ({ LaunchTemplateName, Tags }) => `launch template ${LaunchTemplateName} [${tagText(Tags)}]`,
    );
  }

  private async scalingGroups(): Promise<string[]> {
    const { AutoScalingGroups = [] } = await this.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return AutoScalingGroups.map(
      ({ AutoScalingGroupName, MinSize, DesiredCapacity, MaxSize, Instances, Tags }) =>
        `Auto Scaling group ${AutoScalingGroupName} ${MinSize}/${DesiredCapacity}/${MaxSize}, ` +
        `${Instances?.length ?? 0} instances [${tagText(Tags)}]`,
    );
  }

  private async rules(): Promise<string[]> {
    return Promise.all(
      (await this.allRules()).map(async (rule) => {
        const hosts = rule.Conditions?.flatMap(({ HostHeaderConfig }) => HostHeaderConfig?.Values ?? []) ?? [];
        return `rule ${rule.Priority} ${hosts.join()} to ${sharesOf(rule).join()} [${await this.tagsOf(rule.RuleArn ?? '')}]`;
      }),
    );
  }

  private async allRules(): Promise<Rule[]> {
    const { Rules = [] } = await this.elb.send(new DescribeRulesCommand({ ListenerArn: this.info.listenerArn }));
    return Rules;
  }

  private async buckets(): Promise<string[]> {
    const { Buckets = [] } = await this.s3.send(new ListBucketsCommand({}));
    return Buckets.map(({ Name }) => `bucket ${Name}`);
  }

  private async tagsOf(arn: string): Promise<string> {
    const { TagDescriptions = [] } = await this.elb.send(new DescribeTagsCommand({ ResourceArns: [arn] }));
    return tagText(TagDescriptions[0]?.Tags);
  }
}

function sharesOf(rule: Rule | undefined): string[] {
  const groups = rule?.Actions?.flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? []) ?? [];
  return groups.map(({ TargetGroupArn, Weight }) => `${TargetGroupArn}=${Weight}`);
}

function tagText(tags: Tags | undefined): string {
  return (tags ?? [])
    .map(({ Key, Value }) => `${Key}=${Value}`)
    .sort()
    .join(', ');
}
