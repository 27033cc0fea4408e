import { uuid4 } from '@temporalio/workflow';
import type { AnswersCompared } from '../contracts/activities';
import type { EpochMs } from '../domain/quantity';
import type { Verdict } from '../domain/verdict';
import { call } from './calls';
import { beginPart, migrationBeside, recordPart, showPart } from './part';
import type { Part } from './part';

export interface ValidationReport {
  readonly workload: string;
  /** Why nothing was compared; null: it was. */
  readonly skipped: string | null;
  /** Epoch milliseconds. What was judged; the next run goes on at `toMs`. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly verdict: Verdict | null;
  readonly answers: AnswersCompared | null;
  /** One sentence for each thing that is not as it was accepted; empty: all is well. */
  readonly drift: readonly string[];
}

/** What happened longer ago is not judged: a week has every hour of the baseline once. */
const SPAN_MS_MAX = 7 * 24 * 3_600_000;

/**
 * Whether the target is still what was accepted: against the baseline of its migration, at the same hours of the week, and
 * in its answers to the smoke requests. Drift is told and recorded; the run ends well, so that a schedule goes on.
 * @param document the migration's spec. @param before the report of the run before.
 */
export async function validateTarget(document?: unknown, before?: ValidationReport): Promise<ValidationReport> {
  const part = await beginPart('validation', document);
  const { spec } = part;
  const { workload, ledger } = spec;
  const skip = (reason: string): ValidationReport => {
    showPart('validation', `skipped: ${reason}`);
    const toMs = before?.toMs ?? null;
    return { workload, skipped: reason, fromMs: null, toMs, verdict: null, answers: null, drift: [] };
  };
  const beside = await migrationBeside(part);
  if (beside !== null) return skip(beside);
  const accepted = await call('findAccepted', 'quick', 'find the accepted baseline', { ledger, workload });
  if ('reason' in accepted) return skip(accepted.reason);
  const { route, targetGroupArn, targetPercent } = await call('findSides', 'quick', 'find the route', { spec });
  if (targetGroupArn === undefined || !(targetPercent > 0)) return skip(`the target of ${workload} has no traffic`);

  const { baseline, run, completedAtMs } = accepted;
  const [fromMs, toMs] = spanSince(part, Math.max(completedAtMs, before?.toMs ?? 0));
  if (fromMs >= toMs) return skip('no window of metrics has settled since the migration, or the run before');
  const sides = { route, targetGroupArn };
  const judged = { spec, baseline, sides, fromMs, toMs };
  const { verdict, failedAtMs } = await call('judgeTarget', 'long', 'compare with the accepted baseline', judged);
  const answers = await call('compareAnswers', 'quick', 'compare answers with the accepted ones', { spec, run });
  const drift = [...driftOf(verdict, failedAtMs), ...answers.differences];
  const report = { workload, skipped: null, fromMs, toMs, verdict, answers, drift };
  await end(part, report, run);
  return report;
}

/** Whole windows that have settled, and begin after the migration and after what the run before saw. */
function spanSince({ spec }: Part, sinceMs: number): [EpochMs, EpochMs] {
  const { lagMs, periodSeconds } = spec.source.metrics;
  const periodMs = periodSeconds * 1_000;
  const toMs = Math.floor((Date.now() - lagMs) / periodMs) * periodMs;
  const fromMs = Math.ceil(Math.max(sinceMs, toMs - SPAN_MS_MAX) / periodMs) * periodMs;
  return [fromMs as EpochMs, toMs as EpochMs];
}

function driftOf({ kind, reason }: Verdict, failedAtMs: number | undefined): string[] {
  if (kind !== 'fail') return [];
  return [`${reason}${failedAtMs === undefined ? '' : `, at ${new Date(failedAtMs).toISOString()}`}`];
}

async function end(part: Part, report: ValidationReport, migration: string): Promise<void> {
  const { spec } = part;
  const { verdict, answers, drift } = report;
  const found = drift.length === 0 ? 'no drift' : `drift: ${drift.join('; ')}`;
  const compared = answers?.isReference === true ? 'kept as reference' : `${answers?.comparedCount ?? 0} compared`;
  const text = `${found} (${verdict?.kind}: ${verdict?.reason}; answers: ${compared})`;
  await recordPart(part, 'validated', text, { ...report, migration });
  showPart('validation', text);
  const { notify: to, workload } = spec;
  if (drift.length === 0 || to.length === 0) return;
  // Who cannot be told finds it in the record and in the report.
  const notice = { to, workload, event: 'drift', text: drift.join('\n'), id: uuid4(), atMs: Date.now() };
  await call('notify', 'last-word', 'notify: drift', notice).catch(() => undefined);
}
