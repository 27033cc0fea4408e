import type { Command } from 'commander';
import { withSession } from '../cli';
import type { Cli } from '../cli';
import { example, onRun, print, withJson } from '../options';
import type { CommonFlags } from '../options';
import type { MigrationRow } from '../session';

export function addList(program: Command, cli: Cli): void {
  const command = program
    .command('list')
    .description('all migrations of the namespace: where each stands, by the search attributes; no worker is asked');
  example(withJson(command), 'crossfade list', 'crossfade list --json');
  onRun<CommonFlags>(command, cli, (_none, flags) =>
    withSession(cli, flags, async (session) => {
      const migrations = newestOfEach(await session.list());
      print(cli, flags, { namespace: session.namespace, migrations }, listLines(migrations, session.namespace));
    }),
  );
}

/** A workload that migrated again is one line. */
function newestOfEach(rows: readonly MigrationRow[]): MigrationRow[] {
  const newest = new Map<string, MigrationRow>();
  for (const row of rows) {
    const other = newest.get(row.workload);
    if (other === undefined || row.startedAt > other.startedAt) newest.set(row.workload, row);
  }
  return [...newest.values()].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
}

const COLUMNS = ['WORKLOAD', 'PHASE', 'TARGET', 'VERDICT', 'STATE', 'SINCE'] as const;

function listLines(rows: readonly MigrationRow[], namespace: string): string[] {
  if (rows.length === 0) return [`there are no migrations in namespace ${namespace}`];
  const cells = rows.map(({ workload, phase, targetPercent, verdict, state, startedAt }) => [
    workload,
    phase ?? '-',
    targetPercent === null ? '-' : `${targetPercent} %`,
    verdict ?? '-',
    state.toLowerCase(),
    startedAt.slice(0, 16).replace('T', ' '),
  ]);
  const widths = COLUMNS.map((name, index) => Math.max(name.length, ...cells.map((row) => (row[index] ?? '').length)));
  return [[...COLUMNS], ...cells].map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
