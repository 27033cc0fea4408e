import { metricMeter } from '@temporalio/workflow';
import type { MigrationState, PhaseTiming, RollbackView } from './state';

/*
 * What happens, as counters and durations; where a migration stands is counted by the workers (src/telemetry/census.ts).
 * Invariants
 * 1. Nothing here is a command, and nothing is counted twice: a replay is silent.
 * 2. Labels are workloads and closed sets, never a person's words.
 */

type Metered = Pick<MigrationState, 'spec'>;

const workloadOf = ({ spec }: Metered): { workload: string } => ({ workload: spec.workload });

/** One verdict that an observer has spoken. */
export function countVerdict(state: Metered, verdict: string): void {
  metricMeter
    .createCounter('crossfade_verdicts', undefined, 'Verdicts heard from observers')
    .add(1, { ...workloadOf(state), verdict });
}

/** @param code of the failure, from the catalogue. */
export function countBlocked(state: Metered, code: string): void {
  metricMeter
    .createCounter('crossfade_blocked', undefined, 'Steps that failed for good')
    .add(1, { ...workloadOf(state), code });
}

/** Traffic is back on the source. */
export function countRollback(state: Metered, { by, requestedAt, restoredAt }: RollbackView): void {
  const labels = { ...workloadOf(state), by: by === 'crossfade' ? 'guardrail' : 'person' };
  metricMeter.createCounter('crossfade_rollbacks', undefined, 'Rollbacks carried out').add(1, labels);
  if (restoredAt !== null)
    durationOf('crossfade_rollback', 'From the wish to weights read back', restoredAt - requestedAt, labels);
}

export function meterGate(state: Metered, openedAtMs: number, answer: 'approved' | 'rejected' | 'extended'): void {
  const labels = { ...workloadOf(state), answer };
  durationOf('crossfade_gate_wait', 'From an open gate to its answer', Date.now() - openedAtMs, labels);
}

/** Time that nobody saw, once it is over. */
export function meterBlindness(state: Metered, sinceMs: number): void {
  metricMeter
    .createCounter('crossfade_blind_seconds', undefined, 'Time without complete evidence, counted when it is over')
    .add(Math.max(0, Math.round((Date.now() - sinceMs) / 1_000)), workloadOf(state));
}

export function meterPhase(state: Metered, { name, verdict, seconds }: PhaseTiming): void {
  durationOf('crossfade_phase', 'How long a phase took', seconds * 1_000, {
    ...workloadOf(state),
    phase: name,
    verdict,
  });
}

/** In seconds, as Prometheus wants it. */
function durationOf(name: string, description: string, ms: number, labels: Readonly<Record<string, string>>): void {
  metricMeter
    .createHistogram(`${name}_seconds`, 'float', undefined, description)
    .record(Math.max(0, ms) / 1_000, labels);
}
