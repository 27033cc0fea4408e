import { formatDuration } from '../domain/quantity';
import { PHASES } from '../domain/plan';
import type { Verdict } from '../domain/verdict';
import { clockRuns, remainingMs } from './clock';
import type { MigrationState } from './state';
import { shadowOf, waitingFor } from './view';

const BAR_WIDTH = 30;
/** Temporal takes 20 KB; the oldest decisions give way. Unit: characters, each of one to three bytes. */
const PAGE_LENGTH_MAX = 12_000;
const WORDS_MAX = 500;

/**
 * The UI renders Markdown with HTML, formulas ($…$), links and typography (1/2 becomes a fraction), so foreign text is
 * defused: a numeric entity is shown as its sign everywhere but in code.
 */
export function plain(text: string): string {
  const words = text.replace(/\s+/g, ' ').slice(0, WORDS_MAX);
  return words.replace(/[<>&|`*_~$[\]\\/"'@]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** The operator's page in the Temporal UI: where it is, what it waits for and how to answer. Markdown, under 20 KB. */
export function describe(state: MigrationState): string {
  const question = urgent(state);
  const parts = [headline(state), phaseLine(state), question, traffic(state), now(state)];
  const above = [...parts, question === '' ? atAnyTime(state) : '', verdicts(state)]
    .filter((part) => part !== '')
    .join('\n\n');
  return `${above}\n\n${decisions(state, PAGE_LENGTH_MAX - above.length)}`.trimEnd();
}

function headline(state: MigrationState): string {
  const phase = state.phase.replace('_', ' ').toUpperCase();
  const where = state.blocked !== null ? `BLOCKED in ${phase}` : phase;
  return `## ${where}${state.operator.paused === null ? '' : ' (PAUSED)'}: ${plain(state.spec.workload)}`;
}

function phaseLine(state: MigrationState): string {
  return PHASES.map((name) => {
    if (name === state.phase) return `**${name}**`;
    const passed = state.phases.some((timing) => timing.name === name && timing.verdict === 'pass');
    return passed ? `${name} ✓` : name;
  }).join(' → ');
}

function traffic(state: MigrationState): string {
  const { wanted, observedTargetPercent: seen } = state;
  const observed =
    seen === null
      ? '| observed | – | not seen yet | – |'
      : `| observed | ${round(100 - seen)} % | ${bar(seen)} | ${round(seen)} % |`;
  return [
    '| traffic | source | | target |',
    '|---|---:|---|---|',
    `| wanted | **${wanted.source} %** | ${bar(wanted.target)} | **${wanted.target} %** |`,
    observed,
  ].join('\n');
}

function bar(targetPercent: number): string {
  const target = Math.round((BAR_WIDTH * targetPercent) / 100);
  return `\`${'█'.repeat(BAR_WIDTH - target)}${'░'.repeat(target)}\``;
}

function round(percent: number): number {
  return Math.round(percent * 10) / 10;
}

function now(state: MigrationState): string {
  const { rollback, unknownMessages } = state;
  const { received, mirrored, unaccounted } = shadowOf(state);
  return [
    `- doing: ${plain(state.doing)}`,
    `- waiting for: ${plain(waitingFor(state))}`,
    `- time left in this step: ${timeLeft(state)}`,
    ...(received === 0
      ? []
      : [`- shadow traffic so far: ${received} received, ${mirrored} mirrored, ${unaccounted} unaccounted for`]),
    ...(state.data?.forecast == null ? [] : [`- data: ${plain(state.data.forecast.text)}`]),
    ...(rollback === null ? [] : [`- rollback: ${plain(rollbackText(rollback))}`]),
    ...(unknownMessages.length === 0 ? [] : [`- unknown signals: ${unknownMessages.map(plain).join(', ')}`]),
  ].join('\n');
}

function rollbackText({ by, reason, requestedAt, restoredAt }: NonNullable<MigrationState['rollback']>): string {
  const how = restoredAt === null ? 'under way' : `traffic restored after ${restoredAt - requestedAt} ms`;
  return `${how}, asked for by ${by}: ${reason}`;
}

/** The page is written at events, not by the second: so it names the moment, not the span, while the clock runs. */
function timeLeft(state: MigrationState): string {
  const { clock } = state.cursor;
  if (clock === null) return 'no clock runs';
  const left = formatDuration(remainingMs(clock));
  if (!clockRuns(clock)) return `${left} (the clock stands still)`;
  return `until ${new Date(Date.now() + remainingMs(clock)).toISOString().slice(0, 19)}Z (${left} when this was written)`;
}

/** What only a person can answer, and how; empty when nothing is asked. */
function urgent(state: MigrationState): string {
  if (state.blocked !== null) {
    const { step, code, message, skippable } = state.blocked;
    const ways = skippable ? ['retry', 'skip', 'rollback'] : ['retry', 'rollback'];
    return `### ${code} at: ${plain(step)}\n\n${plain(message)}\n\n${send(ways)}. Runbook: docs/runbooks/errors.md, ${code}.`;
  }
  if (state.gate !== null) {
    const { name, question, instructions = [] } = state.gate;
    const steps = instructions.map((step, index) => `${index + 1}. ${plain(step)}\n`).join('');
    const how = steps === '' ? '' : `\n\n${steps.trimEnd()}`;
    return `### Gate ${plain(name)}: ${plain(question)}${how}\n\n${send(['approve', 'reject'])}.`;
  }
  return state.phase === 'rolled_back' ? `${send(['retry', 'abandon'])}.` : '';
}

function atAnyTime(state: MigrationState): string {
  if (state.outcome !== null) return '';
  return `At any time: ${send([state.operator.paused === null ? 'pause' : 'resume', 'rollback'])}.`;
}

/** In the words of the UI's own menu. */
function send(signals: readonly string[]): string {
  const names = signals.map((name) => `\`${name}\``).join(' or ');
  return `More Actions → Send a Signal → ${names}, with \`{"requestedBy": "you", "reason": "why"}\``;
}

function verdicts(state: MigrationState): string {
  const { verdict, lastStep } = state;
  if (verdict !== null) return verdictTable('Verdict', verdict);
  // At a gate nothing is being judged, and the question is about what was.
  return lastStep === null ? '' : verdictTable(`Verdict of the last step, ${plain(lastStep.name)}`, lastStep.verdict);
}

function verdictTable(title: string, verdict: Verdict): string {
  const summary = `**${title}: ${verdict.kind}** – ${plain(verdict.reason)}`;
  if (verdict.results.length === 0) return summary;
  const rows = verdict.results.map(({ guardrail, kind, reason }) => `| ${guardrail} | ${kind} | ${plain(reason)} |`);
  return [summary, '', '| guardrail | verdict | numbers |', '|---|---|---|', ...rows].join('\n');
}

/** Newest first, as many as there is room for. */
function decisions(state: MigrationState, lengthMax: number): string {
  const lines = ['**Last decisions**', ''];
  let length = 0;
  for (const decision of [...state.decisions].reverse()) {
    const line = `- ${plain(decision)}`;
    length += line.length;
    if (length > lengthMax) break;
    lines.push(line);
  }
  return lines.length > 2 ? lines.join('\n') : '';
}
