/** What `crossfade plan` prints; loaded when it runs. */
import { powerOf } from '../analysis/power';
import type { StepPower } from '../analysis/power';
import { planCost } from '../assess';
import { chooseMethod } from '../domain/data-method';
import { TABLE_PRICES } from '../domain/hourly-prices';
import { openWords, policyFor, POLICY_LENGTH_MAX } from '../domain/iam-policy';
import { planMigration } from '../domain/plan';
import { planPoints } from '../domain/plan-points';
import type { MigrationSpec } from '../domain/spec';
import type { Cli } from './cli';
import { print } from './options';
import type { CommonFlags } from './options';
import { planHtml } from './plan-html';
import { planCostLines, rollbackLines } from './plan-points-text';
import { planLines } from './plan-text';
import { writeOutput } from './write-output';

export interface PlanFlags extends CommonFlags {
  readonly html?: string;
  readonly iam?: boolean;
}

/** JSON has no infinity. */
function finite(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => (each === Number.POSITIVE_INFINITY ? 'never' : each)),
  );
}

export function printPolicy(cli: Cli, spec: MigrationSpec): void {
  const policy = policyFor(spec, planMigration(spec));
  cli.io.out(JSON.stringify(policy, null, 2));
  const open = openWords(policy);
  if (open.length > 0) cli.io.err(`fill in what the spec does not say: ${open.join(', ')}`);
  const { length } = JSON.stringify(policy);
  if (length > POLICY_LENGTH_MAX)
    cli.io.err(
      `${length} characters: more than a managed policy holds (${POLICY_LENGTH_MAX}); put it into the role itself, or divide its statements`,
    );
}

/** @returns the exit code: 1 when the guardrails cannot be met with the traffic that is expected. */
export function printPlan(cli: Cli, flags: PlanFlags, spec: MigrationSpec): number {
  const plan = planMigration(spec);
  const policy = policyFor(spec, plan);
  const power = powerOf(spec, plan);
  const points = planPoints(spec, plan);
  const cost = planCost(spec, plan, TABLE_PRICES);
  const lines = [...planLines(plan, spec, power), '', ...rollbackLines(points), '', ...planCostLines(cost)];
  if (flags.html !== undefined) writeOutput(flags.html, planHtml({ spec, plan, points, cost, policy, lines }));
  print(cli, flags, { ...plan, points, cost, policy, ...dataAndPower(spec, power) }, lines);
  const unmet = power?.flatMap((step) => step.unmet) ?? [];
  if (unmet.length === 0) return 0;
  cli.io.err(['the policy cannot be met with baseline.expected:', ...unmet.map((each) => `  ${each}`)].join('\n'));
  return 1;
}

function dataAndPower(spec: MigrationSpec, power: readonly StepPower[] | undefined): object {
  return {
    ...(spec.data.length === 0 ? {} : { data: spec.data.map(chooseMethod) }),
    ...(power === undefined ? {} : { power: finite(power) }),
  };
}
