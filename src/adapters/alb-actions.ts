/** Pure: what a rule's actions and conditions say, and the lists to write back. */
import { randomBytes } from 'node:crypto';
import type { Action, RuleCondition } from '@aws-sdk/client-elastic-load-balancing-v2';
import { MigrationError } from '../domain/errors';
import type { RouteShare } from '../ports/traffic-router';

export const PROBE_HEADER = 'x-crossfade-probe';
export const PRIORITY_MAX = 50_000;
/** Values that one rule may hold over all its conditions. */
const CONDITION_VALUES_MAX = 5;
/** What a target group without a weight gets. */
const DEFAULT_WEIGHT = 1;

/** @throws NotExactlyOne when the actions do not end in exactly one forward. */
export function forwardOf(actions: readonly Action[], route: string): Action {
  const forwards = actions.filter((action) => action.Type === 'forward');
  const [forward] = forwards;
  if (forward === undefined || forwards.length > 1) {
    const kinds = actions.map((action) => action.Type).join(', ');
    throw new MigrationError(
      'NotExactlyOne',
      `${route} has ${forwards.length} forward actions, must have one (its actions: ${kinds || 'none'})`,
    );
  }
  return forward;
}

export function readShares(forward: Action): RouteShare[] {
  // The simple form and the full one say the same thing; where both are there the full one has the weights.
  const tuples = forward.ForwardConfig?.TargetGroups ?? [];
  const groups = tuples.length > 0 ? tuples : [{ TargetGroupArn: forward.TargetGroupArn }];
  return groups.flatMap((group) =>
    group.TargetGroupArn === undefined
      ? []
      : [{ backend: group.TargetGroupArn, weight: (group as { Weight?: number }).Weight ?? DEFAULT_WEIGHT }],
  );
}

export function stickinessEnabled(forward: Action): boolean {
  return forward.ForwardConfig?.TargetGroupStickinessConfig?.Enabled ?? false;
}

/** The whole list to write back: only the forward's target groups are new, stickiness and other actions stay. */
export function withShares(actions: readonly Action[], shares: readonly RouteShare[], route: string): Action[] {
  const forward = forwardOf(actions, route);
  return actions.map((action) => (action === forward ? forwardTo(action, shares) : writable(action)));
}

function forwardTo(action: Action, shares: readonly RouteShare[]): Action {
  // Beside a ForwardConfig the simple form may only repeat it, and with two groups it must not be there at all.
  const { TargetGroupArn: _simple, ...rest } = action;
  const TargetGroups = shares.map((share) => ({ TargetGroupArn: share.backend, Weight: share.weight }));
  return { ...rest, ForwardConfig: { ...action.ForwardConfig, TargetGroups } };
}

/** A described action, in the form that a write accepts. */
function writable(action: Action): Action {
  if (action.AuthenticateOidcConfig === undefined) return action;
  // The secret is never described; without this flag the write would be refused, or log every user out.
  const { ClientSecret: _secret, ...oidc } = action.AuthenticateOidcConfig;
  return { ...action, AuthenticateOidcConfig: { ...oidc, UseExistingClientSecret: true } };
}

/**
 * Production's conditions and the secret header. A rule takes five values in all: where production's conditions leave
 * no room, the header stands alone, which is safe because nobody else can send it.
 */
export function probeConditions(production: readonly RuleCondition[], headerValue: string): RuleCondition[] {
  const header: RuleCondition = {
    Field: 'http-header',
    HttpHeaderConfig: { HttpHeaderName: PROBE_HEADER, Values: [headerValue] },
  };
  const valueCount = production.reduce((sum, condition) => sum + countValues(condition), 0);
  return valueCount + 1 > CONDITION_VALUES_MAX ? [header] : [...production.map(writableCondition), header];
}

function countValues(condition: RuleCondition): number {
  const { Values: top, RegexValues: topRegex, ...configs } = writableCondition(condition);
  const lists = Object.values(configs).flatMap((config) =>
    config !== null && typeof config === 'object'
      ? [config.Values, (config as { RegexValues?: string[] }).RegexValues]
      : [],
  );
  return [top, topRegex, ...lists].reduce((sum, list) => sum + (list?.length ?? 0), 0);
}

/** Host and path conditions are described twice, as `Values` and in their own configuration; a write takes one. */
function writableCondition(condition: RuleCondition): RuleCondition {
  const { Values: _values, RegexValues: _regexes, ...rest } = condition;
  const hasConfig = Object.entries(rest).some(([name, value]) => name.endsWith('Config') && value !== undefined);
  return hasConfig ? rest : condition;
}

/** 32 random bytes as hex: 64 characters, of the 128 that a condition's value may have. */
export function newProbeSecret(): string {
  return randomBytes(32).toString('hex');
}

/** @returns the secret; undefined when this is not a probe rule. */
export function probeSecretOf(conditions: readonly RuleCondition[]): string | undefined {
  const header = conditions.find(
    (condition) => condition.HttpHeaderConfig?.HttpHeaderName?.toLowerCase() === PROBE_HEADER,
  );
  return header?.HttpHeaderConfig?.Values?.[0];
}

/**
 * The largest free priority that is looked at before production's, so that the probe rule outranks as little as it can.
 * @param productionPriority undefined: production is the listener's default rule, which comes after every priority.
 */
export function choosePriority(taken: readonly number[], productionPriority: number | undefined): number | undefined {
  const used = new Set(taken);
  for (let priority = (productionPriority ?? PRIORITY_MAX + 1) - 1; priority >= 1; priority -= 1) {
    if (!used.has(priority)) return priority;
  }
  return undefined;
}

/** `…:listener-rule/app/name/lb/listener/rule` → listener and load balancer. @throws AwsRejected for any other ARN. */
export function parentsOfRule(ruleArn: string): { listenerArn: string; loadBalancerArn: string } {
  const match =
    /^(arn:[^:]+:elasticloadbalancing:[^:]*:[^:]*):listener-rule\/(app\/[^/]+\/[^/]+)\/([^/]+)\/[^/]+$/.exec(ruleArn);
  if (!match)
    throw new MigrationError('AwsRejected', `${ruleArn} is not the ARN of a rule of an Application Load Balancer`);
  const [, account, loadBalancer, listener] = match;
  return {
    listenerArn: `${account}:listener/${loadBalancer}/${listener}`,
    loadBalancerArn: `${account}:loadbalancer/${loadBalancer}`,
  };
}
