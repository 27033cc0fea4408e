/**
 * The Application Load Balancer as a TrafficRouter, with what only it has.
 *
 * 1. Production's rule or listener is modified, never deleted, and only its forward action and our two tags change.
 * 2. Its default rule cannot be changed by ModifyRule: a `listener` route goes through ModifyListener, tags included.
 * 3. A weight is written by a client that never retries and gives up within WRITE_DEADLINE_MS: a late repetition could
 *    undo a newer decision, so retries are Temporal's.
 * 4. Read route, read health, write tag, write weights: with these deadlines the last write of an attempt ends within
 *    16 s, before the attempt's own 20 s are over, so no write outlives the attempt that made it.
 */
import type {
  Action,
  ElasticLoadBalancingV2Client,
  RuleCondition,
  RuleTransform,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  AddTagsCommand,
  CreateRuleCommand,
  DeleteRuleCommand,
  ModifyListenerCommand,
  ModifyRuleCommand,
  RemoveTagsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { MigrationError } from '../domain/errors';
import type { TargetHealth } from '../domain/evidence';
import type { Owner } from '../domain/resources';
import { ownerOf, ownerTags, TAG_CLAIM, TAG_SHIFT } from '../domain/resources';
import type { WantedShift } from '../domain/weights';
import { formatShiftTag } from '../domain/weights';
import type {
  Found,
  LoadBalancing,
  ProbeRule,
  RouteRef,
  RouteShare,
  RouteState,
  ShiftWrite,
  TargetGroupDescription,
  TrafficRouter,
} from '../ports/traffic-router';
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
import { AlbTargetGroups } from './alb-target-groups';
import { awsCall } from './aws-errors';
import { tagList } from './aws-tags';
import { Elbv2Reads } from './elbv2-reads';
import { acceptMissing, exactlyOne } from './found';
import { readShift } from './shift-tag';

const WRITE_DEADLINE_MS = 5_000;
const READ_DEADLINE_MS = 3_000;

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

export class AlbRouter implements TrafficRouter, LoadBalancing {
  private readonly reads: Elbv2Reads;
  private readonly groups: AlbTargetGroups;
  /** The configuration behind a state that was read, so that writing it back costs no read more. */
  private readonly configs = new WeakMap<RouteState, RouteConfig>();

  /** @param weightClient must have `maxAttempts: 1` (invariant 3). */
  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly weightClient: ElasticLoadBalancingV2Client,
  ) {
    this.reads = new Elbv2Reads(client, READ_DEADLINE_MS);
    this.groups = new AlbTargetGroups(client, this.reads);
  }

  async readRoute(route: RouteRef): Promise<RouteState> {
    const [config, tags] = await Promise.all([this.readConfig(route), this.reads.tagsOf([route.arn])]);
    const forward = forwardOf(config.actions, route.arn);
    const state: RouteState = {
      shares: readShares(forward),
      stickinessEnabled: stickinessEnabled(forward),
      shift: readShift(tags.get(route.arn) ?? {}, route.arn),
      alb: { listenerArn: config.listenerArn, loadBalancerArn: config.loadBalancerArn },
    };
    this.configs.set(state, config);
    return state;
  }

  /** Two calls: whoever finds the tag knows what was wanted, whether or not the weights followed. */
  async applyShift(route: RouteRef, { shift, shares, workload, read }: ShiftWrite): Promise<undefined> {
    await this.writeShiftTag(route, shift, workload);
    await this.writeShares(route, shares, read);
  }

  private async writeShiftTag(route: RouteRef, shift: WantedShift, workload: string): Promise<void> {
    // Idempotent, but a late repetition would put an older generation back, so this too is a weight write.
    const tags = { [TAG_SHIFT]: formatShiftTag(shift), [TAG_CLAIM]: workload };
    const command = new AddTagsCommand({ ResourceArns: [route.arn], Tags: tagList(tags) });
    await this.write('AddTags', route, (abortSignal) => this.weightClient.send(command, { abortSignal }));
  }

  async writeShares(route: RouteRef, shares: readonly RouteShare[], read: RouteState): Promise<void> {
    const { actions } = this.configs.get(read) ?? (await this.readConfig(route));
    const written = withShares(actions, shares, route.arn);
    if (route.kind === 'listener') {
      const command = new ModifyListenerCommand({ ListenerArn: route.arn, DefaultActions: written });
      await this.write('ModifyListener', route, (abortSignal) => this.weightClient.send(command, { abortSignal }));
    } else {
      const command = new ModifyRuleCommand({ RuleArn: route.arn, Actions: written });
      await this.write('ModifyRule', route, (abortSignal) => this.weightClient.send(command, { abortSignal }));
    }
  }

  async clearTags(route: RouteRef): Promise<void> {
    await awsCall('elasticloadbalancing:RemoveTags', route.arn, (abortSignal) =>
      this.client.send(new RemoveTagsCommand({ ResourceArns: [route.arn], TagKeys: [TAG_SHIFT, TAG_CLAIM] }), {
        abortSignal,
      }),
    );
  }

  findTargetGroup(name: string): Promise<Found<{ arn: string }> | undefined> {
    return this.groups.find(name);
  }

  createTargetGroup(description: TargetGroupDescription, owner: Owner): Promise<{ arn: string }> {
    return this.groups.create(description, owner);
  }

  deleteTargetGroup(arn: string): Promise<void> {
    return this.groups.delete(arn);
  }

  readHealth(_route: RouteRef, targetGroupArn: string): Promise<TargetHealth> {
    return this.groups.readHealth(targetGroupArn);
  }

  tagTargetGroup(arn: string, tags: Readonly<Record<string, string>>): Promise<void> {
    return this.groups.tag(arn, tags);
  }

  async findProbeRule(listenerArn: string, workload: string): Promise<Found<ProbeRule> | undefined> {
    const probes = (await this.reads.rulesOf(listenerArn)).flatMap((rule) => {
      const headerValue = probeSecretOf(rule.Conditions ?? []);
      return headerValue === undefined || rule.RuleArn === undefined
        ? []
        : [{ arn: rule.RuleArn, headerName: PROBE_HEADER, headerValue }];
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
    const priority = choosePriority(
      rules.map((rule) => Number(rule.Priority)),
      before,
    );
    if (priority === undefined) {
      throw new MigrationError(
        'NoFreePriority',
        `${listenerArn} has no free priority before ${before ?? 'its default rule'}; renumber its rules`,
      );
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
    const reply = await awsCall('elasticloadbalancing:CreateRule', listenerArn, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    const created = exactlyOne(reply.Rules ?? [], `the new probe rule on ${listenerArn}`);
    return { arn: created.RuleArn ?? '', headerName: PROBE_HEADER, headerValue };
  }

  async deleteProbeRule(ruleArn: string): Promise<void> {
    await acceptMissing(
      awsCall('elasticloadbalancing:DeleteRule', ruleArn, (abortSignal) =>
        this.client.send(new DeleteRuleCommand({ RuleArn: ruleArn }), { abortSignal }),
      ),
    );
  }

  /** Invariants 3 and 4. */
  private write<T>(action: string, route: RouteRef, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`elasticloadbalancing:${action}`, route.arn, send, { deadlineMs: WRITE_DEADLINE_MS });
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
      throw new MigrationError(
        'AwsRejected',
        `${route.arn} is its listener's default rule, which ModifyRule cannot change: name the listener instead`,
      );
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
