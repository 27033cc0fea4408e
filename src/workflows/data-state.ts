import { followed } from '../domain/data-freeze';
import type { FreezePlan } from '../domain/data-freeze';
import type { Forecast, SyncRun } from '../domain/data-forecast';
import { forecastFreeze, joinForecasts, keepRuns } from '../domain/data-forecast';
import type { DataSetSpec } from '../domain/spec';
import { note } from './journal';
import type { MigrationState } from './state';

/** What is known of the data that is followed. Plain JSON, carried over like the rest of the state. */
export interface DataState {
  readonly sets: Record<string, { runs: SyncRun[]; verifyMs: number | null }>;
  forecast: Forecast | null;
  /** How far the freeze is; `final`: the last delta is copied and everything verified. */
  stage: 'following' | 'forecast_passed' | 'frozen' | 'final';
  /** Databases of which a person has said that their change capture is level. */
  level: string[];
  /** Databases that DMS follows for us, of which a person has said that nobody writes to the source; not there: none. */
  stopped?: string[];
  frozenAtMs: number | null;
}

/** A state of an earlier version has none; then its spec follows nothing either. */
export function dataOf(state: MigrationState): DataState {
  state.data ??= { sets: {}, forecast: null, stage: 'following', level: [], frozenAtMs: null };
  return state.data;
}

/** Whether there is anything to follow, and it has not been frozen yet. */
export function isFollowing(state: MigrationState): boolean {
  return followed(state.spec.data).length > 0 && !['frozen', 'final'].includes(state.data?.stage ?? 'following');
}

function historyOf(state: MigrationState, name: string): DataState['sets'][string] {
  return (dataOf(state).sets[name] ??= { runs: [], verifyMs: null });
}

/** Only of data that is followed. */
export function rememberRun(state: MigrationState, dataSet: DataSetSpec, run: SyncRun): void {
  if (dataSet.sync === undefined) return;
  const history = historyOf(state, dataSet.name);
  history.runs = keepRuns([...history.runs, run]);
}

export function rememberVerification(state: MigrationState, dataSet: DataSetSpec, verifyMs: number): void {
  if (dataSet.sync !== undefined) historyOf(state, dataSet.name).verifyMs = verifyMs;
}

/** How long a freeze of all that is followed would take now; a change of its kind goes to the ledger. */
export function lookAhead(
  state: MigrationState,
  { dataSets, freezeMaxMs }: Pick<FreezePlan, 'dataSets' | 'freezeMaxMs'>,
): Forecast {
  const data = dataOf(state);
  const named = dataSets.map((name) => ({
    name,
    forecast: forecastFreeze(historyOf(state, name), Date.now(), freezeMaxMs),
  }));
  const forecast = joinForecasts(named, freezeMaxMs);
  if (data.forecast?.kind !== forecast.kind)
    note(state, 'data_forecast', forecast.text, { values: { kind: forecast.kind, freezeMs: forecast.freezeMs } });
  data.forecast = forecast;
  return forecast;
}

/** Traffic is back on the source: its writers may go on, and a later cutover freezes anew. @returns whether there was a freeze. */
export function thaw(state: MigrationState): boolean {
  const { data } = state;
  if (data === undefined) return false;
  data.level = [];
  delete data.stopped;
  if (data.stage === 'following') return false;
  const wasFrozen = data.frozenAtMs !== null;
  data.stage = 'following';
  data.frozenAtMs = null;
  if (wasFrozen) note(state, 'data_thawed', 'the freeze is over: writers may write to the source again');
  return wasFrozen;
}
