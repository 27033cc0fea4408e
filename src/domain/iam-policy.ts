/** The least-privilege policy of one spec, and the general ones with words in capitals. */
import type { AwsCall } from './aws-call';
import type { PointCalls } from './aws-calls';
import { callsAround, callsOfStep } from './aws-calls';
import { actionsFor } from './iam-actions';
import { STATEMENTS } from './iam-statements';
import type { Condition, PolicyName, StatementTemplate } from './iam-template';
import { namesFor } from './iam-names';
import type { PolicyNames } from './iam-names';
import type { EnvironmentStep, Plan } from './plan';
import { resourceName, TAG_WORKLOAD } from './resources';
import type { MigrationSpec } from './spec';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** IAM counts the characters of a managed policy without white space. */
export const POLICY_LENGTH_MAX = 6_144;
/** Of all inline policies of one role together. */
export const INLINE_LENGTH_MAX = 10_240;

/** What every name of ours begins with, in the general policies. */
const ANY_OF_OURS = 'crossfade-*';

/** Every call of a migration, point by point. */
export function callsOf(spec: MigrationSpec, plan: Plan): PointCalls[] {
  const steps: readonly EnvironmentStep[] = [...plan.environment, ...(plan.promotion?.steps ?? [])];
  return [
    ...steps
      .map((step) => ({ point: `${step.kind} ${step.name}`, ...callsOfStep(step) }))
      .filter(({ calls }) => calls.length > 0),
    ...callsAround(spec),
  ];
}

/** One of docs/iam-policy*.json. */
export function generalPolicy(name: PolicyName): Policy {
  const named = STATEMENTS.filter(({ policy }) => policy === name);
  return policyOf(
    named.map((template) => statementOf(template, template.actions, template.resources, template.condition)),
  );
}

/** What a role needs for one migration, and no more. A word in capitals that is left is not in the spec. */
export function policyFor(spec: MigrationSpec, plan: Plan): Policy {
  const calls = new Set<AwsCall>(callsOf(spec, plan).flatMap((point) => [...point.calls, ...point.undo]));
  const needed = actionsFor(calls);
  const names = namesFor(spec);
  const own = resourceName(spec.workload);
  // Tags of other things of SageMaker's must not bring the rights for endpoints along.
  const isHosted = spec.target.sagemaker !== undefined || spec.router.sagemaker !== undefined;
  const fitting = STATEMENTS.filter(({ policy }) => policy !== 'sagemaker' || isHosted);
  const filled = fitting.flatMap((template): Statement[] => {
    const actions = template.actions.filter((action) => needed.has(action));
    const resources = [...new Set(template.resources.flatMap((resource) => fill(resource, names)))]
      .map((resource) => resource.replaceAll(ANY_OF_OURS, `${own}*`).replace(/\/\/\*$/, '/*'))
      .filter((resource) => isOf(resource, actions));
    const usable = actions.filter((action) => isNamed(action, resources));
    if (usable.length === 0) return [];
    const condition = template.condition === undefined ? undefined : fillCondition(template.condition, names);
    return [statementOf(template, usable, resources, condition, spec.workload)];
  });
  return policyOf(filled);
}

/** Words in capitals that the spec could not fill. */
export function openWords(policy: Policy): string[] {
  const found = JSON.stringify(policy).match(/\b[A-Z]+(_[A-Z]+)+\b/g) ?? [];
  return [...new Set(found)].sort();
}

function policyOf(statements: readonly Statement[]): Policy {
  return { Version: '2012-10-17', Statement: statements };
}

/** @param workload undefined: of any. */
function statementOf(
  { sid, tagged }: StatementTemplate,
  actions: readonly string[],
  resources: readonly string[],
  condition: Condition | undefined,
  workload?: string,
): Statement {
  const tags = tagged === undefined ? undefined : tagCondition(tagged, workload);
  const both = tags ?? condition;
  return {
    Sid: sid,
    Effect: 'Allow',
    Action: oneOrAll(actions),
    Resource: oneOrAll(resources),
    ...(both === undefined ? {} : { Condition: both }),
  };
}

function tagCondition(tagged: 'request' | 'resource', workload: string | undefined): Condition {
  const key = `aws:${tagged === 'request' ? 'RequestTag' : 'ResourceTag'}/${TAG_WORKLOAD}`;
  return workload === undefined ? { Null: { [key]: 'false' } } : { StringEquals: { [key]: workload } };
}

function oneOrAll(list: readonly string[]): string | readonly string[] {
  const [first] = list;
  return list.length === 1 && first !== undefined ? first : list;
}

/** A resource of a service of which no action is left is not named either. */
function isOf(resource: string, actions: readonly string[]): boolean {
  const service = resource.split(':')[2];
  return service === undefined || actions.some((action) => action.startsWith(`${service}:`));
}

/** An action of a service of which no resource is left has nothing to act on. */
function isNamed(action: string, resources: readonly string[]): boolean {
  return resources.some((resource) => {
    const service = resource.split(':')[2];
    return service === undefined || action.startsWith(`${service}:`);
  });
}

/** Every form of a text with names in place of its words; none where the spec has nothing by that name. */
function fill(text: string, { fixed, groups }: PolicyNames): string[] {
  const group = groups.find(({ words }) => words.some((word) => text.includes(word)));
  const forms = group === undefined ? [{}] : group.values;
  return forms.map((values) => {
    const entries = Object.entries({ ...fixed, ...values });
    // The longest word first: none is part of another's name.
    entries.sort(([a], [b]) => b.length - a.length);
    return entries.reduce((filled, [word, value]) => filled.replaceAll(word, value), text);
  });
}

function fillCondition(condition: Condition, names: PolicyNames): Condition {
  const fillAll = (value: string | readonly string[]): string | readonly string[] =>
    oneOrAll(
      [...new Set([value].flat().flatMap((each) => fill(each, names)))].map((each) => (each === '/*' ? '*' : each)),
    );
  return Object.fromEntries(
    Object.entries(condition).map(([operator, keys]) => [
      operator,
      Object.fromEntries(
        Object.entries(keys).map(([key, value]) => {
          const filled = fillAll(value);
          // A list stays a list: its operators compare sets.
          return [key, Array.isArray(value) && typeof filled === 'string' ? [filled] : filled];
        }),
      ),
    ]),
  );
}
