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

const BAR_WIDTH = 20;
const PHASE_WIDTH = 13;
const COLUMNS_DEFAULT = 80;
const CLEAR_LINE = '\r\u001b[K';

export function createScreen(out: NodeJS.WriteStream | WriteStream): Screen {
  const live = out.isTTY === true;
  const clear = live ? CLEAR_LINE : '';
  const paint = pc.createColors(live && pc.isColorSupported);
  let shown: Change | undefined;
  const say = (line: string): void => {
    out.write(`${clear}${line}\n`);
  };
  return {
    say,
    show(sample) {
      const change = changeIn(sample);
      if (shown === undefined) say(paint.dim(LEGEND));
      if (isNews(change, shown)) say(changeLine(change, paint));
      shown = change;
      const columns = out.columns ?? COLUMNS_DEFAULT;
      if (live) out.write(`${CLEAR_LINE}${paint.dim(liveLine(sample).slice(0, columns - 1))}`);
    },
    sumUp(result, broken) {
      say('');
      for (const line of summary(result)) say(line);
      for (const sentence of broken) say(paint.red(`promise broken: ${sentence}`));
      if (broken.length === 0) say(paint.green('Everything that the scenario promises came true.'));
    },
  };
}

type Colors = ReturnType<typeof pc.createColors>;

/** What a log keeps of a sample. */
interface Change {
  readonly phase: string;
  readonly targetPercent: number;
  readonly what: string;
  /** Only what decides something; that evidence is still missing is told by the live line. */
  readonly verdict: 'pass' | 'fail' | 'blind' | null;
  readonly reason: string;
}

const LEGEND = `${'phase'.padEnd(PHASE_WIDTH)}${'█ source  ░ target'.padEnd(BAR_WIDTH)} target  step`;

function changeIn({ status }: Sample): Change {
  const { phase, wanted, verdict, rollback } = status;
  const kind = verdict === null || verdict.kind === 'insufficient' ? null : verdict.kind;
  const because = phase === 'rolled_back' ? rollback?.reason : kind === 'pass' ? undefined : verdict?.reason;
  return {
    phase,
    targetPercent: wanted.target,
    what: whatOf(status),
    verdict: kind,
    reason: kind === null && phase !== 'rolled_back' ? '' : (because ?? ''),
  };
}

function whatOf({ blocked, gate, step }: Sample['status']): string {
  if (blocked !== null) return `blocked: ${blocked.code}`;
  return gate === null ? step : `gate ${gate.name}: ${gate.question}`;
}

/** A verdict that is forgotten because the next step begins is no news. */
function isNews(change: Change, shown: Change | undefined): boolean {
  if (shown === undefined) return true;
  const { phase, targetPercent, what, verdict } = change;
  const moved = phase !== shown.phase || targetPercent !== shown.targetPercent || what !== shown.what;
  return moved || (verdict !== null && verdict !== shown.verdict);
}

function changeLine({ phase, targetPercent, what, verdict, reason }: Change, paint: Colors): string {
  const target = Math.round((BAR_WIDTH * targetPercent) / 100);
  const bar = `${paint.cyan('█'.repeat(BAR_WIDTH - target))}${paint.green('░'.repeat(target))}`;
  const colors = { pass: paint.green, fail: paint.red, blind: paint.yellow } as const;
  const decided = verdict === null ? '' : ` · ${colors[verdict](verdict)}`;
  const share = `${targetPercent} %`.padStart(6);
  return `${phase.padEnd(PHASE_WIDTH)}${bar} ${share}  ${what}${decided}${reason === '' ? '' : `: ${reason}`}`;
}

function liveLine({ status, totals, elapsedMs }: Sample): string {
  const { stepEndsAt, observedTargetPercent: observed, verdict } = status;
  return [
    `${formatDuration(elapsedMs).padEnd(8)}${totals.total} requests, ${totals.failed} failed`,
    ...(observed === null ? [] : [`target answers ${observed} %`]),
    ...(verdict?.kind === 'insufficient' ? ['gathering evidence'] : []),
    ...(stepEndsAt === null ? [] : [`${formatDuration(Math.max(0, stepEndsAt - Date.now()))} left`]),
  ].join(' · ');
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
  ];
}
