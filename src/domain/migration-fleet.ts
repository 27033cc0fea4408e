/** Many migrations, in waves. */
import type { ChangeCalendar } from './change-windows';
import type { NotifySpec } from './spec';

/** In the order of the waves, unless the operator gives another. */
export const FLEET_STAGES = ['development', 'batch-training', 'pipelines', 'inference'] as const;

export interface FleetSpec extends ChangeCalendar {
  readonly name: string;
  /** In the order of the document. */
  readonly workloads: readonly string[];
  /** Each workload in exactly one. */
  readonly waves: readonly (readonly string[])[];
  /** Migrations that run at the same time. */
  readonly parallelMax: number;
  /** Whether a rollback, a block or a bad end of one keeps all that have not begun waiting for an answer. */
  readonly stopOnRollback: boolean;
  readonly checkEveryMs: number;
  /** Who is told of the fleet itself. Not there: read by a worker of an earlier version. */
  readonly notify?: readonly NotifySpec[];
}

/**
 * Where a member stands, in the words of `CrossfadePhase` (`blocked` and `gate` among them). `waiting`: not begun.
 * `failed`, `terminated`: ended, and not by itself.
 */
export type Standing = string;

export const WAITING: Standing = 'waiting';
export const COMPLETED: Standing = 'completed';
const ENDED: ReadonlySet<Standing> = new Set([COMPLETED, 'abandoned', 'cancelled', 'failed', 'terminated']);
const TROUBLE: ReadonlySet<Standing> = new Set([
  'rolled_back',
  'blocked',
  'abandoned',
  'cancelled',
  'failed',
  'terminated',
]);

export function hasEnded(standing: Standing): boolean {
  return ENDED.has(standing);
}

export function isTrouble(standing: Standing): boolean {
  return TROUBLE.has(standing);
}

/** Where everybody stands, and what somebody has said yes to: trouble that nobody waits for any more. */
export interface FleetProgress {
  readonly standings: Readonly<Record<string, Standing>>;
  readonly accepted: Readonly<Record<string, Standing>>;
}

export type FleetStep =
  | { readonly kind: 'ask'; readonly workload: string; readonly standing: Standing }
  | { readonly kind: 'start'; readonly workload: string }
  | { readonly kind: 'wait' }
  | { readonly kind: 'done' };

/** Index of the wave that is under way; as many as there are waves when all are over. */
export function waveNow(spec: FleetSpec, progress: FleetProgress): number {
  const open = spec.waves.findIndex((wave) => wave.some((workload) => !isSettled(spec, progress, workload)));
  return open === -1 ? spec.waves.length : open;
}

/** What is next: trouble first, then whoever may begin. */
export function nextFleetStep(spec: FleetSpec, progress: FleetProgress): FleetStep {
  const { standings, accepted } = progress;
  if (spec.stopOnRollback)
    for (const workload of spec.workloads) {
      const standing = standings[workload] ?? WAITING;
      if (isTrouble(standing) && accepted[workload] !== standing) return { kind: 'ask', workload, standing };
    }
  const wave = spec.waves[waveNow(spec, progress)];
  if (wave === undefined) return { kind: 'done' };
  const running = spec.workloads.filter(
    (workload) => (standings[workload] ?? WAITING) !== WAITING && !isSettled(spec, progress, workload),
  );
  const next = wave.find((workload) => (standings[workload] ?? WAITING) === WAITING);
  return next === undefined || running.length >= spec.parallelMax
    ? { kind: 'wait' }
    : { kind: 'start', workload: next };
}

/** Nobody waits for it: it is complete, or in trouble that is accepted. */
function isSettled(spec: FleetSpec, { standings, accepted }: FleetProgress, workload: string): boolean {
  const standing = standings[workload] ?? WAITING;
  return standing === COMPLETED || (isTrouble(standing) && (!spec.stopOnRollback || accepted[workload] === standing));
}
