/** Reads of the load balancer API: every page followed, exactly one result or an error. */
import type {
  ElasticLoadBalancingV2Client,
  Listener,
  Rule,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import {
  DescribeListenersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { awsCall } from './aws-errors';
import { tagRecord } from './aws-tags';
import { exactlyOne, missingAsUndefined } from './found';
import { everyPage } from './pages';

/** Most ARNs that one DescribeTags takes. */
const TAGS_BATCH = 20;

export class Elbv2Reads {
  /** @param deadlineMs for one request with its retries. */
  constructor(
    private readonly client: ElasticLoadBalancingV2Client,
    private readonly deadlineMs: number,
  ) {}

  private read<T>(action: string, resource: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return awsCall(`elasticloadbalancing:${action}`, resource, send, { deadlineMs: this.deadlineMs });
  }

  async rule(ruleArn: string): Promise<Rule> {
    const reply = await this.read('DescribeRules', ruleArn, (abortSignal) =>
      this.client.send(new DescribeRulesCommand({ RuleArns: [ruleArn] }), { abortSignal }),
    );
    return exactlyOne(reply.Rules ?? [], ruleArn);
  }

  async listener(listenerArn: string): Promise<Listener> {
    const reply = await this.read('DescribeListeners', listenerArn, (abortSignal) =>
      this.client.send(new DescribeListenersCommand({ ListenerArns: [listenerArn] }), { abortSignal }),
    );
    return exactlyOne(reply.Listeners ?? [], listenerArn);
  }

  async listenersOf(loadBalancerArn: string): Promise<Listener[]> {
    return everyPage(
      (Marker) =>
        this.read('DescribeListeners', loadBalancerArn, (abortSignal) =>
          this.client.send(new DescribeListenersCommand({ LoadBalancerArn: loadBalancerArn, Marker }), { abortSignal }),
        ),
      (page) => page.Listeners,
      (page) => page.NextMarker,
    );
  }

  /** All rules of a listener, the default one included. */
  async rulesOf(listenerArn: string): Promise<Rule[]> {
    return everyPage(
      (Marker) =>
        this.read('DescribeRules', listenerArn, (abortSignal) =>
          this.client.send(new DescribeRulesCommand({ ListenerArn: listenerArn, Marker }), { abortSignal }),
        ),
      (page) => page.Rules,
      (page) => page.NextMarker,
    );
  }

  /** ARN → tags. A resource without tags is there with an empty record. */
  async tagsOf(arns: readonly string[]): Promise<Map<string, Record<string, string>>> {
    const found = new Map<string, Record<string, string>>(arns.map((arn) => [arn, {}]));
    for (let start = 0; start < arns.length; start += TAGS_BATCH) {
      const batch = arns.slice(start, start + TAGS_BATCH);
      const reply = await this.read('DescribeTags', batch.join(', '), (abortSignal) =>
        this.client.send(new DescribeTagsCommand({ ResourceArns: batch }), { abortSignal }),
      );
      for (const { ResourceArn, Tags } of reply.TagDescriptions ?? []) {
        if (ResourceArn) found.set(ResourceArn, tagRecord(Tags));
      }
    }
    return found;
  }

  async targetGroup(arn: string): Promise<TargetGroup> {
    const reply = await this.read('DescribeTargetGroups', arn, (abortSignal) =>
      this.client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }), { abortSignal }),
    );
    return exactlyOne(reply.TargetGroups ?? [], arn);
  }

  async targetGroupNamed(name: string): Promise<TargetGroup | undefined> {
    const groups = await everyPage(
      (Marker) =>
        missingAsUndefined(
          this.read('DescribeTargetGroups', name, (abortSignal) =>
            this.client.send(new DescribeTargetGroupsCommand({ Names: [name], Marker }), { abortSignal }),
          ),
        ),
      (page) => page?.TargetGroups,
      (page) => page?.NextMarker,
    );
    return groups.length === 0 ? undefined : exactlyOne(groups, `target group ${name}`);
  }
}
