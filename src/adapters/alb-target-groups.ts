/** Target groups: made like the source's, found by name, judged by their targets' health. */
import type {
  CreateTargetGroupCommandInput,
  ElasticLoadBalancingV2Client,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  AddTagsCommand,
  CreateTargetGroupCommand,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TargetHealth } from '../domain/evidence';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags } from '../domain/resources';
import type { Found, TargetGroupDescription } from '../ports/traffic-router';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import type { Elbv2Reads } from './elbv2-reads';
import { acceptMissing, exactlyOne, missingAsUndefined } from './found';

/** Part of a weight shift's budget (alb.ts, invariant 4). */
const HEALTH_DEADLINE_MS = 3_000;

export class AlbTargetGroups {
  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly reads: Elbv2Reads,
  ) {}

  async find(name: string): Promise<Found<{ arn: string }> | undefined> {
    const group = await this.reads.targetGroupNamed(name);
    if (group?.TargetGroupArn === undefined) return undefined;
    const arn = group.TargetGroupArn;
    const tags = await missingAsUndefined(this.reads.tagsOf([arn]));
    return tags && { value: { arn }, owner: ownerOf(tags.get(arn) ?? {}) };
  }

  async create(description: TargetGroupDescription, owner: Owner): Promise<{ arn: string }> {
    const like = await this.reads.targetGroup(description.likeTargetGroupArn);
    const command = new CreateTargetGroupCommand(targetGroupLike(like, description, owner));
    const reply = await awsCall('elasticloadbalancing:CreateTargetGroup', description.name, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    return { arn: exactlyOne(reply.TargetGroups ?? [], `target group ${description.name}`).TargetGroupArn ?? '' };
  }

  async delete(arn: string): Promise<void> {
    // ResourceInUse stays an error that is retried: a rule that was deleted just now may still hold the group.
    await acceptMissing(
      awsCall('elasticloadbalancing:DeleteTargetGroup', arn, (abortSignal) =>
        this.client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }), { abortSignal }),
      ),
    );
  }

  async readHealth(targetGroupArn: string): Promise<TargetHealth> {
    const reply = await awsCall(
      'elasticloadbalancing:DescribeTargetHealth',
      targetGroupArn,
      (abortSignal) =>
        this.client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }), { abortSignal }),
      { deadlineMs: HEALTH_DEADLINE_MS },
    );
    const states = (reply.TargetHealthDescriptions ?? []).map((target) => target.TargetHealth?.State);
    return {
      healthyCount: states.filter((state) => state === 'healthy').length,
      // A draining target finishes old requests and gets no new ones: it is no capacity.
      registeredCount: states.filter((state) => state !== 'draining').length,
    };
  }

  async tag(arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(tags).length === 0) return;
    await awsCall('elasticloadbalancing:AddTags', arn, (abortSignal) =>
      this.client.send(new AddTagsCommand({ ResourceArns: [arn], Tags: tagList(tags) }), { abortSignal }),
    );
  }
}

/** The source's group with another name, port and health path, for instances. */
export function targetGroupLike(
  like: TargetGroup,
  description: TargetGroupDescription,
  owner: Owner,
): CreateTargetGroupCommandInput {
  // A health port of its own is kept; one that only repeats the source's traffic port would be wrong on ours.
  const HealthCheckPort = like.HealthCheckPort === String(like.Port) ? 'traffic-port' : like.HealthCheckPort;
  return {
    Name: description.name,
    Port: description.port,
    Protocol: like.Protocol,
    ProtocolVersion: like.ProtocolVersion,
    VpcId: like.VpcId,
    TargetType: 'instance',
    IpAddressType: like.IpAddressType,
    HealthCheckEnabled: true,
    HealthCheckProtocol: like.HealthCheckProtocol,
    HealthCheckPort,
    HealthCheckPath: description.healthPath,
    HealthCheckIntervalSeconds: like.HealthCheckIntervalSeconds,
    HealthCheckTimeoutSeconds: like.HealthCheckTimeoutSeconds,
    HealthyThresholdCount: like.HealthyThresholdCount,
    UnhealthyThresholdCount: like.UnhealthyThresholdCount,
    Matcher: like.Matcher,
    Tags: tagList(ownerTags(owner)),
  };
}
