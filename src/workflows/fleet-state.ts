import type { FleetView, OpenGate } from '../contracts/messages';
import { isTrouble, WAITING, waveNow } from '../domain/migration-fleet';
import type { FleetSpec, Standing } from '../domain/migration-fleet';
import type { Actor } from '../domain/record';
import { plain } from './details';
import type { GateAnswer } from './state';
import type { Untold } from './tell';

/** All of a fleet, in plain JSON: a run that continues as new goes on exactly where it was. */
export interface FleetState {
  readonly spec: FleetSpec;
  /** By workload. */
  standings: Record<string, Standing>;
  /** Trouble that somebody said yes to: nobody waits for it any more. */
  accepted: Record<string, Standing>;
  gate: (OpenGate & { readonly workload: string; readonly standing: Standing }) | null;
  answer: GateAnswer | null;
  paused: Actor | null;
  /** For a person. */
  waitingFor: string;
  decisions: string[];
  outcome: 'completed' | 'stopped' | null;
  /** Waves that people were told of. Not there: none. */
  wavesTold?: number;
  /** Notices under way. Not there: none. */
  untold?: Untold[];
}

const DECISIONS_SHOWN = 20;

export function newFleetState(spec: FleetSpec, standings: Readonly<Record<string, Standing>>): FleetState {
  return {
    spec,
    standings: { ...standings },
    accepted: {},
    gate: null,
    answer: null,
    paused: null,
    waitingFor: '',
    decisions: [],
    outcome: null,
  };
}

export function noteFleet(state: FleetState, text: string, actor?: Actor): void {
  const by = actor === undefined ? '' : ` (${actor.requestedBy}: ${actor.reason})`;
  state.decisions = [...state.decisions, `${new Date(Date.now()).toISOString().slice(0, 19)}Z ${text}${by}`].slice(
    -DECISIONS_SHOWN,
  );
}

export function viewFleet(state: FleetState): FleetView {
  const { spec, standings, gate, paused, waitingFor, decisions, outcome } = state;
  return {
    fleet: spec.name,
    wave: waveNow(spec, state) + 1,
    waves: spec.waves.map((wave) => wave.map((workload) => ({ workload, standing: standings[workload] ?? WAITING }))),
    paused: paused !== null,
    gate,
    waitingFor,
    decisions,
    outcome,
  };
}

/** The page in the Temporal UI: one table. A full page takes 20 KB, so a large fleet shows its current waves. */
export function describeFleet(state: FleetState): string {
  const { spec, outcome, paused, gate, waitingFor, decisions } = state;
  const heading = outcome !== null ? outcome.toUpperCase() : paused !== null ? 'PAUSED' : 'FLEET';
  return [
    `## ${heading}: ${plain(spec.name)}`,
    ...(gate === null
      ? []
      : [`**Gate ${plain(gate.name)}**: ${plain(gate.question)} Answer: Send a Signal, approve or reject.`]),
    plain(waitingFor),
    table(state),
    decisions.map((decision) => `- ${plain(decision)}`).join('\n'),
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}

const ROWS_MAX = 60;

function table(state: FleetState): string {
  const { spec, standings } = state;
  const now = waveNow(spec, state);
  const rows = spec.waves.flatMap((wave, index) =>
    wave.map((workload) => ({ workload, number: index + 1, standing: standings[workload] ?? WAITING })),
  );
  const first = rows.findIndex(({ number }) => number > now);
  const shown = rows.slice(rows.length <= ROWS_MAX ? 0 : Math.max(0, first)).slice(0, ROWS_MAX);
  const hidden = rows.length - shown.length;
  return [
    '| wave | workload | stands at |',
    '|---:|---|---|',
    ...shown.map(({ number, workload, standing }) => {
      const words = plain(standing.replace('_', ' '));
      return `| ${number} | ${plain(workload)} | ${isTrouble(standing) ? `**${words}**` : words} |`;
    }),
    ...(hidden === 0 ? [] : [`| | and ${hidden} more | |`]),
  ].join('\n');
}
