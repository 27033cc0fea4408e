import { Context, log } from '@temporalio/activity';
import type { ObserveInput } from '../contracts/activities';
import type { JudgeState } from '../domain/judge-state';
import type { LedgerHead } from '../domain/record';
import type { Verdict, VerdictKind } from '../domain/verdict';
import type { Ports } from './ports';
import { describeError, isCancellation } from './waiting';

/**
 * A signal costs the workflow four events. A verdict that flaps is told this often in a slice; after that only the
 * regular report speaks, so that a noisy workload cannot fill the history.
 */
const CHANGE_SIGNALS_MAX = 20;

/** Tells the workflow when the kind of the verdict changes, and every `reportEveryMs`. What fails is tried at the next look. */
export class Reporter {
  changeSignals: number;
  private toldKind: VerdictKind | undefined;
  private toldAtMs: number;

  constructor(
    private readonly ports: Pick<Ports, 'signals' | 'now'>,
    private readonly input: ObserveInput,
    before: { readonly verdict: Verdict; readonly changeSignals: number } | undefined,
  ) {
    this.toldKind = before?.verdict.kind;
    this.changeSignals = before?.changeSignals ?? 0;
    this.toldAtMs = ports.now();
  }

  async report(judge: JudgeState, verdict: Verdict, ledgerHead: LedgerHead): Promise<void> {
    const changed = verdict.kind !== this.toldKind && this.changeSignals < CHANGE_SIGNALS_MAX;
    const due = this.ports.now() - this.toldAtMs >= this.input.reportEveryMs;
    if (!changed && !due) return;
    const { workflowExecution } = Context.current().info;
    if (workflowExecution === undefined) return;
    try {
      await this.ports.signals.observed(workflowExecution.workflowId, {
        slice: this.input.slice,
        judge,
        verdict,
        ledgerHead,
      });
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('the migration could not be told what was observed', { error: describeError(error) });
      return;
    }
    if (changed) this.changeSignals += 1;
    this.toldKind = verdict.kind;
    this.toldAtMs = this.ports.now();
  }
}
