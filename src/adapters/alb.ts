/**
 * The Application Load Balancer as a TrafficRouter.
 *
 * 1. Production's rule or listener is modified, never deleted, and only its forward action and our two tags change.
 * 2. Its default rule cannot be changed by ModifyRule: a `listener` route goes through ModifyListener, tags included.
 * 3. A weight is written by a client that never retries and gives up within WRITE_DEADLINE_MS: a late repetition could
 *    undo a newer decision, so retries are Temporal's.
 * 4. Read route, read health, write tag, read again, write weights: with these deadlines the last write of an attempt
 *    ends within 19 s, before the attempt's own 20 s are over, so no write outlives the attempt that made it.
 */
import type {
  Action,
  CreateTargetGroupCommandInput,
  ElasticLoadBalancingV2Client,
  RuleCondition,
  RuleTransform,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  AddTagsCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DescribeTargetHealthCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
  RemoveTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_CLAIM, TAG_SHIFT } from '../domain/resources';
import type { WantedShift } from '../domain/weights';
import { formatShiftTag, parseShiftTag } from '../domain/weights';
import type { Found, ProbeRule, RouteRef, RouteShare, RouteState, TargetGroupDescription, TrafficRouter } from '../ports/traffic-router';
import {
  choosePriority,
  forwardOf,
  newProbeSecret,
  parentsOfRule,
  PROBE_HEADER,
  probeConditions,
  probeSecretOf,
  readShares,
  stickinessEnabled,
  withShares,
} from './alb-actions';
import { awsCall } from './aws-errors';
import { Elbv2Reads } from './elbv2-reads';
import { acceptMissing, exactlyOne, missingAsUndefined } from './found';

const WRITE_DEADLINE_MS = 5_000;
const READ_DEADLINE_MS = 3_000;
const WRITE_LIMIT = { deadlineMs: WRITE_DEADLINE_MS };

/** Production's actions and conditions, wherever they are kept (invariant 2). */
interface RouteConfig {
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly actions: readonly Action[];
  readonly conditions: readonly RuleCondition[];
  /** Rewrites of host or URL; a copy must reach the target in the same shape as production's requests. */
  readonly transforms: readonly RuleTransform[];
  /** undefined: the default rule, which comes last. */
  readonly priority: number | undefined;
}

export class AlbRouter implements TrafficRouter {
  private readonly reads: Elbv2Reads;

  /** @param weightClient must have `maxAttempts: 1` (invariant 3). */
  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly weightClient: ElasticLoadBalancingV2Client,
  ) {
    this.reads = new Elbv2Reads(client, READ_DEADLINE_MS);
  }

  async readRoute(route: RouteRef): Promise<RouteState> {
    const [config, tags] = await Promise.all([this.readConfig(route), this.reads.tagsOf([route.arn])]);
    const forward = forwardOf(config.actions, route.arn);
    return {
      listenerArn: config.listenerArn,
      loadBalancerArn: config.loadBalancerArn,
      shares: readShares(forward),
      stickinessEnabled: stickinessEnabled(forward),
      shift: readShift(tags.get(route.arn) ?? {}, route.arn),
    };
  }

  async writeShiftTag(route: RouteRef, shift: WantedShift, workload: string): Promise<void> {
    // Idempotent, but a late repetition would put an older generation back, so this too is a weight write.
    await awsCall(
      'elasticloadbalancing:AddTags',
      route.arn,
      (abortSignal) =>
        this.weightClient.send(
          new AddTagsCommand({ ResourceArns: [route.arn], Tags: tagList({ [TAG_SHIFT]: formatShiftTag(shift), [TAG_CLAIM]: workload }) }),
          { abortSignal },
        ),
      WRITE_LIMIT,
    );
  }

  async writeShares(route: RouteRef, shares: readonly RouteShare[]): Promise<void> {
    // Read again right before the write: what the operator changed meanwhile beside the weights must survive.
    const { actions } = await this.readConfig(route);
    const written = withShares(actions, shares, route.arn);
    if (route.kind === 'listener') {
      const command = new ModifyListenerCommand({ ListenerArn: route.arn, DefaultActions: written });
      await awsCall('elasticloadbalancing:ModifyListener', route.arn, (abortSignal) => this.weightClient.send(command, { abortSignal }), WRITE_LIMIT);
    } else {
      const command = new ModifyRuleCommand({ RuleArn: route.arn, Actions: written });
      await awsCall('elasticloadbalancing:ModifyRule', route.arn, (abortSignal) => this.weightClient.send(command, { abortSignal }), WRITE_LIMIT);
    }
  }

  async clearTags(route: RouteRef): Promise<void> {
    await awsCall('elasticloadbalancing:RemoveTags', route.arn, (abortSignal) =>
      this.client.send(new RemoveTagsCommand({ ResourceArns: [route.arn], TagKeys: [TAG_SHIFT, TAG_CLAIM] }), { abortSignal }),
    );
  }

  async findTargetGroup(name: string): Promise<Found<{ arn: string }> | undefined> {
    const group = await this.reads.targetGroupNamed(name);
    if (group?.TargetGroupArn === undefined) return undefined;
    const arn = group.TargetGroupArn;
    const tags = await missingAsUndefined(this.reads.tagsOf([arn]));
    return tags && { value: { arn }, owner: ownerOf(tags.get(arn) ?? {}) };
  }

  async createTargetGroup(description: TargetGroupDescription, owner: Owner): Promise<{ arn: string }> {
    const like = await this.reads.targetGroup(description.likeTargetGroupArn);
    const command = new CreateTargetGroupCommand(targetGroupLike(like, description, owner));
    const reply = await awsCall('elasticloadbalancing:CreateTargetGroup', description.name, (abortSignal) => this.client.send(command, { abortSignal }));
    return { arn: exactlyOne(reply.TargetGroups ?? [], `target group ${description.name}`).TargetGroupArn ?? '' };
  }

  async deleteTargetGroup(arn: string): Promise<void> {
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
      (abortSignal) => this.client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }), { abortSignal }),
      { deadlineMs: READ_DEADLINE_MS },
    );
    const states = (reply.TargetHealthDescriptions ?? []).map((target) => target.TargetHealth?.State);
    return {
      healthyCount: states.filter((state) => state === 'healthy').length,
      // A draining target finishes old requests and gets no new ones: it is no capacity.
      registeredCount: states.filter((state) => state !== 'draining').length,
    };
  }

  async findProbeRule(listenerArn: string, workload: string): Promise<Found<ProbeRule> | undefined> {
    const probes = (await this.reads.rulesOf(listenerArn)).flatMap((rule) => {
      const headerValue = probeSecretOf(rule.Conditions ?? []);
      return headerValue === undefined || rule.RuleArn === undefined ? [] : [{ arn: rule.RuleArn, headerName: PROBE_HEADER, headerValue }];
    });
    const tags = await this.reads.tagsOf(probes.map((probe) => probe.arn));
    const mine = probes.flatMap((value) => {
      const owner = ownerOf(tags.get(value.arn) ?? {});
      return owner?.workload === workload ? [{ value, owner }] : [];
    });
    return mine.length === 0 ? undefined : exactlyOne(mine, `probe rule of ${workload} on ${listenerArn}`);
  }

  async createProbeRule(route: RouteRef, targetGroupArn: string, owner: Owner): Promise<ProbeRule> {
    const { listenerArn, conditions, transforms, priority: before } = await this.readConfig(route);
    const rules = await this.reads.rulesOf(listenerArn);
    const priority = choosePriority(rules.map((rule) => Number(rule.Priority)), before);
    if (priority === undefined) {
      throw new MigrationError('NoFreePriority', `${listenerArn} has no free priority before ${before ?? 'its default rule'}; renumber its rules`);
    }
    const headerValue = newProbeSecret();
    const command = new CreateRuleCommand({
      ListenerArn: listenerArn,
      Priority: priority,
      Conditions: probeConditions(conditions, headerValue),
      Actions: [{ Type: 'forward', ForwardConfig: { TargetGroups: [{ TargetGroupArn: targetGroupArn, Weight: 1 }] } }],
      ...(transforms.length > 0 ? { Transforms: [...transforms] } : {}),
      Tags: tagList(ownerTags(owner)),
    });
    const reply = await awsCall('elasticloadbalancing:CreateRule', listenerArn, (abortSignal) => this.client.send(command, { abortSignal }));
    const created = exactlyOne(reply.Rules ?? [], `the new probe rule on ${listenerArn}`);
    return { arn: created.RuleArn ?? '', headerName: PROBE_HEADER, headerValue };
  }

  async deleteProbeRule(ruleArn: string): Promise<void> {
    await acceptMissing(
      awsCall('elasticloadbalancing:DeleteRule', ruleArn, (abortSignal) => this.client.send(new DeleteRuleCommand({ RuleArn: ruleArn }), { abortSignal })),
    );
  }

  async tagTargetGroup(arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(tags).length === 0) return;
    await awsCall('elasticloadbalancing:AddTags', arn, (abortSignal) =>
      this.client.send(new AddTagsCommand({ ResourceArns: [arn], Tags: tagList(tags) }), { abortSignal }),
    );
  }

  private async readConfig(route: RouteRef): Promise<RouteConfig> {
    if (route.kind === 'listener') {
      const listener = await this.reads.listener(route.arn);
      const loadBalancerArn = listener.LoadBalancerArn ?? '';
      const actions = listener.DefaultActions ?? [];
      return { listenerArn: route.arn, loadBalancerArn, actions, conditions: [], transforms: [], priority: undefined };
    }
    const rule = await this.reads.rule(route.arn);
    if (rule.IsDefault) {
      throw new MigrationError('AwsRejected', `${route.arn} is its listener's default rule, which ModifyRule cannot change: name the listener instead`);
    }
    return {
      ...parentsOfRule(route.arn),
      actions: rule.Actions ?? [],
      conditions: rule.Conditions ?? [],
      transforms: rule.Transforms ?? [],
      priority: Number(rule.Priority),
    };
  }
}

function tagList(tags: Readonly<Record<string, string>>): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function readShift(tags: Readonly<Record<string, string>>, arn: string): WantedShift | undefined {
  const text = tags[TAG_SHIFT];
  if (text === undefined) return undefined;
  const shift = parseShiftTag(text);
  // Taken for "never decided", a broken tag would restart the generations, and an older attempt could win.
  if (shift === undefined) throw new MigrationError('AwsRejected', `the tag ${TAG_SHIFT} of ${arn} is '${text}', not generation/source/target`);
  return shift;
}

/** The source's group with another name, port and health path, for instances. */
export function targetGroupLike(like: TargetGroup, description: TargetGroupDescription, owner: Owner): CreateTargetGroupCommandInput {
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
