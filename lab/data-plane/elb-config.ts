/** Reads the listeners' rules, their target groups and members from the ELBv2 API. */
import {
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  Action,
  Rule as ElbRule,
  RuleCondition as ElbCondition,
  TargetGroup,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Rule, RuleAction, RuleCondition } from './routing';

export interface Member {
  /** Instance ID or IP address. */
  readonly id: string;
  readonly port: number;
}

export interface GroupConfig {
  readonly arn: string;
  /** `targetgroup/name/id`, the CloudWatch dimension. */
  readonly dimension: string;
  readonly healthPath: string;
  readonly matcher: string;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  readonly healthTimeoutMs: number;
  readonly members: readonly Member[];
  /** Whether any rule of any listener forwards to it: an unused group gets no health checks. */
  readonly inUse: boolean;
}

export interface ListenersConfig {
  /** By listener ARN; sorted by priority. */
  readonly rules: ReadonlyMap<string, readonly Rule[]>;
  readonly groups: readonly GroupConfig[];
}

export async function readListeners(
  elb: ElasticLoadBalancingV2Client,
  listenerArns: readonly string[],
): Promise<ListenersConfig> {
  const [rules, groupsReply] = await Promise.all([
    Promise.all(listenerArns.map(async (arn) => [arn, await readRules(elb, arn)] as const)),
    elb.send(new DescribeTargetGroupsCommand({})),
  ]);
  const used = groupsOf(rules.flatMap(([, ofListener]) => ofListener));
  const groups = await Promise.all((groupsReply.TargetGroups ?? []).map((group) => readGroup(elb, group, used)));
  return { rules: new Map(rules), groups: groups.filter((group) => group !== undefined) };
}

async function readRules(elb: ElasticLoadBalancingV2Client, listenerArn: string): Promise<Rule[]> {
  const { Rules = [] } = await elb.send(new DescribeRulesCommand({ ListenerArn: listenerArn }));
  return Rules.map(toRule).sort((a, b) => a.priority - b.priority);
}

/** ARNs of the target groups that rules forward to. */
export function groupsOf(rules: readonly Rule[]): Set<string> {
  return new Set(
    rules.flatMap((rule) => (rule.action.kind === 'forward' ? rule.action.targetGroups.map((group) => group.arn) : [])),
  );
}

async function readGroup(
  elb: ElasticLoadBalancingV2Client,
  group: TargetGroup,
  used: ReadonlySet<string>,
): Promise<GroupConfig | undefined> {
  const arn = group.TargetGroupArn ?? '';
  try {
    const reply = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn }));
    const members = (reply.TargetHealthDescriptions ?? []).map(({ Target }) => ({
      id: Target?.Id ?? '',
      port: Target?.Port ?? group.Port ?? 80,
    }));
    return {
      arn,
      dimension: arn.slice(arn.indexOf(':targetgroup/') + 1),
      healthPath: group.HealthCheckPath ?? '/',
      matcher: group.Matcher?.HttpCode ?? '200',
      healthyThreshold: group.HealthyThresholdCount ?? 5,
      unhealthyThreshold: group.UnhealthyThresholdCount ?? 2,
      healthTimeoutMs: (group.HealthCheckTimeoutSeconds ?? 5) * 1000,
      members,
      inUse: used.has(arn),
    };
  } catch (error) {
    // Deleted between the two reads.
    if (error instanceof Error && error.name === 'TargetGroupNotFoundException') return undefined;
    throw error;
  }
}

function toRule(rule: ElbRule): Rule {
  return {
    arn: rule.RuleArn ?? '',
    priority: rule.IsDefault ? Infinity : Number(rule.Priority),
    conditions: (rule.Conditions ?? []).map(toCondition),
    action: toAction(rule.Actions ?? []),
  };
}

function toCondition(condition: ElbCondition): RuleCondition {
  const values = condition.Values ?? [];
  switch (condition.Field) {
    case 'host-header':
      return { kind: 'host', patterns: condition.HostHeaderConfig?.Values ?? values };
    case 'path-pattern':
      return { kind: 'path', patterns: condition.PathPatternConfig?.Values ?? values };
    case 'http-request-method':
      return { kind: 'method', patterns: condition.HttpRequestMethodConfig?.Values ?? values };
    case 'http-header':
      return {
        kind: 'header',
        name: condition.HttpHeaderConfig?.HttpHeaderName ?? '',
        patterns: condition.HttpHeaderConfig?.Values ?? [],
      };
    default:
      return { kind: 'unsupported', field: condition.Field ?? '' };
  }
}

function toAction(actions: readonly Action[]): RuleAction {
  const final = actions.find((action) => action.Type === 'forward' || action.Type === 'fixed-response');
  if (final?.Type === 'forward') {
    const groups = final.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: final.TargetGroupArn }];
    return {
      kind: 'forward',
      targetGroups: groups.map((group) => ({ arn: group.TargetGroupArn ?? '', weight: group.Weight ?? 1 })),
    };
  }
  const fixed = final?.FixedResponseConfig;
  return {
    kind: 'fixed',
    status: Number(fixed?.StatusCode ?? 503),
    contentType: fixed?.ContentType ?? 'text/plain',
    body: fixed?.MessageBody ?? '',
  };
}
