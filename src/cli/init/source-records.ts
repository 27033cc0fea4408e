/** Two stacks that Route 53 divides the traffic between: which record, and what of each stack is known. */
import type { Account, LoadBalancerFacts, TargetGroupFacts, WeightedRecordFacts } from '../../ports/account';
import type { Answers } from './answers';
import type { Flag } from './flags';
import { addressOf, healthText } from './propose';
import { chooseBalancer } from './source-balanced';

export interface RecordPair {
  readonly zoneId: string;
  readonly name: string;
  readonly type: string;
  readonly source: WeightedRecordFacts;
  readonly target: WeightedRecordFacts;
}

export interface Stack {
  readonly balancer: LoadBalancerFacts;
  readonly targetGroup: TargetGroupFacts;
  /** undefined where a certificate would want another name than the load balancer's. */
  readonly endpoint?: string;
}

/** Of what a router can be made. */
const TYPES = ['A', 'AAAA', 'CNAME'];

/** Records of one name and type, two or more. */
export function weightedSets(records: readonly WeightedRecordFacts[]): WeightedRecordFacts[][] {
  const sets = new Map<string, WeightedRecordFacts[]>();
  for (const record of records) {
    if (!TYPES.includes(record.type)) continue;
    const key = `${record.name} ${record.type}`;
    sets.set(key, [...(sets.get(key) ?? []), record]);
  }
  return [...sets.values()].filter((set) => set.length > 1);
}

export async function findRecordPair(account: Account, answers: Answers): Promise<RecordPair> {
  const zone = await answers.choice(
    { flag: 'zone', question: 'which hosted zone divides the traffic?', none: 'no hosted zone in the account' },
    await account.zones(),
    ({ id, name, isPrivate }) => ({ value: id, label: isPrivate ? `${name} (private)` : name, also: [name] }),
  );
  const set = await answers.choice(
    {
      flag: 'record',
      question: 'which name do users ask for?',
      none: `no name in ${zone.name} with a weighted record each for source and target`,
    },
    weightedSets(await account.weightedRecords(zone.id)),
    (records) => {
      const { name = '', type = '' } = records[0] ?? {};
      const weights = records.map(({ setIdentifier, weight }) => `${setIdentifier} ${weight}`);
      return { value: `${name} ${type}`, label: weights.join(', '), also: [name] };
    },
  );
  const side = (flag: Flag, question: string, of: readonly WeightedRecordFacts[]): Promise<WeightedRecordFacts> =>
    answers.choice({ flag, question, none: 'no such record' }, of, ({ setIdentifier, weight, leadsTo }) => ({
      value: setIdentifier,
      label: `weight ${weight}, ${leadsTo.join(' ')}`,
    }));
  const serving = set.filter(({ weight }) => weight > 0);
  const source = await side('sourceIdentifier', 'which record leads to the source?', serving);
  const others = set.filter((record) => record !== source);
  const target = await side('targetIdentifier', 'which record leads to the target?', others);
  return { zoneId: zone.id, name: source.name, type: source.type, source, target };
}

const QUESTIONS = {
  source: { balancer: 'loadBalancer', targetGroup: 'targetGroup' },
  target: { balancer: 'targetLoadBalancer', targetGroup: 'targetStackGroup' },
} as const;

/** What counts a stack's requests: the load balancer that its record is an alias of, or one that is named. */
export async function findStack(
  account: Account,
  answers: Answers,
  region: string,
  side: 'source' | 'target',
  record: WeightedRecordFacts,
): Promise<Stack> {
  const flags = QUESTIONS[side];
  const aliased = answers.has(flags.balancer) ? undefined : aliasOf(record, await account.loadBalancers());
  const balancer =
    aliased ??
    (await chooseBalancer(account, answers, region, flags.balancer, `which load balancer is the ${side}'s?`));
  const listeners = await account.listeners(balancer.arn);
  const forwards = listeners.flatMap(({ rules }) => rules.flatMap((rule) => rule.forwards));
  const arns = [...new Set(forwards.flatMap(({ targetGroupArn, weight }) => (weight > 0 ? [targetGroupArn] : [])))];
  const targetGroup = await answers.choice(
    {
      flag: flags.targetGroup,
      question: `which target group of ${balancer.name} answers?`,
      none: `no target group behind ${balancer.name}`,
    },
    await Promise.all(arns.map((arn) => account.targetGroup(arn))),
    (group) => ({ value: group.arn, label: `${group.name}, ${healthText(group)}`, also: [group.name] }),
  );
  const plain = listeners.find(({ protocol }) => protocol === 'HTTP');
  return {
    balancer,
    targetGroup,
    ...(plain === undefined ? {} : { endpoint: addressOf(plain, balancer.dnsName, []).endpoint }),
  };
}

function aliasOf(
  { isAlias, leadsTo }: WeightedRecordFacts,
  balancers: readonly LoadBalancerFacts[],
): LoadBalancerFacts | undefined {
  const name = leadsTo[0]?.replace(/^dualstack\./, '').toLowerCase();
  return isAlias ? balancers.find(({ dnsName }) => dnsName.toLowerCase() === name) : undefined;
}
