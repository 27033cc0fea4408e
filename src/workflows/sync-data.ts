import { setCurrentDetails } from '@temporalio/workflow';
import type { Forecast, SyncHistory } from '../domain/data-forecast';
import { forecastFreeze, joinForecasts, keepRuns } from '../domain/data-forecast';
import { frozenBefore } from '../domain/data-freeze';
import { memoryOf } from '../domain/data-memory';
import type { DataSetSpec, MigrationSpec } from '../domain/spec';
import { call } from './calls';
import { copyOnce, runText } from './data-sync';
import { plain } from './details';
import type { RangesDone } from './fan-out';
import { beginPart } from './part';

export interface SyncReport {
  readonly workload: string;
  /** Why nothing was copied; null: it was. */
  readonly skipped: string | null;
  /** By data set; handed to the next run, which forecasts from it. */
  readonly sets: Readonly<Record<string, SyncHistory>>;
  /** What a freeze of the data that is followed would take. */
  readonly forecast: Forecast | null;
}

/**
 * Brings the data of a workload to the target once, without a migration: what a Temporal Schedule repeats.
 * @param document the migration's spec. @param before the report of the run before.
 */
export async function syncData(document?: unknown, before?: SyncReport): Promise<SyncReport> {
  const { spec, owner } = await beginPart('sync', document);
  const { workload } = spec;
  const sets = { ...before?.sets };
  const { reason } = await call('whyNotSync', 'quick', 'look whether a migration is in the way', {
    workload,
    ledger: spec.ledger,
  });
  if (reason !== null) {
    setCurrentDetails(`## DATA: SKIPPED\n\n${plain(reason)}`);
    return { workload, skipped: reason, sets, forecast: null };
  }
  for (const dataSet of spec.data.filter(({ kind }) => kind !== 'database')) {
    await call('createBucket', 'quick', `bucket for ${dataSet.to}`, {
      dataSet,
      region: spec.region,
      owner,
      adopt: true,
    });
    sets[dataSet.name] = await bringOver(spec, dataSet, sets[dataSet.name]);
  }
  const forecast = forecastOf(spec, sets);
  setCurrentDetails(`## DATA: ${plain(workload)}\n\n${plain(forecast?.text ?? 'copied')}`);
  return { workload, skipped: null, sets, forecast };
}

function showRange({ rangeCount, doneCount, objectCount }: RangesDone): void {
  setCurrentDetails(`## DATA\n\n${doneCount} of ${rangeCount} ranges done, ${objectCount} objects`);
}

/** Everything is verified with the first run, which tells how long that takes. */
async function bringOver(
  spec: MigrationSpec,
  dataSet: DataSetSpec,
  before: SyncHistory | undefined,
): Promise<SyncHistory> {
  const run = await copyOnce(spec, dataSet, before === undefined ? 'copy' : 'follow', showRange);
  setCurrentDetails(`## DATA\n\n${plain(runText(dataSet.name, run))}`);
  const runs = keepRuns([...(before?.runs ?? []), run]);
  if (before?.verifyMs != null) return { runs, verifyMs: before.verifyMs };
  const startedAtMs = Date.now();
  await call('verifyData', 'long', `verify ${dataSet.to}`, { dataSet, memory: memoryOf(spec) });
  return { runs, verifyMs: Date.now() - startedAtMs };
}

function forecastOf(spec: MigrationSpec, sets: SyncReport['sets']): Forecast | null {
  const freeze = frozenBefore(spec.data);
  if (freeze === undefined || freeze.dataSets.length === 0) return null;
  const { dataSets, freezeMaxMs } = freeze;
  const named = dataSets.map((name) => ({
    name,
    forecast: forecastFreeze(sets[name] ?? { runs: [], verifyMs: null }, Date.now(), freezeMaxMs),
  }));
  return joinForecasts(named, freezeMaxMs);
}
