import { MigrationError } from '../domain/errors';
import { FLEET_STAGES } from '../domain/migration-fleet';
import type { FleetSpec } from '../domain/migration-fleet';
import { parseTime } from '../domain/quantity';
import { parseBy } from './issues';
import { specProblems } from './parse';
import type { z } from 'zod';
import { fleetSchema } from './schema-migrations';
import { toNotify } from './to-domain';

type Written = z.output<typeof fleetSchema>;

/** @param document with every migration's spec inside. @throws SpecInvalid listing every problem. */
export function parseFleet(document: unknown): FleetSpec {
  const written = parseBy(fleetSchema, document, 'fleet');
  const workloads = written.migrations.map(({ spec }) => String((spec as { workload?: unknown } | null)?.workload));
  const problems = [...problemsOfSpecs(written), ...problemsOfNames(written, workloads), ...problemsOfFreezes(written)];
  if (problems.length > 0)
    throw new MigrationError(
      'SpecInvalid',
      [`the fleet has ${problems.length} problem(s):`, ...problems.map((problem) => `  ${problem}`)].join('\n'),
    );
  const {
    fleet: name,
    parallelMax,
    stopOnRollback,
    checkEvery: checkEveryMs,
    changeWindows,
    freezes,
    notify,
  } = written;
  return {
    name,
    workloads,
    waves: written.waves ?? wavesByStage(written, workloads),
    parallelMax,
    stopOnRollback,
    checkEveryMs,
    notify: notify.map(toNotify),
    changeWindows: changeWindows.map(({ days, from, to, timeZone }) => ({
      days,
      fromMinute: minuteOf(from),
      toMinute: minuteOf(to),
      timeZone,
    })),
    freezes: freezes.map(({ from, to, why }) => ({ fromMs: parseTime(from) ?? 0, toMs: parseTime(to) ?? 0, why })),
  };
}

function problemsOfSpecs({ migrations }: Written): string[] {
  return migrations.flatMap(({ spec }, index) =>
    specProblems(spec).map(({ path, problem }) => `migrations[${index}].spec.${path}: ${problem}`),
  );
}

/** Each workload once among the migrations, and once among the waves. */
function problemsOfNames({ waves }: Written, workloads: readonly string[]): string[] {
  const twice = workloads.flatMap((workload, index) =>
    workloads.indexOf(workload) < index
      ? [`migrations[${index}].spec.workload: ${workload} is migrations[${workloads.indexOf(workload)}] too`]
      : [],
  );
  if (waves === undefined) return twice;
  const named = waves.flat();
  const strangers = named.filter((workload) => !workloads.includes(workload));
  const left = workloads.filter((workload) => !named.includes(workload));
  const again = named.filter((workload, index) => named.indexOf(workload) < index);
  return [
    ...twice,
    ...strangers.map((workload) => `waves: no migration is of ${workload}`),
    ...left.map((workload) => `waves: ${workload} is in none`),
    ...again.map((workload) => `waves: ${workload} is there twice`),
  ];
}

function problemsOfFreezes({ freezes }: Written): string[] {
  return freezes.flatMap(({ from, to }, index) =>
    (parseTime(from) ?? 0) < (parseTime(to) ?? 0)
      ? []
      : [`freezes[${index}].to: must be after from (${from}), got ${to}`],
  );
}

function wavesByStage({ migrations }: Written, workloads: readonly string[]): string[][] {
  const waves = FLEET_STAGES.map((stage) => workloads.filter((_, index) => migrations[index]?.stage === stage));
  return waves.filter((wave) => wave.length > 0);
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
