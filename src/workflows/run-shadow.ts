import { CancellationScope, condition, defineSignal, setHandler } from '@temporalio/workflow';
import type { Route } from '../contracts/activities';
import { OBSERVED_SIGNAL } from '../contracts/messages';
import type { ObservedSignal } from '../contracts/messages';
import type { ShadowStep } from '../domain/plan';
import type { Verdict } from '../domain/verdict';
import { call } from './calls';
import { newClock, remainingMs, syncClock } from './clock';
import { note, writeJournal } from './journal';
import { beginPart, chainOf, migrationBeside, showPart } from './part';
import type { Part } from './part';
import { setFraction } from './phases/shadow';
import { newRun } from './run';
import { newState } from './state';
import type { MigrationState } from './state';
import { stopShadow } from './traffic';
import { closeEvidence, hear, hearNothing, startWatch } from './watch';

export interface ShadowReport {
  readonly workload: string;
  /** Why nothing was copied, or why it ended before its last step; null: neither. */
  readonly skipped: string | null;
  /** Those that were held, in order; one that does not pass is the last. */
  readonly steps: readonly { readonly fractionPercent: number; readonly verdict: Verdict }[];
}

/**
 * Copies of production's requests for a target that stands already, step by step, judged as a migration judges them. No
 * user is ever answered by the target, and the copies end with this run, whatever ends it.
 * @param document the migration's spec.
 */
export async function runShadow(document?: unknown): Promise<ShadowReport> {
  const part = await beginPart('shadow', document);
  const { workload } = part.spec;
  const sides = await findTarget(part);
  if ('hindrance' in sides) {
    showPart('shadow', `skipped: ${sides.hindrance}`);
    return { workload, skipped: sides.hindrance, steps: [] };
  }
  const state = stateOf(part, sides);
  listen(state);
  try {
    return await runSteps(part, state);
  } finally {
    await CancellationScope.nonCancellable(() => endCopies(part, state));
  }
}

type Target = { readonly route: Route; readonly targetGroupArn: string } | { readonly hindrance: string };

async function findTarget(part: Part): Promise<Target> {
  const { spec } = part;
  const { workload } = spec;
  if (spec.target.existing === undefined)
    return { hindrance: `the target of ${workload} is built by its migration: there is none to copy to` };
  const beside = await migrationBeside(part);
  if (beside !== null) return { hindrance: beside };
  const { route, targetGroupArn, targetPercent } = await call('findSides', 'quick', 'find the route', { spec });
  if (targetGroupArn === undefined) return { hindrance: `the target of ${workload} is not on the route` };
  if (targetPercent > 0) return { hindrance: `users of ${workload} are on the target` };
  return { route, targetGroupArn };
}

/** What of a migration's state the third phase needs. */
function stateOf(part: Part, { route, targetGroupArn }: Exclude<Target, { hindrance: string }>): MigrationState {
  const chain = chainOf('shadow', part.spec.workload);
  return { ...newState(part, false), phase: 'shadow', route, targetGroupArn, chain };
}

function listen(state: MigrationState): void {
  setHandler(
    defineSignal<[ObservedSignal]>(OBSERVED_SIGNAL),
    (seen) => {
      // Late words of an older slice are dropped.
      if (seen.slice === state.sliceCount && state.cursor.clock !== null) hear(state, seen);
    },
    { description: 'From the observer, not from people.' },
  );
}

async function runSteps(part: Part, state: MigrationState): Promise<ShadowReport> {
  const { workload } = part.spec;
  const steps: { fractionPercent: number; verdict: Verdict }[] = [];
  for (const step of state.plan.shadow) {
    const skipped = steps.length === 0 ? null : await migrationBeside(part);
    if (skipped !== null) return { workload, skipped, steps };
    const verdict = await runStep(state, step);
    steps.push({ fractionPercent: step.fractionPercent, verdict });
    if (verdict.kind !== 'pass') break;
  }
  return { workload, skipped: null, steps };
}

async function runStep(state: MigrationState, { fractionPercent, holdMs }: ShadowStep): Promise<Verdict> {
  const doing = `copying ${fractionPercent} % of the requests to the target`;
  showPart('shadow', doing);
  note(state, 'step_started', doing);
  await writeJournal(state);
  await setFraction(state, fractionPercent);
  const verdict = await holdStep(state, holdMs);
  const text = `shadow-${fractionPercent}: ${verdict.kind}: ${verdict.reason}`;
  note(state, 'step_finished', text, { verdict });
  await writeJournal(state);
  showPart('shadow', text);
  closeEvidence(state);
  return verdict;
}

/** As long as its time runs; a breach, and blindness for `blindHold`, end it. */
async function holdStep(state: MigrationState, holdMs: number): Promise<Verdict> {
  const clock = newClock(holdMs);
  state.cursor = { ...state.cursor, clock };
  syncClock(state);
  for (;;) {
    const watch = startWatch(state, () => undefined);
    if (watch === null) throw new Error('there is nothing to watch in a shadow step');
    await condition(() => watch.settled !== null);
    const { settled } = watch;
    if (settled === null || 'failed' in settled) hearNothing(state, settled?.failed ?? 'no answer');
    else hear(state, settled);
    const { verdict } = state;
    const isOver = settled === null || 'failed' in settled || settled.endedBy !== 'time' || remainingMs(clock) === 0;
    if (verdict !== null && isOver) return verdict;
  }
}

/** A migration that began meanwhile has its own copies at the same tap. */
async function endCopies(part: Part, state: MigrationState): Promise<void> {
  state.cursor.clock = null;
  if ((await migrationBeside(part)) === null) await stopShadow(newRun(state), 'quick');
}
