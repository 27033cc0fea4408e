/** What a spec would say of what runs now. Pure. */
import { WORKLOAD_LENGTH_MAX } from '../../domain/resources';
import type { InstanceFacts, ListenerFacts, RuleFacts, ScalingGroupFacts, TargetGroupFacts } from '../../ports/account';

export interface FleetProposal {
  readonly instanceType?: string;
  readonly imageId?: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly instanceProfile?: string;
  readonly min?: number;
  readonly desired?: number;
  readonly max?: number;
  /** What is not all alike, in sentences. */
  readonly notes: readonly string[];
}

/** The target as the source is: of its type, image and network, and as many. @param group undefined: instances of their own. */
export function proposeFleet(instances: readonly InstanceFacts[], group: ScalingGroupFacts | undefined): FleetProposal {
  const types = byFrequency(instances.map(({ instanceType }) => instanceType));
  const images = byFrequency(instances.map(({ imageId }) => imageId));
  const [profile] = byFrequency(instances.flatMap(({ instanceProfile }) => instanceProfile ?? []));
  const ownSubnets = byFrequency(instances.map(({ subnetId }) => subnetId));
  const [instanceType] = types;
  const [imageId] = images;
  return {
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(imageId === undefined ? {} : { imageId }),
    subnetIds: group === undefined || group.subnetIds.length === 0 ? ownSubnets : group.subnetIds,
    securityGroupIds: byFrequency(instances.flatMap(({ securityGroupIds }) => securityGroupIds)),
    ...(profile === undefined ? {} : { instanceProfile: profile }),
    ...sizes(instances.length, group),
    notes: [
      ...(types.length > 1 ? [`the source has instances of ${types.join(', ')}`] : []),
      ...(images.length > 1 ? [`the source has instances of ${images.join(', ')}`] : []),
    ],
  };
}

function sizes(
  instanceCount: number,
  group: ScalingGroupFacts | undefined,
): Pick<FleetProposal, 'min' | 'desired' | 'max'> {
  if (group !== undefined) {
    // A group that is scaled to nothing at the moment serves nobody; a target must.
    const desired = Math.max(1, group.desired);
    return { min: Math.min(group.min, desired), desired, max: Math.max(desired, group.max) };
  }
  return instanceCount === 0 ? {} : { min: instanceCount, desired: instanceCount, max: instanceCount };
}

/** Empty values left out; of those that are as frequent the first stays first. */
function byFrequency(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one).map(([value]) => value);
}

/** The group that registers itself with the target group, or that holds one of its instances. */
export function groupBehind(
  groups: readonly ScalingGroupFacts[],
  target: TargetGroupFacts,
): ScalingGroupFacts | undefined {
  const members = new Set(target.members.map(({ id }) => id));
  const registers = groups.filter(({ targetGroupArns }) => targetGroupArns.includes(target.arn));
  const holds = groups.filter(({ instanceIds }) => instanceIds.some((id) => members.has(id)));
  const behind = registers.length > 0 ? registers : holds;
  return behind.length === 1 ? behind[0] : undefined;
}

export interface Address {
  readonly endpoint: string;
  readonly host?: string;
}

const USUAL_PORTS = { HTTP: 80, HTTPS: 443 } as const;

/** Where users reach a rule: by the load balancer's own name, unless a certificate wants another. */
export function addressOf(
  { protocol, port }: Pick<ListenerFacts, 'protocol' | 'port'>,
  dnsName: string,
  hosts: readonly string[],
): Address {
  const host = hosts.find((each) => !/[*?]/.test(each));
  const at = port === USUAL_PORTS[protocol] ? '' : `:${port}`;
  const scheme = protocol.toLowerCase();
  if (protocol === 'HTTPS' && host !== undefined) return { endpoint: `${scheme}://${host}${at}` };
  return { endpoint: `${scheme}://${dnsName}${at}`, ...(host === undefined ? {} : { host }) };
}

/** `healthy of all`, of everything that the rule asks. */
export function healthText({ members }: Pick<TargetGroupFacts, 'members'>): string {
  return `${members.filter(({ isHealthy }) => isHealthy).length} of ${members.length} healthy`;
}

export function ruleText(listener: ListenerFacts, rule: RuleFacts): string {
  const matches = [...rule.hosts, ...rule.paths].join(' ');
  return `${listener.protocol} ${listener.port}, ${rule.isDefault ? 'default rule' : `rule ${rule.priority} ${matches}`}`;
}

/** Endings that say which side it is, or what kind of thing. */
const SIDE = /-(source|prod|production|live|tg|asg|lb|alb)$/;

/** A name for the workload; undefined where nothing is left of the text. */
export function workloadFrom(text: string): string | undefined {
  const label = (text.split('.')[0] ?? '').toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  const name = label
    .replace(SIDE, '')
    .slice(0, WORKLOAD_LENGTH_MAX)
    .replaceAll(/^-+|-+$/g, '');
  return name === '' ? undefined : name;
}
