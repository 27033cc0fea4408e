/** A source behind an Application Load Balancer: which rule, who answers, and on what. */
import type {
  Account,
  InstanceFacts,
  ListenerFacts,
  LoadBalancerFacts,
  RuleFacts,
  ScalingGroupFacts,
  TargetGroupFacts,
} from '../../ports/account';
import type { Answers, ChoiceQuestion } from './answers';
import type { Flag } from './flags';
import type { Address, FleetProposal } from './propose';
import { addressOf, groupBehind, healthText, proposeFleet, ruleText } from './propose';

export interface BalancedSource {
  readonly listener: ListenerFacts;
  readonly rule: RuleFacts;
  readonly targetGroup: TargetGroupFacts;
  readonly address: Address;
  readonly group?: ScalingGroupFacts;
  readonly instances: readonly InstanceFacts[];
  readonly proposal: FleetProposal;
}

/** Every rule that forwards, with those whom it asks. */
interface Candidate {
  readonly listener: ListenerFacts;
  readonly rule: RuleFacts;
  readonly groups: readonly TargetGroupFacts[];
}

export async function findBalancedSource(account: Account, answers: Answers, region: string): Promise<BalancedSource> {
  const balancer = await chooseBalancer(account, answers, region, 'loadBalancer', 'behind which load balancer is it?');
  const { listener, rule, groups } = await chooseRule(account, answers, balancer);
  const asked = groups.filter(({ arn }) =>
    rule.forwards.some(({ targetGroupArn, weight }) => targetGroupArn === arn && weight > 0),
  );
  const targetGroup = await answers.choice(
    {
      flag: 'targetGroup',
      question: 'which target group answers today?',
      none: `no target group with weight at ${rule.arn}`,
    },
    asked,
    (one) => ({ value: one.arn, label: `${one.name}, ${healthText(one)}`, also: [one.name] }),
  );
  const address = addressOf(listener, balancer.dnsName, rule.hosts);
  const group = await chooseGroup(account, answers, targetGroup);
  const memberIds = targetGroup.members.flatMap(({ id }) => (id.startsWith('i-') ? [id] : []));
  const ids = group === undefined ? memberIds : group.instanceIds;
  const instances = ids.length === 0 ? [] : await account.instances(ids);
  const proposal = proposeFleet(instances, group);
  return { listener, rule, targetGroup, address, ...(group === undefined ? {} : { group }), instances, proposal };
}

export async function chooseBalancer(
  account: Account,
  answers: Answers,
  region: string,
  flag: Flag,
  question: string,
): Promise<LoadBalancerFacts> {
  return answers.choice(
    { flag, question, none: `no Application Load Balancer in ${region}` },
    await account.loadBalancers(),
    ({ arn, name, dnsName }) => ({ value: name, label: dnsName, also: [arn] }),
  );
}

async function chooseRule(account: Account, answers: Answers, balancer: LoadBalancerFacts): Promise<Candidate> {
  const listeners = await account.listeners(balancer.arn);
  const pairs = listeners.flatMap((listener) => listener.rules.map((rule) => ({ listener, rule })));
  const forwarding = pairs.filter(({ rule }) => rule.forwards.length > 0);
  const arns = new Set(forwarding.flatMap(({ rule }) => rule.forwards.map(({ targetGroupArn }) => targetGroupArn)));
  const known = new Map(
    await Promise.all([...arns].map(async (arn) => [arn, await account.targetGroup(arn)] as const)),
  );
  const candidates = forwarding.map(({ listener, rule }) => ({
    listener,
    rule,
    groups: rule.forwards.flatMap(({ targetGroupArn }) => known.get(targetGroupArn) ?? []),
  }));
  const question: ChoiceQuestion = {
    flag: 'rule',
    question: "which rule carries the workload's traffic?",
    none: `no rule of ${balancer.name} that forwards`,
  };
  return answers.choice(question, candidates, ({ listener, rule, groups }) => ({
    value: rule.isDefault ? listener.arn : rule.arn,
    label: `${ruleText(listener, rule)} → ${groups.map((one) => `${one.name}, ${healthText(one)}`).join('; ')}`,
    also: [rule.arn, ...rule.hosts],
  }));
}

/** Targets that are addresses belong to no group that AWS would name: there a person may know. */
export async function chooseGroup(
  account: Account,
  answers: Answers,
  targetGroup: TargetGroupFacts,
): Promise<ScalingGroupFacts | undefined> {
  const groups = await account.scalingGroups();
  const behind = groupBehind(groups, targetGroup);
  if (!answers.has('sourceGroup') && (behind !== undefined || !answers.hasPerson || groups.length === 0)) return behind;
  const none = { name: 'none' };
  const question = 'which Auto Scaling group serves it?';
  const chosen = await answers.choice(
    { flag: 'sourceGroup', question, none: 'no Auto Scaling group' },
    [...groups, none],
    (one) => ({
      value: one.name,
      label: 'desired' in one ? `${one.name}, ${one.desired} of ${one.min} to ${one.max} instances` : 'none of these',
    }),
  );
  return 'desired' in chosen ? chosen : undefined;
}
