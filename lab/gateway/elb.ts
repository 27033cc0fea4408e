/** ELBv2: target health as the data plane sees it, and the checks that AWS makes and moto does not. */
import {
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type {
  Action,
  TargetDescription,
  TargetHealthDescription,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { exchangeJson } from '../loopback';
import type { Target } from '../data-plane/targets';
import { AwsError, escapeXml, queryAnswer } from './answer';
import type { Answer } from './answer';

const NAMESPACE = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';
const WEIGHT_MAX = 999;

type Input = Record<string, unknown>;

export class ElbCorrections {
  /** Default rules never change their ARN, so each is asked for once. */
  private readonly isDefaultRule = new Map<string, boolean>();

  constructor(
    private readonly moto: ElasticLoadBalancingV2Client,
    private readonly dataPlane: () => string | undefined,
  ) {}

  /** Throws the AwsError that AWS would answer; returns an answer for what moto fakes, undefined for what it does well. */
  async before(operation: string, input: Input): Promise<Answer | undefined> {
    switch (operation) {
      case 'CreateRule':
      case 'ModifyRule':
        if (operation === 'ModifyRule') await this.refuseDefaultRule(String(input['RuleArn']));
        await this.checkActions((input['Actions'] ?? []) as Action[]);
        return undefined;
      case 'CreateListener':
      case 'ModifyListener':
        await this.checkActions((input['DefaultActions'] ?? []) as Action[]);
        return undefined;
      case 'DeleteTargetGroup':
        await this.refuseGroupInUse(String(input['TargetGroupArn']));
        return undefined;
      case 'DescribeTargetHealth':
        return this.targetHealth(String(input['TargetGroupArn']), input['Targets'] as TargetDescription[] | undefined);
      default:
        return undefined;
    }
  }

  private async checkActions(actions: readonly Action[]): Promise<void> {
    for (const action of actions) {
      const groups = action.ForwardConfig?.TargetGroups ?? [];
      for (const { Weight } of groups) {
        if (Weight !== undefined && (Weight < 0 || Weight > WEIGHT_MAX)) {
          throw new AwsError('ValidationError', `The weight '${Weight}' must be between 0 and ${WEIGHT_MAX}`);
        }
      }
      const arns = [action.TargetGroupArn, ...groups.map((group) => group.TargetGroupArn)].filter(
        (arn) => arn !== undefined,
      );
      if (new Set(groups.map((group) => group.TargetGroupArn)).size !== groups.length) {
        throw new AwsError('ValidationError', 'A target group may appear only once in a forward action');
      }
      for (const arn of new Set(arns)) await this.requireGroup(arn);
    }
  }

  private async requireGroup(arn: string): Promise<void> {
    try {
      await this.moto.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
    } catch (error) {
      if (error instanceof Error && error.name === 'TargetGroupNotFoundException') {
        throw new AwsError('TargetGroupNotFound', `Target groups '${arn}' not found`);
      }
      throw error;
    }
  }

  private async refuseDefaultRule(ruleArn: string): Promise<void> {
    if (!this.isDefaultRule.has(ruleArn)) {
      const reply = await this.moto.send(new DescribeRulesCommand({ RuleArns: [ruleArn] })).catch(() => undefined);
      const rule = reply?.Rules?.[0];
      if (rule === undefined) return; // moto answers RuleNotFound itself.
      this.isDefaultRule.set(ruleArn, rule.IsDefault === true);
    }
    if (this.isDefaultRule.get(ruleArn))
      throw new AwsError('OperationNotPermitted', `Default rule '${ruleArn}' cannot be modified`);
  }

  /** moto looks only at rules as they were created; a group that ModifyRule brought in is in use as well. */
  private async refuseGroupInUse(arn: string): Promise<void> {
    const balancers = await this.moto.send(new DescribeLoadBalancersCommand({}));
    for (const { LoadBalancerArn } of balancers.LoadBalancers ?? []) {
      const listeners = await this.moto.send(new DescribeListenersCommand({ LoadBalancerArn }));
      for (const { ListenerArn } of listeners.Listeners ?? []) {
        const rules = await this.moto.send(new DescribeRulesCommand({ ListenerArn }));
        const used = (rules.Rules ?? [])
          .flatMap((rule) => rule.Actions ?? [])
          .some((action) => forwardsTo(action, arn));
        if (used)
          throw new AwsError('ResourceInUse', `Target group '${arn}' is currently in use by a listener or a rule`);
      }
    }
  }

  /** Membership from moto, states from the data plane. Undefined (moto answers, with its error) when the group is unknown. */
  private async targetHealth(arn: string, asked: TargetDescription[] | undefined): Promise<Answer | undefined> {
    const reply = await this.moto.send(new DescribeTargetHealthCommand({ TargetGroupArn: arn })).catch(() => undefined);
    if (reply === undefined) return undefined;
    const seen = await this.seenTargets(arn);
    const described = (reply.TargetHealthDescriptions ?? []).map(({ Target }) =>
      describe(Target, seen.get(`${Target?.Id}:${Target?.Port}`)),
    );
    const draining = [...seen.values()]
      .filter((target) => target.state === 'draining')
      .map((target) => describe({ Id: target.member.id, Port: target.member.port }, target));
    const listed = [...described, ...draining.filter((entry) => !described.some((other) => sameTarget(other, entry)))];
    const chosen =
      asked === undefined || asked.length === 0
        ? listed
        : asked.map((target) => listed.find((entry) => matches(entry, target)) ?? notRegistered(target));
    return queryAnswer(
      'DescribeTargetHealth',
      NAMESPACE,
      `<TargetHealthDescriptions>${chosen.map(toXml).join('')}</TargetHealthDescriptions>`,
    );
  }

  private async seenTargets(arn: string): Promise<Map<string, Target>> {
    const admin = this.dataPlane();
    if (admin === undefined) return new Map();
    const targets = await exchangeJson<Target[]>('GET', `${admin}/targets?arn=${encodeURIComponent(arn)}`);
    return new Map(targets.map((target) => [target.key, target]));
  }
}

function forwardsTo(action: Action, arn: string): boolean {
  return (
    action.TargetGroupArn === arn ||
    (action.ForwardConfig?.TargetGroups ?? []).some((group) => group.TargetGroupArn === arn)
  );
}

function describe(target: TargetDescription | undefined, seen: Target | undefined): TargetHealthDescription {
  const base = { Target: target, HealthCheckPort: String(target?.Port ?? '') };
  if (seen === undefined) {
    return {
      ...base,
      TargetHealth: {
        State: 'initial',
        Reason: 'Elb.RegistrationInProgress',
        Description: 'Target registration is in progress',
      },
    };
  }
  return {
    ...base,
    TargetHealth: {
      State: seen.state,
      ...(seen.reason === undefined ? {} : { Reason: seen.reason as 'Target.NotInUse' }),
      ...(seen.description === undefined ? {} : { Description: seen.description }),
    },
  };
}

function notRegistered(target: TargetDescription): TargetHealthDescription {
  return {
    Target: target,
    TargetHealth: {
      State: 'unused',
      Reason: 'Target.NotRegistered',
      Description: 'Target is not registered to the target group',
    },
  };
}

function sameTarget(one: TargetHealthDescription, other: TargetHealthDescription): boolean {
  return one.Target?.Id === other.Target?.Id && one.Target?.Port === other.Target?.Port;
}

function matches(entry: TargetHealthDescription, asked: TargetDescription): boolean {
  return entry.Target?.Id === asked.Id && (asked.Port === undefined || entry.Target?.Port === asked.Port);
}

function toXml(entry: TargetHealthDescription): string {
  const element = (name: string, value: string | number | undefined): string =>
    value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`;
  const health = entry.TargetHealth;
  return `<member><Target>${element('Id', entry.Target?.Id)}${element('Port', entry.Target?.Port)}</Target>${element('HealthCheckPort', entry.HealthCheckPort)}<TargetHealth>${element('State', health?.State)}${element('Reason', health?.Reason)}${element('Description', health?.Description)}</TargetHealth></member>`;
}
