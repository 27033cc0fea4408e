/** The user's AWS account as it looks before the migration: everything here is made through the AWS SDK, as a user would. */
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CreateLaunchTemplateCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  ElasticLoadBalancingV2Client,
  DescribeTargetHealthCommand,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { userClientConfig } from '../aws-env';
import type { ModelSide } from '../fleet/server';
import type { NetworkInfo } from '../info';
import { seededRandom } from '../seeded';

/** An image that moto knows; its own list of all images takes seconds to read. */
const IMAGE_ID = 'ami-03cf127a';
export const SERVICE_PORT = 8080;
const FIRST_RULE_PRIORITY = 100;
const NOBODY: Action = {
  Type: 'fixed-response',
  FixedResponseConfig: { StatusCode: '404', ContentType: 'text/plain', MessageBody: 'no such workload' },
};

export class LabAccount {
  private readonly ec2: EC2Client;
  private readonly elb: ElasticLoadBalancingV2Client;
  private readonly autoScaling: AutoScalingClient;
  private readonly s3: S3Client;

  constructor(endpoint: string) {
    const config = userClientConfig(endpoint);
    this.ec2 = new EC2Client(config);
    this.elb = new ElasticLoadBalancingV2Client(config);
    this.autoScaling = new AutoScalingClient(config);
    this.s3 = new S3Client(config);
  }

  /** The default VPC with two subnets in different zones, as every account has. */
  async network(): Promise<NetworkInfo> {
    const vpcs = await this.ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }));
    const vpcId = must(vpcs.Vpcs?.[0]?.VpcId, 'default VPC');
    const subnets = await this.ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }));
    const groups = await this.ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: 'vpc-id', Values: [vpcId] }] }),
    );
    return {
      vpcId,
      subnetIds: (subnets.Subnets ?? []).slice(0, 2).map((subnet) => must(subnet.SubnetId, 'subnet')),
      securityGroupIds: [must(groups.SecurityGroups?.[0]?.GroupId, 'security group')],
      imageId: IMAGE_ID,
    };
  }

  /** @param targetGroupArn whose targets get what no rule matches; without it that is answered with 404. */
  async loadBalancer(
    network: NetworkInfo,
    name: string,
    targetGroupArn?: string,
  ): Promise<{ loadBalancerArn: string; listenerArn: string }> {
    const made = await this.elb.send(
      new CreateLoadBalancerCommand({
        Name: name,
        Type: 'application',
        Subnets: [...network.subnetIds],
        SecurityGroups: [...network.securityGroupIds],
      }),
    );
    const loadBalancerArn = must(made.LoadBalancers?.[0]?.LoadBalancerArn, 'load balancer');
    const listener = await this.elb.send(
      new CreateListenerCommand({
        LoadBalancerArn: loadBalancerArn,
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: [targetGroupArn === undefined ? NOBODY : { Type: 'forward', TargetGroupArn: targetGroupArn }],
      }),
    );
    return { loadBalancerArn, listenerArn: must(listener.Listeners?.[0]?.ListenerArn, 'listener') };
  }

  /** Launch template and Auto Scaling group of one side; resolves with the instances it launched. */
  async fleet(
    name: string,
    side: ModelSide,
    network: NetworkInfo,
    targetGroupArns: readonly string[] = [],
  ): Promise<string[]> {
    const group = `${name}-${side}`;
    await this.ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: group,
        LaunchTemplateData: {
          ImageId: network.imageId,
          InstanceType: side === 'source' ? 'g4dn.xlarge' : 'g5.xlarge',
          SecurityGroupIds: [...network.securityGroupIds],
        },
      }),
    );
    await this.autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: group,
        LaunchTemplate: { LaunchTemplateName: group, Version: '$Latest' },
        MinSize: 1,
        MaxSize: 2,
        DesiredCapacity: 1,
        VPCZoneIdentifier: network.subnetIds.join(','),
        TargetGroupARNs: [...targetGroupArns],
        Tags: [{ Key: 'app', Value: name, PropagateAtLaunch: true }],
      }),
    );
    const groups = await this.autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] }),
    );
    return (groups.AutoScalingGroups?.[0]?.Instances ?? []).map((instance) => must(instance.InstanceId, 'instance'));
  }

  async isHealthy(targetGroupArn: string): Promise<boolean> {
    const { TargetHealthDescriptions = [] } = await this.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
    );
    return TargetHealthDescriptions.some(({ TargetHealth }) => TargetHealth?.State === 'healthy');
  }

  /** The source's target group with its members, and the production rule that sends them everything. */
  async production(
    name: string,
    host: string,
    place: { vpcId: string; listenerArn: string; index: number },
    members: readonly { id: string; port: number }[],
  ): Promise<{ sourceTargetGroupArn: string; ruleArn: string }> {
    const sourceTargetGroupArn = await this.targetGroup(`${name}-source`, place.vpcId, members);
    const rule = await this.elb.send(
      new CreateRuleCommand({
        ListenerArn: place.listenerArn,
        Priority: FIRST_RULE_PRIORITY + place.index,
        Conditions: [{ Field: 'host-header', HostHeaderConfig: { Values: [host] } }],
        Actions: [
          { Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: sourceTargetGroupArn, Weight: 100 }] } },
        ],
      }),
    );
    return { sourceTargetGroupArn, ruleArn: must(rule.Rules?.[0]?.RuleArn, 'rule') };
  }

  /** @param members addresses; without them the group is for an Auto Scaling group's instances. @returns its ARN. */
  async targetGroup(name: string, vpcId: string, members?: readonly { id: string; port: number }[]): Promise<string> {
    const group = await this.elb.send(
      new CreateTargetGroupCommand({
        Name: name,
        Protocol: 'HTTP',
        Port: SERVICE_PORT,
        VpcId: vpcId,
        // What answers may be a tap in front of the source, which is no instance.
        TargetType: members === undefined ? 'instance' : 'ip',
        HealthCheckPath: '/health',
        HealthCheckIntervalSeconds: 5,
        HealthCheckTimeoutSeconds: 2,
        HealthyThresholdCount: 2,
        UnhealthyThresholdCount: 2,
      }),
    );
    const TargetGroupArn = must(group.TargetGroups?.[0]?.TargetGroupArn, 'target group');
    const Targets = members?.map(({ id, port }) => ({ Id: id, Port: port }));
    if (Targets !== undefined) await this.elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets }));
    return TargetGroupArn;
  }

  /** A source bucket with odd keys and an empty object in it, and the ledger's bucket. The target's is for the migration to make. */
  async buckets(name: string): Promise<{ source: string; target: string; ledger: string }> {
    const buckets = { source: `${name}-data-source`, target: `${name}-data-target`, ledger: `${name}-ledger` };
    await this.s3.send(new CreateBucketCommand({ Bucket: buckets.source }));
    await this.s3.send(new CreateBucketCommand({ Bucket: buckets.ledger }));
    const objects = sampleObjects(name);
    await Promise.all(
      objects.map(({ key, body }) =>
        this.s3.send(new PutObjectCommand({ Bucket: buckets.source, Key: key, Body: body })),
      ),
    );
    return buckets;
  }
}

function sampleObjects(name: string): { key: string; body: Buffer }[] {
  const random = seededRandom(name.length);
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  const plain = Array.from({ length: 34 }, (_, index) => ({
    key: `features/part-${String(index).padStart(4, '0')}.bin`,
    body: bytes(200 + index * 37),
  }));
  const odd = [
    'with space/a b.txt',
    'plus+and%percent.txt',
    'umlaut/größe-ß.json',
    'quote\'s&ampersand="x".txt',
    'deep/er/and/deeper/model.bin',
    'trailing./dots..txt',
  ];
  return [
    ...plain,
    ...odd.map((key) => ({ key, body: bytes(64) })),
    { key: 'features/_SUCCESS', body: Buffer.alloc(0) },
  ];
}

export function must<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`the lab's AWS returned no ${what}`);
  return value;
}
