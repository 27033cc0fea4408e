/** What happened when: phases, gates, weights, how it ended. */
import type { EntryKind, LedgerRecord } from '../domain/record';
import type { Decision, GateSpan, Outcome, PhaseSpan, WeightChange } from './report';

export function outcomeOf(records: readonly LedgerRecord[]): Outcome {
  const ended = records.findLast(({ kind }) => kind === 'completed' || kind === 'abandoned' || kind === 'cancelled');
  if (ended !== undefined) return { kind: ended.kind as Outcome['kind'], text: ended.text };
  const turned = records.findLast(({ kind }) => kind === 'rolled_back' || kind === 'restarted');
  if (turned?.kind === 'rolled_back') return { kind: 'rolled_back', text: turned.text };
  const phase = records.at(-1)?.phase ?? 'starting';
  return { kind: 'under_way', text: `under way, in phase ${phase.replace('_', ' ')}` };
}

const PHASE_ENDINGS: Partial<Record<EntryKind, PhaseSpan['ending']>> = {
  phase_finished: 'finished',
  rolled_back: 'rolled_back',
  // A record that would have ended it is missing, or a restart went past it.
  phase_started: 'cut_short',
  abandoned: 'cut_short',
  cancelled: 'cut_short',
};

export function phasesOf(records: readonly LedgerRecord[]): PhaseSpan[] {
  const spans: PhaseSpan[] = [];
  for (const { kind, at, phase } of records) {
    const [open, ending] = [spans.at(-1), PHASE_ENDINGS[kind]];
    if (open?.ending === 'open' && ending !== undefined) spans[spans.length - 1] = { ...open, endMs: at, ending };
    if (kind === 'phase_started') spans.push({ name: phase, startMs: at, endMs: null, ending: 'open' });
  }
  return spans;
}

const OPENED = /^gate (\S+): ([\s\S]*)$/;
const ANSWERED = /^gate (\S+) (approved|rejected|opened by itself)/;

/** Gates are told in words only: names hold no spaces, and the words are written by `workflows/gate.ts`. */
export function gatesOf(records: readonly LedgerRecord[]): GateSpan[] {
  const gates: GateSpan[] = [];
  const close = (record: LedgerRecord, answer: NonNullable<GateSpan['answer']>, name?: string): void => {
    const index = gates.findLastIndex((gate) => gate.answer === null && (name === undefined || gate.name === name));
    const gate = gates[index];
    if (gate === undefined) return;
    gates[index] = { ...gate, answer, answeredSeq: record.seq, answeredMs: record.at, actor: record.actor };
  };
  for (const record of records) {
    if (record.kind === 'gate_opened') gates.push(openGate(record));
    if (record.kind === 'gate_answered') {
      const [, name, answer] = ANSWERED.exec(record.text) ?? [];
      close(
        record,
        answer === 'opened by itself' ? 'opened_by_itself' : answer === 'rejected' ? answer : 'approved',
        name,
      );
    }
    if (record.kind === 'extended' && gates.at(-1)?.answer === null) close(record, 'extended');
    if (OVERTAKING.has(record.kind)) close(record, 'overtaken');
  }
  return gates;
}

/** Nobody answers a gate after these. */
const OVERTAKING: ReadonlySet<EntryKind> = new Set(['rollback', 'abandoned', 'cancelled']);

function openGate({ seq, at, text }: LedgerRecord): GateSpan {
  const [, name = 'unknown', question = text] = OPENED.exec(text) ?? [];
  return {
    name,
    question,
    openedSeq: seq,
    openedMs: at,
    answer: null,
    answeredSeq: null,
    answeredMs: null,
    actor: null,
  };
}

/** As read back from the router, not as intended. */
export function weightChangesOf(records: readonly LedgerRecord[]): WeightChange[] {
  return records.flatMap(({ kind, at, weights }) =>
    (kind === 'shift_confirmed' || kind === 'rolled_back') && weights !== undefined
      ? [{ atMs: at, targetPercent: weights.target }]
      : [],
  );
}

/** Too many to be read one by one, and none of them decides anything. */
const ROUTINE: ReadonlySet<EntryKind> = new Set(['evidence', 'data_synced', 'data_forecast']);

export function decisionsOf(records: readonly LedgerRecord[]): Decision[] {
  return records
    .filter(({ kind }) => !ROUTINE.has(kind))
    .map(({ seq, at, phase, kind, text, actor, weights, verdict }) => ({
      seq,
      atMs: at,
      phase,
      kind,
      text,
      actor,
      ...(weights === undefined ? {} : { targetPercent: weights.target }),
      ...(verdict === undefined ? {} : { verdict }),
    }));
}

export function routineOf(records: readonly LedgerRecord[]): Partial<Record<EntryKind, number>> {
  const counts: Partial<Record<EntryKind, number>> = {};
  for (const { kind } of records) if (ROUTINE.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
