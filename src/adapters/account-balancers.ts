/** Application Load Balancers of an account, what their rules ask for, and who answers. */
import type {
  ElasticLoadBalancingV2Client,
  Listener,
  Rule,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { DescribeLoadBalancersCommand, DescribeTargetHealthCommand } from '@aws-sdk/client-elastic-load-balancing-v2';
import type { ListenerFacts, LoadBalancerFacts, RuleFacts, TargetGroupFacts } from '../ports/account';
import { awsCall } from './aws-errors';
import { Elbv2Reads } from './elbv2-reads';
import { everyPage } from './pages';

const DEADLINE_MS = 60_000;

export class BalancerListing {
  private readonly reads: Elbv2Reads;

  constructor(private readonly client: ElasticLoadBalancingV2Client) {
    this.reads = new Elbv2Reads(client, DEADLINE_MS);
  }

  async loadBalancers(): Promise<LoadBalancerFacts[]> {
    const all = await everyPage(
      (Marker) =>
        awsCall('elasticloadbalancing:DescribeLoadBalancers', 'the account', (abortSignal) =>
          this.client.send(new DescribeLoadBalancersCommand({ Marker }), { abortSignal }),
        ),
      (page) => page.LoadBalancers,
      (page) => page.NextMarker,
    );
    return all
      .filter(({ Type }) => Type === 'application')
      .map((one) => ({
        arn: one.LoadBalancerArn ?? '',
        name: one.LoadBalancerName ?? '',
        dnsName: one.DNSName ?? '',
      }));
  }

  async listeners(loadBalancerArn: string): Promise<ListenerFacts[]> {
    const all = await this.reads.listenersOf(loadBalancerArn);
    return Promise.all(all.map(async (one) => toListener(one, await this.reads.rulesOf(one.ListenerArn ?? ''))));
  }

  async targetGroup(arn: string): Promise<TargetGroupFacts> {
    const group = await this.reads.targetGroup(arn);
    const command = new DescribeTargetHealthCommand({ TargetGroupArn: arn });
    const reply = await awsCall('elasticloadbalancing:DescribeTargetHealth', arn, (abortSignal) =>
      this.client.send(command, { abortSignal }),
    );
    const members = (reply.TargetHealthDescriptions ?? []).map(({ Target, TargetHealth }) => ({
      id: Target?.Id ?? '',
      isHealthy: TargetHealth?.State === 'healthy',
    }));
    return { ...toTargetGroup(group), members };
  }
}

function toListener(listener: Listener, rules: readonly Rule[]): ListenerFacts {
  return {
    arn: listener.ListenerArn ?? '',
    protocol: listener.Protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    port: listener.Port ?? 0,
    rules: rules.map(toRule),
  };
}

function toRule(rule: Rule): RuleFacts {
  const conditions = rule.Conditions ?? [];
  const forward = (rule.Actions ?? []).find(({ Type }) => Type === 'forward');
  const groups = forward?.ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: forward?.TargetGroupArn }];
  return {
    arn: rule.RuleArn ?? '',
    isDefault: rule.IsDefault === true,
    priority: rule.Priority ?? '',
    hosts: conditions.flatMap(({ Field, HostHeaderConfig, Values }) =>
      Field === 'host-header' ? (HostHeaderConfig?.Values ?? Values ?? []) : [],
    ),
    paths: conditions.flatMap(({ Field, PathPatternConfig, Values }) =>
      Field === 'path-pattern' ? (PathPatternConfig?.Values ?? Values ?? []) : [],
    ),
    forwards: groups.flatMap(({ TargetGroupArn: targetGroupArn, Weight: weight = 1 }) =>
      targetGroupArn === undefined ? [] : [{ targetGroupArn, weight }],
    ),
  };
}

function toTargetGroup(group: TargetGroup): Omit<TargetGroupFacts, 'members'> {
  return {
    arn: group.TargetGroupArn ?? '',
    name: group.TargetGroupName ?? '',
    ...(group.Port === undefined ? {} : { port: group.Port }),
    ...(group.HealthCheckPath === undefined ? {} : { healthPath: group.HealthCheckPath }),
  };
}
