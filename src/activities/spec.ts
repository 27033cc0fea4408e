import type { SpecActivities } from '../contracts/activities';
import type { MigrationSpec } from '../domain/spec';
import { parseSpec } from '../spec';
import { hashOf } from './canonical-json';

export function createSpecActivities(): SpecActivities {
  return {
    parseSpec: async ({ document }) => {
      const spec = parseSpec(document);
      return { spec, policyHash: policyHashOf(spec) };
    },
  };
}

/** Identifies the rules that decisions are taken by; each ledger record bears it. */
export function policyHashOf(spec: MigrationSpec): string {
  const { guardrails, shadow, cutover, decommission } = spec;
  return hashOf({ guardrails, shadow, cutover, decommission });
}
