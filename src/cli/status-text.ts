import { isForMoreEvidence } from '../contracts/messages';
import type { StatusView } from '../contracts/messages';
import { formatDuration } from '../domain/quantity';
import { formatWeights } from '../domain/weights';

/** How many of the last decisions are shown. */
const DECISIONS_SHOWN = 5;

/** What a person needs to know, most urgent first; for `status` and for `watch` on a terminal. */
export function statusLines(view: StatusView, nowMs: number): string[] {
  return [
    `${view.workload}: ${view.phase}${view.paused ? ' (paused)' : ''}: ${view.step}`,
    row('waits for', view.waitingFor),
    ...answerRows(view),
    row('weights', weightsText(view)),
    ...optionalRow('remaining', remainingText(view, nowMs)),
    row('verdict', verdictText(view)),
    ...optionalRow('rollback', rollbackText(view)),
    ...optionalRow('shadow', shadowText(view)),
    ...optionalRow('data', view.data ?? ''),
    ...optionalRow('phases', phasesText(view)),
    ...optionalRow('unknown', view.unknownMessages.join(', ')),
    ...view.decisions.slice(-DECISIONS_SHOWN).map((decision, index) => row(index === 0 ? 'decisions' : '', decision)),
    row('ledger', `${view.ledgerRecords} records: crossfade explain ${view.workload}`),
  ];
}

/** One line for a pipe. Holds everything that should make a new line, and the remaining time. */
export function watchLine(view: StatusView, nowMs: number): string {
  const remaining = remainingText(view, nowMs);
  return [
    `${view.phase}${view.paused ? ' (paused)' : ''}: ${view.step}`,
    `weights ${weightsText(view)}`,
    `verdict ${verdictText(view)}`,
    ...(remaining === '' ? [] : [`remaining ${remaining}`]),
    ...(view.gate === null && view.blocked === null && !view.paused ? [] : [`waits for ${view.waitingFor}`]),
    ...commandsThatAnswer(view),
  ].join(' | ');
}

/** What makes a new line of `watch`: where it stands. Not the clock, and no number that changes at every look. */
export function changeKey(view: StatusView): string {
  const { phase, step, paused, wanted, verdict, waitingFor, gate, blocked, rollback, outcome, clockRuns } = view;
  return JSON.stringify([
    phase,
    step,
    paused,
    wanted,
    verdict?.kind,
    waitingFor,
    gate?.name,
    blocked?.step,
    rollback,
    outcome,
    clockRuns,
  ]);
}

/** The commands that move the migration on, most likely one first. */
export function commandsThatAnswer({ workload, gate, blocked, phase, paused }: StatusView): string[] {
  const command = (name: string, flags = ''): string => `crossfade ${name} ${workload}${flags} --reason "…"`;
  if (blocked !== null) return [command('retry'), ...(blocked.skippable ? [command('skip')] : []), command('rollback')];
  if (gate !== null) {
    const answers = [command('approve', ` --gate ${gate.name}`), command('reject', ` --gate ${gate.name}`)];
    return isForMoreEvidence(gate.name) ? [...answers, command('extend', ' --for 6h')] : answers;
  }
  if (phase === 'rolled_back') return [command('retry'), command('abandon')];
  return paused ? [command('resume')] : [];
}

function answerRows(view: StatusView): string[] {
  const { gate, blocked } = view;
  return [
    ...(gate === null ? [] : [row('gate', `${gate.name}: ${gate.question}`)]),
    ...(gate?.instructions ?? []).map((step, index) => row('', `${index + 1}. ${step}`)),
    ...(blocked === null ? [] : [row('blocked', `${blocked.step}: ${blocked.code}: ${blocked.message}`)]),
    ...commandsThatAnswer(view).map((command, index) => row(index === 0 ? 'answer' : '', command)),
  ];
}

function weightsText({ wanted, observedTargetPercent }: StatusView): string {
  const observed = observedTargetPercent === null ? '' : `, ${round(observedTargetPercent)} % seen on the target`;
  return `${formatWeights(wanted)} (source/target)${observed}`;
}

/** While the clock runs its end is known exactly; what a query says otherwise is as old as the run's last event. */
function remainingText(view: StatusView, nowMs: number): string {
  if (view.clockRuns && view.stepEndsAt !== null)
    return `${formatDuration(Math.max(0, view.stepEndsAt - nowMs))} of this step`;
  return view.remainingMs === null ? '' : `${formatDuration(view.remainingMs)} of this step (the clock stands still)`;
}

function verdictText({ verdict: current, lastStep }: StatusView): string {
  const verdict = current ?? lastStep?.verdict;
  if (verdict === undefined) return 'none yet';
  const of = current === null ? `of ${lastStep?.name}, ` : '';
  return `${of}${verdict.kind}: ${verdict.reason} (${verdict.evaluatedCount} of ${verdict.guardrailCount} guardrails)`;
}

function rollbackText({ rollback }: StatusView): string {
  if (rollback === null) return '';
  const took =
    rollback.restoredAt === null
      ? 'under way'
      : `traffic restored after ${rollback.restoredAt - rollback.requestedAt} ms`;
  return `${took}, by ${rollback.by}: ${rollback.reason}`;
}

function shadowText({ shadow }: StatusView): string {
  if (shadow.received === 0) return '';
  return `${shadow.received} received, ${shadow.mirrored} mirrored, ${shadow.unaccounted} unaccounted for`;
}

function phasesText({ phases }: StatusView): string {
  return phases
    .map(
      ({ name, verdict, seconds }) =>
        `${name} ${verdict}${seconds > 0 ? ` in ${formatDuration(seconds * 1_000)}` : ''}`,
    )
    .join(', ');
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(10)} ${text}`;
}

function optionalRow(label: string, text: string): string[] {
  return text === '' ? [] : [row(label, text)];
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}
