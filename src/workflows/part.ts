import { ApplicationFailure, setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { LedgerTarget, ParsedSpec } from '../contracts/activities';
import { partId } from '../contracts/messages';
import type { PartName } from '../contracts/messages';
import type { EpochMs } from '../domain/quantity';
import type { EntryKind } from '../domain/record';
import { EMPTY_LEDGER } from '../domain/record';
import type { Owner } from '../domain/resources';
import { call } from './calls';
import { plain } from './details';
import { BY_POLICY } from './journal';
import { failureOf } from './wait';

/** One part alone, outside of any migration. */
export interface Part extends ParsedSpec {
  readonly name: PartName;
  readonly owner: Owner;
}

/** Reads the spec. The ID is the lock that keeps a part of a workload from running twice at once. */
export async function beginPart(name: PartName, document: unknown): Promise<Part> {
  showPart(name, 'checking the spec');
  const parsed = await call('parseSpec', 'quick', 'check the spec', { document }).catch((error: unknown) => {
    const { code, message } = failureOf(error);
    showPart(name, `refused: ${code}\n${message}`);
    throw code === 'Unknown' ? error : ApplicationFailure.nonRetryable(message, code);
  });
  const { workload } = parsed.spec;
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const wanted = partId(name, workload);
  if (workflowId !== wanted)
    throw ApplicationFailure.nonRetryable(`the workflow ID must be ${wanted}, got ${workflowId}`, 'WrongWorkflowId');
  return { ...parsed, name, owner: { workload, run: firstExecutionRunId } };
}

/** @returns why this part has no place beside the workload's migration; null: none is running. */
export async function migrationBeside({ spec }: Part): Promise<string | null> {
  const { workload } = spec;
  const { isMigrating } = await call('isMigrating', 'quick', 'look whether a migration is running', { workload });
  return isMigrating ? `the migration of ${workload} is running` : null;
}

/** The page in the Temporal UI. */
export function showPart(name: PartName, text: string): void {
  const heading = name === 'sync' ? 'DATA' : name.toUpperCase();
  setCurrentDetails(`## ${heading}\n\n${text.split('\n').map(plain).join('\n\n')}`);
}

/** A chain beside the migrations': a workload's name holds no dot. */
export const chainOf = (name: PartName, workload: string): string => `${workload}.${name}`;

/** One record, in a chain of its own. */
export async function recordPart(
  { name, spec, policyHash, owner }: Part,
  kind: EntryKind,
  text: string,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const target: LedgerTarget = { url: spec.ledger, workload: chainOf(name, spec.workload), run: owner.run, policyHash };
  const entry = { kind, at: Date.now() as EpochMs, phase: name, text, actor: BY_POLICY, values };
  await call('appendRecord', 'record', `ledger: ${text}`, { target, head: EMPTY_LEDGER, entry });
}
