import type { CutoverStep } from '../domain/plan';
import { formatDuration } from '../domain/quantity';
import type { MigrationSpec } from '../domain/spec';

/** What DMS carries over, and by what. */
export function databaseLines({ databases = [] }: MigrationSpec): string[] {
  return databases.map(({ name, from, to, tables, excludeTables, targetTables, replicationInstance }) => {
    const without = excludeTables.length === 0 ? '' : ` without ${excludeTables.join(', ')}`;
    const rows = targetTables === 'keep' ? "the target's rows stay" : "the target's tables are emptied first";
    return `database         ${name}: ${tables.join(', ')}${without} from ${from.engine} to ${to.engine} by DMS on ${replicationInstance.class}; ${rows}`;
  });
}

/** What is waited for before the first weight. */
export function levelLines({ databases = [] }: CutoverStep, spec: MigrationSpec): string[] {
  return (spec.databases ?? [])
    .filter(({ name }) => databases.includes(name))
    .map(
      ({ name, cdcLatencyMaxMs }) =>
        `    ${'level'.padEnd(19)} ${name}: writers stopped, latency at most ${formatDuration(cdcLatencyMaxMs)}, every table validated`,
    );
}
