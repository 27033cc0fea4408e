import { log } from '@temporalio/workflow';
import type { LedgerTarget } from '../contracts/activities';
import { DECIDED_BY_POLICY } from '../domain/record';
import type { Actor, EntryKind, LedgerEntry } from '../domain/record';
import type { EpochMs } from '../domain/quantity';
import { call } from './calls';
import type { MigrationState } from './state';

const DECISIONS_SHOWN = 12;

export const BY_POLICY: Actor = { requestedBy: DECIDED_BY_POLICY, reason: 'the spec says so' };

const WORDS_MAX = 300;

/** Who speaks: from a message, or from the memo of the start. Anything may come over the wire; what is missing or not text is `unknown`. */
export function actorOf(message: { readonly requestedBy?: unknown; readonly reason?: unknown } | undefined): Actor {
  const words = (value: unknown): string =>
    typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, WORDS_MAX) : 'unknown';
  return { requestedBy: words(message?.requestedBy), reason: words(message?.reason) };
}

export function ledgerTarget(state: MigrationState): LedgerTarget {
  const { spec, chain = spec.workload, owner, policyHash } = state;
  return { url: spec.ledger, workload: chain, run: owner.run, policyHash };
}

type EntryExtras = Partial<Pick<LedgerEntry, 'weights' | 'verdict' | 'values'>> & { actor?: Actor };

/** Notes a decision: shown at once, written to the ledger with the next `writeJournal`. */
export function note(state: MigrationState, kind: EntryKind, text: string, extras: EntryExtras = {}): void {
  const { actor = BY_POLICY, ...rest } = extras;
  const at = Date.now() as EpochMs;
  state.inbox.push({ kind, at, phase: state.phase, text, actor, ...rest });
  log.info(text, { decision: kind, phase: state.phase, by: actor.requestedBy });
  const by = actor.requestedBy === DECIDED_BY_POLICY ? '' : ` (${actor.requestedBy}: ${actor.reason})`;
  state.decisions.push(`${new Date(at).toISOString().slice(0, 19)}Z ${text}${by}`);
  state.decisions.splice(0, Math.max(0, state.decisions.length - DECISIONS_SHOWN));
}

/** Writes what was noted, in order. An entry leaves the inbox only once it is in the ledger. */
export async function writeJournal(state: MigrationState): Promise<void> {
  for (let entry = state.inbox[0]; entry !== undefined; entry = state.inbox[0]) {
    state.ledger = await call('appendRecord', 'record', `ledger: ${entry.text}`, {
      target: ledgerTarget(state),
      head: state.ledger,
      entry,
    });
    state.inbox.shift();
  }
}
