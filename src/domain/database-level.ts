/** Whether a database is level with its source, by what DMS and CloudWatch say. Pure; what is not told is not level. */
import type { EpochMs, Milliseconds } from './quantity';
import { formatDuration } from './quantity';

/** One table, as DMS counts it. */
export interface TableProgress {
  /** `schema.table`. */
  readonly table: string;
  /** DMS's own words: `Table completed`, `Table error`, … */
  readonly state: string;
  /** DMS's own words: `Validated`, `Pending records`, `No primary key`, … */
  readonly validation: string;
  readonly rowsLoaded: number;
  /** Rows of which the validation does not know yet that they are equal: pending, failed, suspended. */
  readonly rowsUnproven: number;
}

/** The newest datapoint that both latencies have. */
export interface CaptureLatency {
  readonly atMs: EpochMs;
  readonly sourceMs: Milliseconds;
  readonly targetMs: Milliseconds;
}

export interface ReplicationFigures {
  /** DMS's own word for the task. */
  readonly status: string;
  /** undefined: DMS does not say. Unit: percent. */
  readonly loadedPercent: number | undefined;
  readonly tables: readonly TableProgress[];
  /** undefined: CloudWatch has none. */
  readonly latency: CaptureLatency | undefined;
}

export interface LevelVerdict {
  readonly isLevel: boolean;
  /** No waiting changes it. */
  readonly isHopeless: boolean;
  /** Why it is not level; empty when it is. */
  readonly reasons: readonly string[];
}

/** DMS publishes once a minute; an older datapoint says nothing about now. */
const LATENCY_AGE_MS_MAX = 5 * 60_000;
const TABLES_NAMED = 10;
/** States of the validation that stay what they are. */
const NEVER_VALIDATED = ['No primary key', 'Not enabled'];

export function judgeLevel(figures: ReplicationFigures, latencyMaxMs: Milliseconds, now: EpochMs): LevelVerdict {
  const reasons = [
    ...loadReasons(figures),
    ...tableReasons(figures.tables),
    ...latencyReasons(figures, latencyMaxMs, now),
  ];
  const isHopeless = figures.tables.some(({ validation }) => NEVER_VALIDATED.includes(validation));
  return { isLevel: reasons.length === 0, isHopeless, reasons };
}

function loadReasons({ status, loadedPercent }: ReplicationFigures): string[] {
  return [
    ...(status === 'running' ? [] : [`the task is ${status}`]),
    ...(loadedPercent === 100 ? [] : [`the full load is at ${loadedPercent ?? 'an unknown'} %`]),
  ];
}

function tableReasons(tables: readonly TableProgress[]): string[] {
  if (tables.length === 0) return ['DMS tells of no table'];
  const unproven = tables.filter(
    ({ state, validation, rowsUnproven }) =>
      !(state === 'Table completed' && validation === 'Validated' && rowsUnproven === 0),
  );
  if (unproven.length === 0) return [];
  const named = unproven
    .slice(0, TABLES_NAMED)
    .map(({ table, state, validation, rowsUnproven }) => `${table} (${state}, ${validation}, ${rowsUnproven} rows)`);
  return [`${unproven.length} of ${tables.length} tables are not validated: ${named.join(', ')}`];
}

/** Stated as what must hold, so that NaN is not level. */
function latencyReasons({ latency }: ReplicationFigures, maxMs: Milliseconds, now: EpochMs): string[] {
  if (latency === undefined) return ['CloudWatch has no CDCLatencySource and CDCLatencyTarget'];
  if (!(now - latency.atMs <= LATENCY_AGE_MS_MAX))
    return [`the newest latency is ${formatDuration(now - latency.atMs)} old`];
  const sides = [
    ['CDCLatencySource', latency.sourceMs],
    ['CDCLatencyTarget', latency.targetMs],
  ] as const;
  return sides
    .filter(([, ms]) => !(ms <= maxMs))
    .map(([metric, ms]) => `${metric} is ${formatDuration(ms)}, at most ${formatDuration(maxMs)} may be`);
}
