/** What an Application Load Balancer does with a request: rule by priority and conditions, target group by weight, target by turn. */
import type { Random } from '../seeded';

export interface WeightedTargetGroup {
  readonly arn: string;
  /** 0 to 999. */
  readonly weight: number;
}

export type RuleAction =
  | { readonly kind: 'forward'; readonly targetGroups: readonly WeightedTargetGroup[] }
  | { readonly kind: 'fixed'; readonly status: number; readonly contentType: string; readonly body: string };

export type RuleCondition =
  | { readonly kind: 'host' | 'path' | 'method'; readonly patterns: readonly string[] }
  | { readonly kind: 'header'; readonly name: string; readonly patterns: readonly string[] }
  | { readonly kind: 'unsupported'; readonly field: string };

export interface Rule {
  readonly arn: string;
  /** 1 is looked at first; the default rule has Infinity. */
  readonly priority: number;
  readonly conditions: readonly RuleCondition[];
  readonly action: RuleAction;
}

export interface RequestHead {
  readonly method: string;
  /** Path with query string. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** ALB patterns: `*` is any run of characters, `?` is one. */
export function matchesPattern(value: string, pattern: string, caseSensitive: boolean): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, caseSensitive ? '' : 'i').test(value);
}

function headerText(head: RequestHead, name: string): string | undefined {
  const value = head.headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

function conditionHolds(condition: RuleCondition, head: RequestHead): boolean {
  switch (condition.kind) {
    case 'host': {
      const host = (headerText(head, 'host') ?? '').replace(/:\d+$/, '');
      return condition.patterns.some((pattern) => matchesPattern(host, pattern, false));
    }
    case 'path': {
      const path = head.url.split('?')[0] ?? '';
      return condition.patterns.some((pattern) => matchesPattern(path, pattern, true));
    }
    case 'method':
      return condition.patterns.includes(head.method);
    case 'header': {
      const value = headerText(head, condition.name);
      return value !== undefined && condition.patterns.some((pattern) => matchesPattern(value, pattern, false));
    }
    case 'unsupported':
      return false;
  }
}

/** The first rule, by priority, all of whose conditions hold. `rules` must be sorted by priority. */
export function pickRule(rules: readonly Rule[], head: RequestHead): Rule | undefined {
  return rules.find((rule) => rule.conditions.every((condition) => conditionHolds(condition, head)));
}

/** A target group drawn by weight; undefined when every weight is 0, which the load balancer answers with 503. */
export function pickTargetGroup(groups: readonly WeightedTargetGroup[], random: Random): string | undefined {
  const total = groups.reduce((sum, group) => sum + group.weight, 0);
  let ticket = random() * total;
  for (const group of groups) {
    ticket -= group.weight;
    if (ticket < 0) return group.arn;
  }
  return undefined;
}
