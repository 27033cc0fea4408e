import { ActivityFailure, condition, isCancellation, patched, uuid4 } from '@temporalio/workflow';
import type { AskedAbout, NoticeEvent } from '../domain/notice';
import type { NotifySpec } from '../domain/spec';
import { call } from './calls';
import type { CallKind } from './calls';
import { note } from './journal';
import type { Run } from './run';

/*
 * Invariants
 * 1. A migration, or a fleet, waits for no notice but its last.
 * 2. A notice that is under way when a run continues as new is told again by the next, with the same ID.
 * 3. Who could not be told stands in the ledger, or among a fleet's decisions. What a rollback has overtaken asks nobody
 *    any more, and is dropped.
 */

/** Who has something to tell. */
export interface Teller {
  readonly to: readonly NotifySpec[];
  /** Of the workload, or of the fleet. */
  readonly name: string;
  /** Where it keeps what is under way. */
  readonly state: { untold?: Untold[] };
  /** Somebody will never be told. */
  readonly lost: (notice: Untold, undelivered: string) => void;
}

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
  tellAs(tellerOf(run), event, text, about);
}

/** The same for whoever is no migration. */
export function tellAs(teller: Teller, event: NoticeEvent, text: string, about: AskedAbout = {}): void {
  void deliver(teller, newNotice(teller, event, text, about), 'word');
}

/** For the last word of a run. */
export function tellAndWait(run: Run, event: NoticeEvent, text: string): Promise<void> {
  return tellAndWaitAs(tellerOf(run), event, text, () => patched('last-words'));
}

/** @param waits asked when something that was told before is still under way. */
export async function tellAndWaitAs(
  teller: Teller,
  event: NoticeEvent,
  text: string,
  waits: () => boolean = () => true,
): Promise<void> {
  await deliver(teller, newNotice(teller, event, text, {}), 'last-word');
  const isTold = (): boolean => (teller.state.untold ?? []).length === 0;
  if (!isTold() && waits()) await condition(isTold, LAST_WORDS_MS_MAX, { summary: 'earlier notices' });
}

/** What the run before had not told to the end. */
export function tellAgain(run: Run): void {
  tellAgainAs(tellerOf(run));
}

export function tellAgainAs(teller: Teller): void {
  for (const notice of teller.state.untold ?? []) void deliver(teller, notice, 'word');
}

function tellerOf(run: Run): Teller {
  const { state } = run;
  return {
    to: state.spec.notify,
    name: state.spec.workload,
    state,
    lost({ id, event }, undelivered) {
      if (!patched('notice-lost')) return;
      note(state, 'notice_lost', `the notice of ${event} was not delivered: ${undelivered}`, { values: { id } });
      run.changeCount += 1;
    },
  };
}

function newNotice({ to, state }: Teller, event: NoticeEvent, text: string, about: AskedAbout): Untold {
  const notice = { id: uuid4(), atMs: Date.now(), event, text: text.slice(0, TEXT_LENGTH_MAX), ...about };
  if (to.length > 0) state.untold = [...(state.untold ?? []), notice].slice(-UNTOLD_MAX);
  return notice;
}

async function deliver(teller: Teller, notice: Untold, kind: CallKind): Promise<void> {
  const { to, name: workload, state } = teller;
  if (to.length === 0) return;
  const undelivered = await call('notify', kind, `notify: ${notice.event}`, { to, workload, ...notice }).then(
    // A worker of an earlier version answers nothing.
    (result: { readonly undelivered: readonly string[] } | undefined) => result?.undelivered.join('; ') ?? '',
    reasonOf,
  );
  state.untold = (state.untold ?? []).filter(({ id }) => id !== notice.id);
  if (undelivered !== '') teller.lost(notice, undelivered);
}

function reasonOf(error: unknown): string {
  if (isCancellation(error)) return '';
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
