/** Parts of a migration that run by themselves, as a schedule starts them. */
import { MAIN_QUEUE, partId, PARTS } from '../../../src/contracts/messages';
import type { PartName } from '../../../src/contracts/messages';
import type { ValidationReport } from '../../../src/workflows/validate-target';
import type { Migration } from './migration';
import type { Theatre } from './theatre';

const WITHIN_MS = 30_000;

/** @param before the report of the run before; without it there was none. */
export function runPart<Report>(
  theatre: Theatre,
  part: PartName,
  { workload, document }: Migration,
  before?: Report,
): Promise<Report> {
  return theatre.client.workflow.execute(PARTS[part].workflow, {
    taskQueue: MAIN_QUEUE,
    workflowId: partId(part, workload),
    args: before === undefined ? [document] : [document, before],
  }) as Promise<Report>;
}

/** Its target has been accepted. */
export async function migrated(migration: Migration): Promise<Migration> {
  await migration.start();
  await migration.result();
  migration.world.histories.set(migration.workload, { document: migration.document, open: false });
  return migration;
}

/** Again and again, each from the report before, as a schedule does it. */
export async function validated(
  theatre: Theatre,
  migration: Migration,
  before: ValidationReport | undefined,
  isReached: (report: ValidationReport) => boolean,
): Promise<ValidationReport> {
  const deadline = Date.now() + WITHIN_MS;
  let last = before;
  while (Date.now() < deadline) {
    last = await runPart<ValidationReport>(theatre, 'validation', migration, last);
    if (isReached(last)) return last;
  }
  throw new Error(`never reached; last seen: ${JSON.stringify(last, null, 1)}`);
}
