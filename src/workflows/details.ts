import { formatDuration } from '../domain/quantity';
import { PHASES } from '../domain/plan';
import { clockRuns, remainingMs } from './clock';
import type { MigrationState } from './state';
import { waitingFor } from './view';

/** The UI renders Markdown and passes HTML through, so foreign text is defused. A second dollar sign would make a formula. */
export function plain(text: string): string {
  return text
    .replace(/[<>&|`*_$[\]\\]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/\s+/g, ' ')
    .slice(0, 500);
}

/** The operator's page in the Temporal UI: where it is, what it waits for and how to answer. Markdown, under 20 KB. */
export function describe(state: MigrationState): string {
  return [headline(state), phaseLine(state), now(state), answer(state), verdicts(state), decisions(state)]
    .filter((part) => part !== '')
    .join('\n\n');
}

function headline(state: MigrationState): string {
  const where = state.blocked !== null ? 'BLOCKED' : state.phase.replace('_', ' ').toUpperCase();
  return `## ${where}: ${plain(state.spec.workload)}`;
}

function phaseLine(state: MigrationState): string {
  return PHASES.map((name) => {
    const done = state.phases.find((timing) => timing.name === name && timing.verdict === 'pass');
    if (name === state.phase) return `**${name}**`;
    return done === undefined ? name : `~~${name}~~`;
  }).join(' → ');
}

function now(state: MigrationState): string {
  const observed =
    state.observedTargetPercent === null ? 'not seen yet' : `${state.observedTargetPercent} % on the target`;
  return [
    '| | |',
    '|---|---|',
    `| doing | ${plain(state.doing)} |`,
    `| waiting for | ${plain(waitingFor(state))} |`,
    `| traffic wanted | source ${state.wanted.source} %, target ${state.wanted.target} % (generation ${state.generation}) |`,
    `| traffic observed | ${observed} |`,
    `| time left in this step | ${timeLeft(state)} |`,
    ...(state.rollback === null ? [] : [`| rollback | ${plain(state.rollback.by)}: ${plain(state.rollback.reason)} |`]),
    ...(state.unknownMessages.length === 0
      ? []
      : [`| unknown signals | ${state.unknownMessages.map(plain).join(', ')} |`]),
  ].join('\n');
}

/** The page is written at events, not by the second: so it names the moment, not the span, while the clock runs. */
function timeLeft(state: MigrationState): string {
  const { clock } = state.cursor;
  if (clock === null) return '–';
  const left = formatDuration(remainingMs(clock));
  if (!clockRuns(clock)) return `${left} (the clock stands still)`;
  return `until ${new Date(Date.now() + remainingMs(clock)).toISOString().slice(0, 19)}Z (${left} when this was written)`;
}

function answer(state: MigrationState): string {
  const say = '{"requestedBy": "you", "reason": "why"}';
  if (state.blocked !== null) {
    const { step, code, message, skippable } = state.blocked;
    return `**Blocked** at ${plain(step)}: ${code}: ${plain(message)}\n\nSend signal \`retry\`${skippable ? ', `skip`' : ''} or \`rollback\` with \`${say}\`. Runbook: docs/runbooks/errors.md, ${code}.`;
  }
  if (state.gate !== null) {
    return `**Gate ${plain(state.gate.name)}**: ${plain(state.gate.question)}\n\nSend signal \`approve\` or \`reject\` with \`${say}\`.`;
  }
  if (state.phase === 'rolled_back') return `Send signal \`retry\` or \`abandon\` with \`${say}\`.`;
  return state.outcome === null ? `At any time: signal \`pause\`, \`resume\` or \`rollback\` with \`${say}\`.` : '';
}

function verdicts(state: MigrationState): string {
  if (state.verdict === null) return '';
  const rows = state.verdict.results.map(
    (result) => `| ${result.guardrail} | ${result.kind} | ${plain(result.reason)} |`,
  );
  return [
    `**Verdict: ${state.verdict.kind}** – ${plain(state.verdict.reason)}`,
    '',
    '| guardrail | verdict | numbers |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function decisions(state: MigrationState): string {
  if (state.decisions.length === 0) return '';
  return ['**Last decisions**', '', ...[...state.decisions].reverse().map((line) => `- ${plain(line)}`)].join('\n');
}
