/** A target fleet made by hand through the AWS SDK, the way a migration makes its own. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeRulesCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { userClientConfig } from '../../lab/aws-env';
import type { LabInfo, WorkloadInfo } from '../../lab';

const NAME = 'ranker-target';

export class TargetFleet {
  readonly elb: ElasticLoadBalancingV2Client;
  private readonly autoScaling: AutoScalingClient;
  private readonly ec2: EC2Client;
  targetGroupArn = '';

  constructor(
    private readonly info: LabInfo,
    private readonly workload: WorkloadInfo,
  ) {
    const config = userClientConfig(info.aws);
    // One attempt: a test that injects a fault wants to see it.
    this.elb = new ElasticLoadBalancingV2Client({ ...config, maxAttempts: 1 });
    this.autoScaling = new AutoScalingClient(config);
    this.ec2 = new EC2Client(config);
  }

  async create(): Promise<void> {
    const { network, listenerArn } = this.info;
    await this.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: NAME,
        LaunchTemplateData: { ImageId: network.imageId, InstanceType: 'g5.xlarge' },
      }),
    );
    const group = await this.elb.send(
      new CreateTargetGroupCommand({
        Name: NAME,
        Protocol: 'HTTP',
        Port: 8080,
        VpcId: network.vpcId,
        TargetType: 'instance',
        HealthCheckPath: '/health',
      }),
    );
    this.targetGroupArn = group.TargetGroups?.[0]?.TargetGroupArn ?? '';
    await this.createGroup();
    await this.elb.send(
      new CreateRuleCommand({
        ListenerArn: listenerArn,
        Priority: 10,
        Conditions: [{ Field: 'http-header', HttpHeaderConfig: { HttpHeaderName: 'x-probe', Values: ['secret'] } }],
        Actions: [{ Type: 'forward', TargetGroupArn: this.targetGroupArn }],
      }),
    );
  }

  async createGroup(): Promise<void> {
    await this.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: NAME,
        LaunchTemplate: { LaunchTemplateName: NAME, Version: '$Latest' },
        MinSize: 0,
        MaxSize: 2,
        DesiredCapacity: 2,
        VPCZoneIdentifier: this.info.network.subnetIds.join(','),
        TargetGroupARNs: [this.targetGroupArn],
        Tags: [{ Key: 'crossfade:workload', Value: this.workload.name, PropagateAtLaunch: true }],
      }),
    );
  }

  async deleteGroup(): Promise<void> {
    await this.autoScaling.send(new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: NAME }));
  }

  async deleteTargetGroup(): Promise<void> {
    await this.elb.send(new DeleteTargetGroupCommand({ TargetGroupArn: this.targetGroupArn }));
  }

  async scaleTo(count: number): Promise<void> {
    await this.autoScaling.send(
      new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: NAME, DesiredCapacity: count }),
    );
  }

  async states(): Promise<(string | undefined)[]> {
    const reply = await this.elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: this.targetGroupArn }));
    return (reply.TargetHealthDescriptions ?? []).map(({ TargetHealth }) => TargetHealth?.State);
  }

  /** Of the production rule, source first. */
  async weights(): Promise<(number | undefined)[]> {
    const reply = await this.elb.send(new DescribeRulesCommand({ RuleArns: [this.workload.ruleArn] }));
    return (reply.Rules?.[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups ?? []).map(({ Weight }) => Weight);
  }

  /** ModifyRule on the production rule. */
  async setWeights(source: number, target: number): Promise<void> {
    await this.elb.send(
      new ModifyRuleCommand({
        RuleArn: this.workload.ruleArn,
        Actions: [
          {
            Type: 'forward',
            ForwardConfig: {
              TargetGroups: [
                { TargetGroupArn: this.workload.sourceTargetGroupArn, Weight: source },
                { TargetGroupArn: this.targetGroupArn, Weight: target },
              ],
            },
          },
        ],
      }),
    );
  }
}
