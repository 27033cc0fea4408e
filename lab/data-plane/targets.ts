/**
 * Targets of all target groups and their health, as the load balancer sees them.
 *
 * Invariants:
 * 1. A target that left its group gets no new request, and stays listed as draining until DRAIN_MS have passed.
 * 2. A newly registered target is `initial` until one health check decides; later changes need the group's thresholds.
 * 3. A group with members but no healthy one fails open: every member that is not draining gets requests.
 */
import { exchange, LOOPBACK } from '../loopback';
import type { GroupConfig, Member } from './elb-config';

export type TargetState = 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unused';

export interface Target {
  readonly key: string;
  readonly member: Member;
  state: TargetState;
  /** AWS's reason code; undefined when healthy. */
  reason: string | undefined;
  description: string | undefined;
  passes: number;
  failures: number;
  drainUntilMs: number;
}

/** The lab's deregistration delay. In-flight requests last milliseconds here, so AWS's 300 s would only be waiting. */
const DRAIN_MS = 2_000;
const CHECK_EVERY_MS = 1_000;

const keyOf = (member: Member): string => `${member.id}:${member.port}`;

export class TargetTable {
  private readonly groups = new Map<string, { config: GroupConfig; targets: Map<string, Target>; turn: number }>();
  private addresses: ReadonlyMap<string, string> = new Map();

  /** Where instances really listen: instance ID → http://127.0.0.1:port. */
  setAddresses(addresses: ReadonlyMap<string, string>): void {
    this.addresses = addresses;
  }

  apply(configs: readonly GroupConfig[], nowMs: number): void {
    const alive = new Set(configs.map((config) => config.arn));
    for (const arn of [...this.groups.keys()]) if (!alive.has(arn)) this.groups.delete(arn);
    for (const config of configs) {
      const group = this.groups.get(config.arn) ?? { config, targets: new Map<string, Target>(), turn: 0 };
      group.config = config;
      this.groups.set(config.arn, group);
      this.applyMembers(config, group.targets, nowMs);
    }
  }

  private applyMembers(config: GroupConfig, targets: Map<string, Target>, nowMs: number): void {
    const members = new Set(config.members.map(keyOf));
    for (const member of config.members) {
      const key = keyOf(member);
      const known = targets.get(key);
      if (known === undefined || known.state === 'draining') targets.set(key, newTarget(key, member, config.inUse));
      else if (config.inUse && known.state === 'unused')
        setState(known, 'initial', 'Elb.InitialHealthChecking', 'Initial health checks in progress');
      else if (!config.inUse) setUnused(known);
    }
    for (const [key, target] of targets) {
      if (members.has(key)) continue;
      if (target.state !== 'draining') {
        setState(target, 'draining', 'Target.DeregistrationInProgress', 'Target deregistration is in progress');
        target.drainUntilMs = nowMs + DRAIN_MS;
      } else if (target.drainUntilMs <= nowMs) targets.delete(key);
    }
  }

  /** The address of the next target of a group, in turn; `none` when it has no members (503), `dead` when nothing listens (502). */
  pick(arn: string): { readonly address: string } | 'none' | 'dead' {
    const group = this.groups.get(arn);
    const open = [...(group?.targets.values() ?? [])].filter((target) => target.state !== 'draining');
    if (group === undefined || open.length === 0) return 'none';
    const healthy = open.filter((target) => target.state === 'healthy');
    const candidates = healthy.length > 0 ? healthy : open;
    group.turn += 1;
    const address = this.addressOf(candidates[group.turn % candidates.length]?.member);
    return address === undefined ? 'dead' : { address };
  }

  targetsOf(arn: string): readonly Target[] | undefined {
    const group = this.groups.get(arn);
    return group === undefined ? undefined : [...group.targets.values()];
  }

  configs(): readonly GroupConfig[] {
    return [...this.groups.values()].map((group) => group.config);
  }

  /** Starts one round of health checks a second. */
  startHealthChecks(): void {
    setInterval(() => {
      for (const { config, targets } of this.groups.values()) {
        if (!config.inUse) continue;
        for (const target of targets.values()) if (target.state !== 'draining') void this.check(config, target);
      }
    }, CHECK_EVERY_MS).unref();
  }

  private async check(config: GroupConfig, target: Target): Promise<void> {
    const address = this.addressOf(target.member);
    let problem: { reason: string; description: string } | undefined;
    try {
      if (address === undefined) throw new Error('nothing listens');
      const reply = await exchange(`${address}${config.healthPath}`, { timeoutMs: config.healthTimeoutMs });
      if (!matchesCode(config.matcher, reply.status)) {
        problem = {
          reason: 'Target.ResponseCodeMismatch',
          description: `Health checks failed with these codes: [${reply.status}]`,
        };
      }
    } catch (error) {
      const late = error instanceof Error && error.message.includes('no answer');
      problem = late
        ? { reason: 'Target.Timeout', description: 'Request timed out' }
        : { reason: 'Target.FailedHealthChecks', description: 'Health checks failed' };
    }
    judge(config, target, problem);
  }

  private addressOf(member: Member | undefined): string | undefined {
    if (member === undefined) return undefined;
    return member.id.startsWith('i-')
      ? this.addresses.get(member.id)
      : `http://${member.id === 'localhost' ? LOOPBACK : member.id}:${member.port}`;
  }
}

function newTarget(key: string, member: Member, inUse: boolean): Target {
  const target: Target = {
    key,
    member,
    state: 'initial',
    reason: undefined,
    description: undefined,
    passes: 0,
    failures: 0,
    drainUntilMs: 0,
  };
  if (inUse) setState(target, 'initial', 'Elb.RegistrationInProgress', 'Target registration is in progress');
  else setUnused(target);
  return target;
}

function setUnused(target: Target): void {
  setState(
    target,
    'unused',
    'Target.NotInUse',
    'Target group is not configured to receive traffic from the load balancer',
  );
}

function setState(
  target: Target,
  state: TargetState,
  reason: string | undefined,
  description: string | undefined,
): void {
  if (target.state !== state) {
    target.passes = 0;
    target.failures = 0;
  }
  target.state = state;
  target.reason = reason;
  target.description = description;
}

/** Moves a target's state by one check's result (invariant 2). */
export function judge(
  config: Pick<GroupConfig, 'healthyThreshold' | 'unhealthyThreshold'>,
  target: Target,
  problem: { reason: string; description: string } | undefined,
): void {
  if (target.state === 'draining' || target.state === 'unused') return;
  if (problem === undefined) {
    target.passes += 1;
    target.failures = 0;
    if (target.state === 'initial' || target.passes >= config.healthyThreshold)
      setState(target, 'healthy', undefined, undefined);
    return;
  }
  target.failures += 1;
  target.passes = 0;
  if (target.state === 'unhealthy' || target.failures >= config.unhealthyThreshold)
    setState(target, 'unhealthy', problem.reason, problem.description);
}

/** ALB matchers: `200`, `200,202`, `200-299`. */
export function matchesCode(matcher: string, status: number): boolean {
  return matcher.split(',').some((part) => {
    const [low, high = low] = part.split('-').map(Number);
    return low !== undefined && high !== undefined && status >= low && status <= high;
  });
}
