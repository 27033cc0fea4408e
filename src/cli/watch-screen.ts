/** What `crossfade watch` draws on a terminal. Pure: a status, a time and a width give lines. */
import pc from 'picocolors';
import type { StatusView } from '../contracts/messages';
import { PHASES } from '../domain/plan';
import { formatDuration } from '../domain/quantity';
import type { VerdictKind } from '../domain/verdict';
import type { GatePrompt } from './gate-prompt';
import { commandsThatAnswer } from './status-text';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
  readonly isColored: boolean;
}

const COLUMNS_MIN = 20;
const COLUMNS_MAX = 110;
const LABEL_WIDTH = 9;
const BAR_MAX = 40;
/** Room that a bar leaves for the words behind it. */
const BAR_WORDS = 16;
const DECISIONS_SHOWN = 4;

type Colors = ReturnType<typeof pc.createColors>;

/** @returns no line longer than the terminal is wide, and fewer lines than it is high. */
export function screenLines(view: StatusView, nowMs: number, size: ScreenSize, prompt: GatePrompt): string[] {
  const width = Math.max(COLUMNS_MIN, Math.min(COLUMNS_MAX, size.columns - 1));
  const colors = pc.createColors(size.isColored);
  const row = (label: string, text: string, paint: (text: string) => string = String): string =>
    `${colors.dim(cutLine(label.padEnd(LABEL_WIDTH), width))}${paint(cutLine(text, width - LABEL_WIDTH))}`;
  const urgent = questionRows(view, prompt, row, colors);
  const lines = [
    headline(view, width, colors),
    phaseLine(view, width, colors),
    row('doing', view.step),
    ...timeRows(view, nowMs, width, row),
    ...trafficRows(view, width, colors),
    ...urgent,
    ...verdictRows(view, row, colors),
    ...(view.shadow.received === 0
      ? []
      : [
          row(
            'shadow',
            `${view.shadow.mirrored} of ${view.shadow.received} mirrored, ${view.shadow.unaccounted} unaccounted`,
          ),
        ]),
    ...(view.data === undefined ? [] : [row('data', view.data)]),
    ...view.decisions.slice(-DECISIONS_SHOWN).map((decision, index) => row(index === 0 ? 'decided' : '', decision)),
  ];
  // Lines beyond the last row would scroll, and could not be drawn over.
  return lines.slice(0, Math.max(1, size.rows - 1));
}

type Row = (label: string, text: string, paint?: (text: string) => string) => string;

/** Plain text only: what is coloured later must not be cut in its middle. Control characters of foreign words are no commands here. */
export function cutLine(text: string, width: number): string {
  // Everything below the space, and what some terminals take for the same.
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return plain.length <= width ? plain : `${plain.slice(0, Math.max(0, width - 1))}…`;
}

function headline({ workload, phase, paused, blocked, rollback }: StatusView, width: number, colors: Colors): string {
  const where = `${blocked === null ? '' : 'BLOCKED in '}${phase.replace('_', ' ').toUpperCase()}${paused ? ' (PAUSED)' : ''}`;
  const text = cutLine(`${workload}  ${where}`, width);
  const isBad = blocked !== null || rollback !== null || phase === 'rolled_back';
  return colors.bold(isBad ? colors.red(text) : paused ? colors.yellow(text) : text);
}

/** Names where there is room for them, else how many are done. */
function phaseLine({ phase, phases }: StatusView, width: number, colors: Colors): string {
  const passed = (name: string): boolean => phases.some((each) => each.name === name && each.verdict === 'pass');
  const words = PHASES.map((name) => (name === phase ? `[${name}]` : passed(name) ? `${name} ✓` : name));
  const line = words.join(' → ');
  if (line.length > width) {
    const done = PHASES.filter(passed).length;
    return cutLine(`${'●'.repeat(done)}${'○'.repeat(PHASES.length - done)} ${done} of ${PHASES.length} phases`, width);
  }
  return words
    .map((word) =>
      word.startsWith('[') ? colors.bold(word) : word.endsWith('✓') ? colors.green(word) : colors.dim(word),
    )
    .join(colors.dim(' → '));
}

function timeRows(view: StatusView, nowMs: number, width: number, row: Row): string[] {
  const { clockRuns, stepEndsAt, remainingMs, stepMs } = view;
  const leftMs = clockRuns && stepEndsAt !== null ? Math.max(0, stepEndsAt - nowMs) : remainingMs;
  if (leftMs === null) return [];
  const left = `${formatDuration(leftMs)} left${clockRuns ? '' : ', stopped'}`;
  if (stepMs === undefined || stepMs === null || stepMs === 0) return [row('step', left)];
  const share = Math.min(1, Math.max(0, 1 - leftMs / stepMs));
  const length = barLength(width);
  const filled = Math.round(share * length);
  return [row('step', `${'█'.repeat(filled)}${'░'.repeat(length - filled)} ${left}`)];
}

function barLength(width: number): number {
  return Math.max(4, Math.min(BAR_MAX, width - LABEL_WIDTH - BAR_WORDS));
}

/** Each side's share as a bar: full is all of the traffic. */
function trafficRows({ wanted, observedTargetPercent: seen }: StatusView, width: number, colors: Colors): string[] {
  const length = barLength(width);
  const side = (label: string, percent: number, observed: number | null, paint: (text: string) => string): string => {
    const filled = Math.round((percent / 100) * length);
    const words = ` ${String(percent).padStart(3)} %${observed === null ? '' : `, ${Math.round(observed * 10) / 10} seen`}`;
    const text = cutLine(words, width - LABEL_WIDTH - length);
    return `${colors.dim(label.padEnd(LABEL_WIDTH))}${paint('█'.repeat(filled))}${colors.dim('░'.repeat(length - filled))}${text}`;
  };
  return [
    side('source', wanted.source, seen === null ? null : 100 - seen, colors.blue),
    side('target', wanted.target, seen, colors.yellow),
  ];
}

/** What only a person can answer, with the keys for it. */
function questionRows(view: StatusView, prompt: GatePrompt, row: Row, colors: Colors): string[] {
  const { gate, blocked, rollback } = view;
  const rows = [
    ...(rollback === null ? [] : [row('rollback', `by ${rollback.by}: ${rollback.reason}`, colors.red)]),
    ...(blocked === null ? [] : [row('blocked', `${blocked.step}: ${blocked.code}: ${blocked.message}`, colors.red)]),
    ...(gate === null ? [] : [row('gate', `${gate.name}: ${gate.question}`, colors.yellow)]),
    ...(gate?.instructions ?? []).map((step, index) => row('', `${index + 1}. ${step}`)),
  ];
  if (prompt.asking !== null)
    return [...rows, row('reason', `${prompt.asking.text}▏ (Enter: ${prompt.asking.answer}, Esc: not)`, colors.bold)];
  if (prompt.said !== '') rows.push(row('', prompt.said));
  if (gate !== null && prompt.hasKeys) return [...rows, row('keys', 'a approve   r reject   q quit', colors.bold)];
  return [...rows, ...commandsThatAnswer(view).map((command, index) => row(index === 0 ? 'answer' : '', command))];
}

const PAINT: Readonly<Record<VerdictKind, 'green' | 'red' | 'yellow'>> = {
  pass: 'green',
  fail: 'red',
  insufficient: 'yellow',
  blind: 'yellow',
};

function verdictRows({ verdict: current, lastStep }: StatusView, row: Row, colors: Colors): string[] {
  const verdict = current ?? lastStep?.verdict;
  if (verdict === undefined) return [row('verdict', 'none yet')];
  const of = current === null ? `of ${lastStep?.name}: ` : '';
  const { kind, reason, evaluatedCount, guardrailCount, results } = verdict;
  return [
    row('verdict', `${of}${kind}, ${evaluatedCount} of ${guardrailCount}: ${reason}`, colors[PAINT[kind]]),
    ...results.map((result) =>
      row('', `${SIGN[result.kind]} ${result.reason}`, result.kind === 'pass' ? undefined : colors[PAINT[result.kind]]),
    ),
  ];
}

const SIGN: Readonly<Record<VerdictKind, string>> = { pass: '✓', fail: '✗', insufficient: '…', blind: '?' };
