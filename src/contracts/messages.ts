import type { ObserveReport } from './activities';
import type { Verdict } from '../domain/verdict';
import type { Weights } from '../domain/weights';

/** Names and payloads of what an operator can send. Every payload is one optional object; a missing member is recorded as `unknown`. */
export interface OperatorMessage {
  readonly requestedBy?: string;
  readonly reason?: string;
}

export interface GateMessage extends OperatorMessage {
  /** Name of the open gate; undefined answers whichever gate is open. */
  readonly gate?: string;
}

const EVIDENCE_GATE = 'evidence-';

/** Name of the gate that asks what to do with too little evidence; extending the step answers it, too. */
export function evidenceGate(label: string): string {
  return `${EVIDENCE_GATE}${label}`;
}

export function isForMoreEvidence(gate: string): boolean {
  return gate.startsWith(EVIDENCE_GATE);
}

export interface ExtendMessage extends OperatorMessage {
  /** How much longer the current step holds, such as `6h`. */
  readonly by?: string;
}

export interface ObservedSignal extends ObserveReport {
  /** Identifies the slice that speaks; late words of an older slice are dropped. */
  readonly slice: number;
}

export const SIGNALS = {
  pause: 'pause',
  resume: 'resume',
  rollback: 'rollback',
  approve: 'approve',
  reject: 'reject',
  retry: 'retry',
  skip: 'skip',
  abandon: 'abandon',
} as const;
export type SignalName = keyof typeof SIGNALS;

/** From the observer, not from people. */
export const OBSERVED_SIGNAL = 'observed';

/** With every activity: where its workflow stood when it was scheduled. */
export const STEP_HEADER = 'crossfade-step';

export interface Standing {
  readonly workload: string;
  /** The migration's UUID, the same in all its runs. */
  readonly run: string;
  /** As `CrossfadePhase` has it. */
  readonly phase: string;
  /** One line of the run sheet; not there outside of activities. */
  readonly step?: string;
}

export const UPDATES = {
  approveGate: 'approveGate',
  requestRollback: 'requestRollback',
  extendStep: 'extendStep',
} as const;
export const QUERIES = { status: 'status', plan: 'plan', evidence: 'evidence' } as const;

export const MAIN_QUEUE = 'crossfade';
export const OBSERVE_QUEUE = 'crossfade-observe';
export const ROLLBACK_QUEUE = 'crossfade-rollback';

export const migrationId = (workload: string): string => `migration/${workload}`;
export const dataId = (workload: string): string => partId('sync', workload);
export const rollbackId = (workload: string): string => `rollback/${workload}`;

export const fleetId = (name: string): string => `fleet/${name}`;

/** The workflow of one range of a copy that is shared out. */
export const COPY_RANGE = 'copyRange';

/** Its ID. @param by the workflow that copies the whole. @param place from 0. */
export const rangeId = (by: string, dataSet: string, place: number): string => `${by}/data/${dataSet}/${place + 1}`;

/** What a fleet understands, of all signals. */
export const FLEET_SIGNALS = ['approve', 'reject', 'pause', 'resume'] as const satisfies readonly SignalName[];
export type FleetSignal = (typeof FLEET_SIGNALS)[number];

/** One fleet, as its query `status` tells it. */
export interface FleetView {
  readonly fleet: string;
  /** From 1; one more than there are waves when all are over. */
  readonly wave: number;
  readonly waves: readonly (readonly { readonly workload: string; readonly standing: string }[])[];
  readonly paused: boolean;
  readonly gate: OpenGate | null;
  readonly waitingFor: string;
  readonly decisions: readonly string[];
  /** null while it runs. */
  readonly outcome: 'completed' | 'stopped' | null;
}

/** What runs by itself, and by schedules: the workflow's type, and the folder of its ID. */
export const PARTS = {
  baseline: { workflow: 'captureBaseline', folder: 'baseline' },
  sync: { workflow: 'syncData', folder: 'data' },
  shadow: { workflow: 'runShadow', folder: 'shadow' },
  validation: { workflow: 'validateTarget', folder: 'validate' },
  'dry-run': { workflow: 'dryRun', folder: 'dryrun' },
} as const;
export type PartName = keyof typeof PARTS;

export function partId(part: PartName, workload: string): string {
  return `${PARTS[part].folder}/${workload}`;
}

/** What a schedule hands to what it starts. */
export interface ScheduledInput {
  readonly workflow: (typeof PARTS)[PartName]['workflow'];
  /** The canonical one: the server appends a time to the ID of what a schedule starts. */
  readonly workflowId: string;
  readonly document: unknown;
}

export type MigrationPhase =
  | 'starting'
  | 'baseline'
  | 'environment'
  | 'shadow'
  | 'cutover'
  | 'decommission'
  | 'rolled_back'
  | 'completed'
  | 'abandoned'
  | 'cancelled';

export interface OpenGate {
  readonly name: string;
  readonly question: string;
  readonly openedAt: number;
  /** What somebody does before saying yes. Not there: nothing. */
  readonly instructions?: readonly string[];
}

export interface ClosedStep {
  readonly name: string;
  readonly verdict: Verdict;
}

export interface BlockedOn {
  readonly step: string;
  readonly code: string;
  readonly message: string;
  readonly skippable: boolean;
}

export interface StatusView {
  readonly workload: string;
  readonly run: string;
  readonly phase: MigrationPhase;
  /** What the phase is doing now, for a person. */
  readonly step: string;
  readonly paused: boolean;
  readonly wanted: Weights;
  readonly generation: number;
  /** Share of requests that the target served in the newest windows. null: none seen. Unit: percent. */
  readonly observedTargetPercent: number | null;
  /** As of the last event of the run; while the clock runs, `stepEndsAt` is the better source. Unit: milliseconds. null: nothing is being held. */
  readonly remainingMs: number | null;
  /** All of the step's time, with its extensions. Not there: a worker of an earlier version. null: nothing is being held. */
  readonly stepMs?: number | null;
  /** When the step's time is over if nothing stops the clock. Epoch milliseconds. null: the clock stands still. */
  readonly stepEndsAt: number | null;
  /** false while paused, blind, blocked or at a gate. */
  readonly clockRuns: boolean;
  readonly verdict: Verdict | null;
  /** What the step before this moment was left with; null before the first. */
  readonly lastStep: ClosedStep | null;
  readonly gate: OpenGate | null;
  readonly blocked: BlockedOn | null;
  /** What would move the migration on, for a person. */
  readonly waitingFor: string;
  readonly rollback: {
    readonly requestedAt: number;
    readonly restoredAt: number | null;
    readonly by: string;
    readonly reason: string;
  } | null;
  readonly decisions: readonly string[];
  readonly unknownMessages: readonly string[];
  /** What the freeze of the data that is followed would take. Not there: none is. */
  readonly data?: string;
  readonly shadow: { readonly received: number; readonly mirrored: number; readonly unaccounted: number };
  readonly phases: readonly { readonly name: string; readonly verdict: string; readonly seconds: number }[];
  readonly ledgerRecords: number;
  /** Which way it ended; null while it runs. */
  readonly outcome: string | null;
}
