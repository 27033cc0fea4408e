import { ActivityFailure, condition, isCancellation, patched, uuid4 } from '@temporalio/workflow';
import type { AskedAbout, NoticeEvent } from '../domain/notice';
import { call } from './calls';
import type { CallKind } from './calls';
import { note } from './journal';
import type { Run } from './run';

/*
 * Invariants
 * 1. A migration waits for no notice but its last.
 * 2. A notice that is under way when a run continues as new is told again by the next, with the same ID.
 * 3. Who could not be told stands in the ledger. What a rollback has overtaken asks nobody any more, and is dropped.
 */

/** One notice under way. */
export interface Untold extends AskedAbout {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
  readonly event: NoticeEvent;
  readonly text: string;
}

/** Beyond it the oldest are dropped from what the next run tells again. */
const UNTOLD_MAX = 20;
const TEXT_LENGTH_MAX = 2_000;
/** What was told shortly before the end has as long as the last word itself. */
const LAST_WORDS_MS_MAX = 60_000;

/** Nobody waits for it. */
export function tell(run: Run, event: NoticeEvent, text: string, about: AskedAbout = {}): void {
  void deliver(run, newNotice(run, event, text, about), 'word');
}

/** For the last word of a run. */
export async function tellAndWait(run: Run, event: NoticeEvent, text: string): Promise<void> {
  await deliver(run, newNotice(run, event, text, {}), 'last-word');
  const isTold = (): boolean => (run.state.untold ?? []).length === 0;
  if (!isTold() && patched('last-words')) await condition(isTold, LAST_WORDS_MS_MAX, { summary: 'earlier notices' });
}

/** What the run before had not told to the end. */
export function tellAgain(run: Run): void {
  for (const notice of run.state.untold ?? []) void deliver(run, notice, 'word');
}

function newNotice(run: Run, event: NoticeEvent, text: string, about: AskedAbout): Untold {
  const notice = { id: uuid4(), atMs: Date.now(), event, text: text.slice(0, TEXT_LENGTH_MAX), ...about };
  if (run.state.spec.notify.length > 0) run.state.untold = [...(run.state.untold ?? []), notice].slice(-UNTOLD_MAX);
  return notice;
}

async function deliver(run: Run, notice: Untold, kind: CallKind): Promise<void> {
  const { state } = run;
  const { workload, notify: to } = state.spec;
  if (to.length === 0) return;
  const undelivered = await call('notify', kind, `notify: ${notice.event}`, { to, workload, ...notice }).then(
    // A worker of an earlier version answers nothing.
    (result: { readonly undelivered: readonly string[] } | undefined) => result?.undelivered.join('; ') ?? '',
    reasonOf,
  );
  state.untold = (state.untold ?? []).filter(({ id }) => id !== notice.id);
  if (undelivered === '' || !patched('notice-lost')) return;
  note(state, 'notice_lost', `the notice of ${notice.event} was not delivered: ${undelivered}`, {
    values: { id: notice.id },
  });
  run.changeCount += 1;
}

function reasonOf(error: unknown): string {
  if (isCancellation(error)) return '';
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
