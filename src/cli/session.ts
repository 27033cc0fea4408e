import type { Schedules } from '../adapters/temporal-schedules';
import type {
  ExtendMessage,
  FleetSignal,
  FleetView,
  GateMessage,
  OperatorMessage,
  SignalName,
  StatusView,
  UPDATES,
} from '../contracts/messages';

export type UpdateName = keyof typeof UPDATES;

/** The newest run of a workload's migration, as Temporal knows it without asking a worker. */
export interface RunInfo {
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, TIMED_OUT. */
  readonly state: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
}

/** One migration, as the search attributes tell it. null: it has not said so yet. */
export interface MigrationRow {
  readonly workload: string;
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's word, as in `RunInfo`. */
  readonly state: string;
  /** `blocked` and `gate` are phases here. */
  readonly phase: string | null;
  readonly targetPercent: number | null;
  readonly verdict: string | null;
  /** Of the newest run: each phase has one. */
  readonly startedAt: string;
  readonly closedAt: string | null;
}

/** How a closed run ended. */
export interface Ending {
  /** `completed`, `abandoned`, `cancelled`, `terminated`, or the code of the failure. */
  readonly outcome: string;
  readonly message: string;
  /** The migration's own UUID, and how many records it wrote; null when it did not live to say so. */
  readonly run: string | null;
  readonly ledgerRecords: number | null;
}

export type StatusAnswer =
  | { readonly kind: 'answered'; readonly status: StatusView }
  /** No worker answered in time. */
  | { readonly kind: 'no_answer'; readonly reason: string };

export type UpdateAnswer =
  | { readonly kind: 'done'; readonly text: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  | { readonly kind: 'no_answer'; readonly reason: string };

export interface EmergencyResult {
  readonly workload: string;
  readonly generation: number;
  readonly confirmedAt: number;
  readonly recorded: boolean;
}

export interface EmergencyRollback {
  readonly workflowId: string;
  readonly runId: string;
  result(): Promise<EmergencyResult>;
  /** What its last attempt failed with; undefined when nothing has failed, or nobody works on it. */
  lastFailure(): Promise<string | undefined>;
}

/** The message of any update. */
export type UpdateMessage = GateMessage & ExtendMessage & { readonly approved?: boolean };

/** Errors: TemporalUnreachable, MigrationNotFound, MigrationRunning. */
export interface Fleets {
  /** @throws MigrationRunning. */
  start(name: string, document: unknown, message: OperatorMessage): Promise<{ workflowId: string; runId: string }>;
  /** Of one that is over, too, as long as the server remembers it and a worker answers. */
  status(name: string): Promise<FleetView>;
  signal(name: string, signal: FleetSignal, message: GateMessage): Promise<void>;
}

/** A client's view of migrations. Errors: `TemporalUnreachable`, `MigrationNotFound`, `MigrationRunning`. */
export interface Session {
  readonly address: string;
  readonly namespace: string;
  /** @throws MigrationRunning naming the run that is there. */
  start(workload: string, document: unknown, message: OperatorMessage): Promise<{ workflowId: string; runId: string }>;
  /** @throws MigrationNotFound. */
  find(workload: string): Promise<RunInfo>;
  /** Every migration of the namespace, in no order; a run that continued as another is left out. */
  list(): Promise<MigrationRow[]>;
  /** Of a closed run only. */
  ending(workload: string): Promise<Ending>;
  status(workload: string): Promise<StatusAnswer>;
  /** @throws MigrationNotFound when no run is open. */
  signal(workload: string, name: SignalName, message: GateMessage): Promise<void>;
  /** @throws MigrationNotFound when no run is open. */
  update(workload: string, name: UpdateName, message: UpdateMessage): Promise<UpdateAnswer>;
  /** Joins one that is already under way. */
  rollbackEmergency(workload: string, message: OperatorMessage): Promise<EmergencyRollback>;
  /** The newest spec that is usable, as it was written; when none is, the newest. */
  newestDocument(workload: string, isUsable: (document: unknown) => boolean): Promise<unknown>;
  /** @throws MigrationRunning when it is running already. */
  startSync(workload: string, document: unknown): Promise<{ workflowId: string; runId: string }>;
  readonly schedules: Schedules;
  readonly fleets: Fleets;
  close(): Promise<void>;
}

export interface ConnectionFlags {
  readonly address?: string;
  readonly namespace?: string;
  readonly profile?: string;
}
