import type { EpochMs } from './quantity';
import type { Verdict } from './verdict';
import type { Weights } from './weights';
import type { EvidenceWindow } from './evidence';

/** Who asked for something, and why. `crossfade` when the product decided by itself; `unknown` when nobody said. */
export interface Actor {
  readonly requestedBy: string;
  readonly reason: string;
}

export const DECIDED_BY_POLICY = 'crossfade';

export type EntryKind =
  | 'started'
  | 'phase_started'
  | 'phase_finished'
  | 'baseline'
  | 'step_started'
  | 'step_finished'
  | 'shift_intended'
  | 'shift_confirmed'
  | 'extended'
  | 'gate_opened'
  | 'gate_answered'
  | 'paused'
  | 'resumed'
  | 'blocked'
  | 'unblocked'
  | 'rollback'
  | 'rolled_back'
  | 'restarted'
  | 'evidence'
  | 'endpoint_joined'
  | 'endpoint_left'
  | 'data_verified'
  | 'data_transferred'
  | 'data_ordered'
  | 'database_loaded'
  | 'database_level'
  | 'image_pinned'
  | 'image_verified'
  | 'model_package_pinned'
  | 'model_data_verified'
  | 'model_package_registered'
  | 'read_checked'
  | 'data_synced'
  | 'data_forecast'
  | 'data_frozen'
  | 'data_final'
  | 'data_thawed'
  | 'smoke_compared'
  | 'point_of_no_return'
  | 'terminated'
  | 'abandoned'
  | 'cancelled'
  | 'completed'
  | 'notice_lost'
  | 'validated'
  | 'unknown_message';

/** What happened, before it is chained. */
export interface LedgerEntry {
  readonly kind: EntryKind;
  readonly at: EpochMs;
  readonly phase: string;
  /** One sentence for a person. */
  readonly text: string;
  readonly actor: Actor;
  readonly weights?: Weights;
  readonly verdict?: Verdict;
  readonly values?: Readonly<Record<string, unknown>>;
  /** Evidence records only: the hour's windows. */
  readonly windows?: readonly EvidenceWindow[];
}

/** One object of the ledger. `hash` covers every other member in canonical form (keys sorted). */
export interface LedgerRecord extends LedgerEntry {
  /** Starts at 1, without gaps. */
  readonly seq: number;
  readonly workload: string;
  readonly run: string;
  /** SHA-256, hex, of the policy (guardrails, cutover, shadow) in force. */
  readonly policyHash: string;
  /** `hash` of the record before; 64 zeros for the first. */
  readonly previousHash: string;
  readonly hash: string;
}

export interface LedgerHead {
  readonly seq: number;
  readonly hash: string;
}

export const EMPTY_LEDGER: LedgerHead = { seq: 0, hash: '0'.repeat(64) };
