/** What must hold between databases and the rest of the document. */
import { valueAt } from './problem';

type Report = (path: readonly (string | number)[], message: string) => void;

export function checkDatabases(document: unknown, report: Report): void {
  const databases = valueAt(document, ['databases']);
  if (!Array.isArray(databases) || databases.length === 0) return;
  const workload = valueAt(document, ['workload']);
  // The names of what is made begin with the workload's, and DMS takes no two hyphens in a row.
  if (typeof workload === 'string' && workload.includes('--'))
    report(['workload'], 'must not hold -- with databases: DMS takes no such names');
  const data = valueAt(document, ['data']);
  const names = Array.isArray(data) ? data.map((_, index) => valueAt(data, [index, 'name'])) : [];
  for (const index of databases.keys()) {
    const name = valueAt(databases, [index, 'name']);
    const other = names.indexOf(name);
    if (name !== undefined && other >= 0)
      report(['databases', index, 'name'], `is the name of data[${other}] too: their gates would have one name`);
    if (sameEnd(valueAt(databases, [index, 'from']), valueAt(databases, [index, 'to'])))
      report(['databases', index, 'to'], 'is the source itself');
  }
}

function sameEnd(from: unknown, to: unknown): boolean {
  const secret = valueAt(from, ['secretArn']);
  return (
    secret !== undefined &&
    secret === valueAt(to, ['secretArn']) &&
    valueAt(from, ['database']) === valueAt(to, ['database'])
  );
}
