/** What a person sees of a demo: one live block on a terminal, plain lines of changes without one. */
import type { WriteStream } from 'node:tty';
import pc from 'picocolors';
import { formatDuration } from '../src/domain/quantity';
import type { DemoResult } from './demo';
import type { Sample } from './drive';

export interface Screen {
  say(line: string): void;
  show(sample: Sample): void;
  sumUp(result: DemoResult, broken: readonly string[]): void;
}

const BAR_WIDTH = 30;
const CLEAR_LINE = '\r\u001b[K';

export function createScreen(out: NodeJS.WriteStream | WriteStream): Screen {
  const live = out.isTTY === true;
  let shown = '';
  const say = (line: string): void => {
    out.write(`${live ? CLEAR_LINE : ''}${line}\n`);
    shown = '';
  };
  return {
    say,
    show(sample) {
      const change = changeLine(sample);
      if (change !== shown) {
        if (live) out.write(CLEAR_LINE);
        out.write(`${change}\n`);
        shown = change;
      }
      if (live) out.write(`${CLEAR_LINE}${liveLine(sample).slice(0, (out.columns ?? 80) + 20)}`);
    },
    sumUp(result, broken) {
      say('');
      for (const line of summary(result)) say(line);
      for (const sentence of broken) say(pc.red(`promise broken: ${sentence}`));
      if (broken.length === 0) say(pc.green('Everything that the scenario promises came true.'));
    },
  };
}

/** Changes when something happened; the text that a log keeps. */
function changeLine({ status }: Sample): string {
  const what =
    status.blocked !== null
      ? `blocked: ${status.blocked.code}`
      : status.gate !== null
        ? `gate ${status.gate.name}`
        : status.step;
  const verdict = status.verdict === null ? '' : ` · ${status.verdict.kind}`;
  const reason = status.verdict !== null && status.verdict.kind === 'fail' ? `: ${status.verdict.reason}` : '';
  return `${status.phase.padEnd(12)} ${weightBar(status.wanted.target)} ${what}${verdict}${reason}`;
}

function liveLine({ status, totals, elapsedMs }: Sample): string {
  const left =
    status.stepEndsAt === null ? '' : ` · ${formatDuration(Math.max(0, status.stepEndsAt - Date.now()))} left`;
  const observed = status.observedTargetPercent === null ? '' : ` · seen ${status.observedTargetPercent} %`;
  return `${pc.dim(formatDuration(elapsedMs).padEnd(8))}${totals.total} requests, ${totals.failed} failed${observed}${left}`;
}

function weightBar(targetPercent: number): string {
  const target = Math.round((BAR_WIDTH * targetPercent) / 100);
  return `source ${pc.cyan('█'.repeat(BAR_WIDTH - target))}${pc.green('░'.repeat(target))} target ${String(targetPercent).padStart(3)} %`;
}

function summary(result: DemoResult): string[] {
  const { requests } = result;
  return [
    `Outcome: ${result.outcome}`,
    ...result.phases.map(({ name, verdict, seconds }) => `  ${name.padEnd(14)} ${verdict.padEnd(12)} ${seconds} s`),
    `Users: ${requests.total} requests, ${requests.failed} failed, ${requests.toSource} answered by the source, ${requests.toTarget} by the target`,
    `Shadow: ${requests.mirrored} mirrored, ${requests.mirrorUnaccounted} unaccounted for`,
    ...(result.rollbackMs === null ? [] : [`Rollback: weights restored and read back in ${result.rollbackMs} ms`]),
    `Ledger: ${result.ledgerRecords} records · history: ${result.historyEvents} events`,
    `UI: ${result.ui}`,
  ];
}
