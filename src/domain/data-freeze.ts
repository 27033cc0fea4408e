/** Which data stands still before users reach the target, and who is asked for it. */
import type { DataSetSpec } from './spec-data';

export const FORECAST_GATE = 'data-forecast';
export const FREEZE_GATE = 'data-freeze';

export interface FreezePlan {
  /** Names of data sets that are followed; each gets a final delta and a verification of everything. */
  readonly dataSets: readonly string[];
  /** Databases: DMS follows them, and a person says when it is level. */
  readonly databases: readonly string[];
  /** The shortest of theirs counts for all: they are frozen together. 0 without any. Unit: milliseconds. */
  readonly freezeMaxMs: number;
  /** Gates that are always asked; the one about the forecast opens by itself. */
  readonly gates: readonly string[];
}

/** The data sets that are followed until the cutover. */
export function followed(data: readonly DataSetSpec[]): DataSetSpec[] {
  return data.filter(({ sync }) => sync !== undefined);
}

/** Name of the gate at which a person says that the change capture is level. */
export function levelGate(name: string): string {
  return `data-level-${name}`;
}

/** @returns undefined when no data is followed. */
export function frozenBefore(data: readonly DataSetSpec[]): FreezePlan | undefined {
  const sets = followed(data);
  const databases = data.filter(({ kind }) => kind === 'database').map(({ name }) => name);
  if (sets.length + databases.length === 0) return undefined;
  const isDeclared = sets.some(({ sync }) => sync?.freeze === 'declared');
  return {
    dataSets: sets.map(({ name }) => name),
    databases,
    freezeMaxMs: sets.length === 0 ? 0 : Math.min(...sets.map(({ sync }) => sync?.freezeMaxMs ?? 0)),
    gates: [...(isDeclared ? [FREEZE_GATE] : []), ...databases.map(levelGate)],
  };
}

/** How often a run is made for data sets that are followed together: as often as the most eager one asks. Unit: milliseconds. */
export function syncEveryMs(data: readonly DataSetSpec[]): number {
  return Math.min(...followed(data).map(({ sync }) => sync?.everyMs ?? Number.POSITIVE_INFINITY));
}
